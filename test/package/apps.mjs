/**
 * Tries the packed tarball in fresh Nest apps: `npm run test:package` a half of them, with `-- --all` every
 * one, `-- <name>` those whose name begins so. In each: compile under its own tsconfig, our types checked
 * too, play the README's quick start on both adapters, run a test of its own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { createDemoDatabase } from '../../build/example/demo/demo-database.js';
import { startPostgres } from '../../build/example/embedded-postgres.js';
import { makeTree } from './make-tree.mjs';
import { pack, PLACE, ROOT } from './pack.mjs';
import { playQuickStart } from './play-quick-start.mjs';
import { run } from './run.mjs';
import { ADAPTERS, TREES } from './trees.mjs';

const args = process.argv.slice(2);
const chosen = TREES.filter(({ name, half }) => {
  if (args.includes('--all')) return true;
  return args.length === 0 ? half : args.some((arg) => name.startsWith(arg));
});
if (chosen.length === 0) throw new Error(`No app begins with ${args.join(', ')}.`);

/** Nest 12 is ESM only, and Jest can `require` that from this Node on; the template's own test fails too. */
const JEST_REQUIRES_ESM = Number(process.versions.node.split('.')[0]) >= 24;
const ESM_JEST = {
  testRegex: String.raw`.*\.spec\.ts$`,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    [String.raw`^.+\.ts$`]: [
      'ts-jest',
      {
        useESM: true,
        tsconfig: {
          module: 'esnext',
          moduleResolution: 'bundler',
          esModuleInterop: true,
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          target: 'es2023',
          isolatedModules: true,
          types: ['node', 'jest'],
        },
      },
    ],
  },
};

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const { file: tarball } = pack();
const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
const rows = [];
try {
  for (const tree of chosen) {
    const folder = makeTree(PLACE, tree, tarball, readme);
    checkTypes(folder);
    run(folder, 'npm', ['run', 'build']);
    for (const adapter of ADAPTERS) await playOn(folder, adapter);
    const runner = runOwnTest(folder, tree);
    const versions = ['@nestjs/core', '@nestjs/typeorm', 'typeorm', 'typescript'].map((name) =>
      versionOf(folder, name),
    );
    rows.push(`| ${[tree.name, ...versions, 'ok', 'ok', `ok (${runner})`].join(' | ')} |`);
    console.log(`${tree.name}: ok`);
  }
} finally {
  await postgres.stop();
}
console.log(
  [
    '',
    '| app | Nest | @nestjs/typeorm | TypeORM | TypeScript | Express | Fastify | own test |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n'),
);

async function playOn(folder, adapter) {
  const database = await createDemoDatabase(postgres.url);
  const simulator = new AntsSimulator();
  await simulator.start();
  try {
    await playQuickStart(folder, adapter, simulator, database.url);
  } finally {
    await simulator.stop();
    await database.drop();
  }
}

/** Without `skipLibCheck`: errors in the types of other packages are theirs. */
function checkTypes(folder) {
  let said = '';
  try {
    run(folder, 'npx', ['tsc', '--noEmit', '--skipLibCheck', 'false', '-p', 'tsconfig.json']);
  } catch (error) {
    said = error.message;
  }
  const ours = said
    .split('\n')
    .filter((line) => /^(src|node_modules\/nestjs-ants-otp)\//.test(line));
  if (ours.length > 0) throw new Error(`Types that do not hold:\n${ours.join('\n')}`);
}

function versionOf(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
    .version;
}

/** In the template's own runner, if that can load this Nest on this Node. */
function runOwnTest(folder, { nest, type }) {
  if (nest === 12 && type === 'cjs' && !JEST_REQUIRES_ESM) {
    run(folder, 'node', [
      ...['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
      ...['--config', JSON.stringify(ESM_JEST)],
    ]);
    return 'Jest in ESM mode';
  }
  run(folder, 'npm', ['test'], { CI: 'true' });
  return type === 'esm' ? 'Vitest' : 'Jest';
}
