import { createRequire } from 'node:module';

/**
 * Jest loads this file itself, outside of the module system of the tests: the rule that maps `.js`
 * to `.ts` does not apply, and only a name without a suffix finds the TypeScript file.
 */
const load = createRequire(import.meta.url);
const { startPostgres } = load(
  '../../example/embedded-postgres',
) as typeof import('../../example/embedded-postgres.js');
const { startPgBouncer } = load('./pgbouncer') as typeof import('./pgbouncer.js');
const { compile } = load('./compile') as typeof import('./compile.js');

/**
 * Starts one PostgreSQL for the whole run, unless `DATABASE_URL` names one, and compiles the test apps.
 * `OTP_TEST_POOLER=1` puts PgBouncer between the apps under test and the server.
 */
export default async function globalSetup(): Promise<void> {
  const [server, build] = await Promise.all([
    startPostgres({ databaseUrl: process.env.DATABASE_URL }),
    compile(),
  ]);
  const pooler = process.env.OTP_TEST_POOLER === '1' ? await startPgBouncer(server.url) : null;
  process.env.OTP_TEST_DATABASE_URL = server.url;
  if (pooler) process.env.OTP_TEST_POOLER_URL = pooler.url;
  process.env.OTP_TEST_BUILD = build;
  Object.assign(globalThis, { stopPostgres: server.stop, stopPooler: pooler?.stop });
}
