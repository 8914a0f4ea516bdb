import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Jest loads this file itself, outside of the module system of the tests: the rule that maps `.js`
 * to `.ts` does not apply, and only a name without a suffix finds the TypeScript file.
 */
const load = createRequire(import.meta.url);
const { startPostgres } = load(
  '../../example/embedded-postgres',
) as typeof import('../../example/embedded-postgres.js');
const { freePort } = load('./free-port') as typeof import('./free-port.js');
const { startPgBouncer } = load('./pgbouncer') as typeof import('./pgbouncer.js');
const { noteLog, noteSecret } = load(
  './leaks/run-record',
) as typeof import('./leaks/run-record.js');
const { compile } = load('./compile') as typeof import('./compile.js');

/** Each of hundreds of databases ends in a checkpoint, after which every page is written whole once more. */
const SETTINGS = [
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'autovacuum=off',
  'jit=off',
];

/**
 * Starts one PostgreSQL for the whole run, unless `DATABASE_URL` names one, and compiles the test apps.
 * `OTP_TEST_POOLER=1` puts PgBouncer between the apps under test and the server. What the run uses and
 * writes is recorded for the leak check of `global-teardown.ts`.
 */
export default async function globalSetup(): Promise<void> {
  process.env.OTP_TEST_RECORD = await mkdtemp(join(tmpdir(), 'otp-record-'));
  process.env.OTP_TEST_SPEC = 'the run';
  const onLog = (text: string): void => {
    noteLog("PostgreSQL's log", text);
  };
  const [server, build] = await Promise.all([
    startPostgres({ databaseUrl: process.env.DATABASE_URL, settings: SETTINGS, onLog }),
    compile(),
  ]);
  if (!process.env.DATABASE_URL) await makeLoginCheap(server.url);
  const pooler =
    process.env.OTP_TEST_POOLER === '1' ? await startPgBouncer(server.url, await freePort()) : null;
  noteSecret('credential', decodeURIComponent(new URL(server.url).password));
  process.env.OTP_TEST_DATABASE_URL = server.url;
  const template = `otp_test_template_${randomBytes(8).toString('hex')}`;
  process.env.OTP_TEST_TEMPLATE = template;
  if (pooler) process.env.OTP_TEST_POOLER_URL = pooler.url;
  process.env.OTP_TEST_BUILD = build;
  const stopPostgres = async (): Promise<void> => {
    if (process.env.DATABASE_URL) await dropDatabases(server.url, template);
    await server.stop();
  };
  Object.assign(globalThis, { stopPostgres, stopPooler: pooler?.stop });
}

/** Each of thousands of connections costs the server 4,096 rounds of SCRAM otherwise. */
async function makeLoginCheap(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET password_encryption = 'md5'`);
  await client.query(`ALTER ROLE postgres PASSWORD '${new URL(url).password}'`);
  await client.end();
}

/** The template, and what is left of its copies. */
async function dropDatabases(url: string, template: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [template],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  await client.end();
}
