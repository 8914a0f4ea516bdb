/**
 * Tries the packed tarball in fresh Nest apps: `npm run test:package` in the two that `nest new` makes, with
 * `-- --all` in every one, `-- <name>` in those whose name begins so. Each follows the README: its install line,
 * its files, its test and its calls, on both adapters. The two stock ones also follow docs/getting-started.md and
 * docs/testing.md, and everything must satisfy the template's own lint.
 */
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { createDemoDatabase } from '../../build/example/demo/demo-database.js';
import { startPostgres } from '../../build/example/embedded-postgres.js';
import { addExtras, EXTRA_PEERS } from './app-extras.mjs';
import { checkLint, checkTypes, runFailingTest, runTests, versionOf } from './app-checks.mjs';
import { followPage, installBy, npmInstall } from './follow-page.mjs';
import { makeApp, resetApp } from './make-app.mjs';
import { pack, PLACE } from './pack.mjs';
import { GETTING_STARTED, installLine, README, TESTING } from './pages.mjs';
import { playGettingStarted } from './play-getting-started.mjs';
import { playReadme } from './play-readme.mjs';
import { run } from './run.mjs';
import { withRunningApp } from './running-app.mjs';
import { TREES } from './trees.mjs';

const args = process.argv.slice(2);
const chosen = TREES.filter(({ name, stock }) => {
  if (args.includes('--all')) return true;
  return args.length === 0 ? stock : args.some((arg) => name.startsWith(arg));
});
if (chosen.length === 0) throw new Error(`No app begins with ${args.join(', ')}.`);

const { file: tarball } = pack();
const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
const rows = [];
try {
  for (const tree of chosen) rows.push(await tried(tree));
} finally {
  await postgres.stop();
}
console.log(
  [
    '',
    '| app | Nest | @nestjs/typeorm | TypeORM | TypeScript | getting started | README | own test | Fastify |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n'),
);

async function tried(tree) {
  const begun = Date.now();
  const { nest, typeorm, stock } = tree;
  const folder = makeApp(PLACE, tree);
  const typeormOf = { [`typeorm@${nest === 11 ? '0.3' : '1'}`]: `typeorm@${typeorm}` };
  installBy(README, folder, nest, tarball, typeorm ? typeormOf : {});

  if (stock) await gettingStarted(folder, tree);
  followReadme(folder, tree);
  run(folder, 'npm', ['run', 'build']);
  const runner = runTests(folder, tree);
  runFailingTest(folder, tree);
  if (stock) followTesting(folder, tree);
  await play(folder, 'dist/main', playReadme);

  npmInstall(folder, EXTRA_PEERS[nest]);
  addExtras(folder);
  checkTypes(folder);
  run(folder, 'npm', ['run', 'build']);
  await play(folder, 'dist/main.fastify', playReadme);
  await play(folder, 'dist/main.data-source', playReadme);
  runTests(folder, tree, 'extras');
  console.log(`${tree.name}: ok, ${Math.round((Date.now() - begun) / 1000)} s`);

  const versions = ['@nestjs/core', '@nestjs/typeorm', 'typeorm', 'typescript'];
  const cells = [
    tree.name,
    ...versions.map((name) => versionOf(folder, name)),
    stock ? 'ok' : '–',
    'ok',
    `ok (${runner})`,
    'ok',
  ];
  return `| ${cells.join(' | ')} |`;
}

async function gettingStarted(folder, tree) {
  const { nest } = tree;
  if (installLine(GETTING_STARTED, nest) !== installLine(README, nest))
    throw new Error(
      `${GETTING_STARTED} and ${README} install different packages for Nest ${nest}.`,
    );
  const files = followPage(GETTING_STARTED, folder);
  run(folder, 'npm', ['run', 'build']);
  runTests(folder, tree);
  checkLint(folder, tree, files);
  await play(folder, 'dist/main', playGettingStarted);
  resetApp(folder);
}

function followReadme(folder, tree) {
  const files = followPage(README, folder);
  if (tree.stock) checkLint(folder, tree, files);
}

function followTesting(folder, tree) {
  const files = followPage(TESTING, folder);
  runTests(folder, tree, 'login.controller');
  checkLint(folder, tree, files);
}

async function play(folder, main, playing) {
  const database = await createDemoDatabase(postgres.url);
  const simulator = new AntsSimulator();
  await simulator.start();
  try {
    await withRunningApp(folder, main, { simulator, database }, playing);
  } finally {
    await simulator.stop();
    await database.drop();
  }
}
