import { createRequire } from 'node:module';

/**
 * Jest loads this file itself, outside of the module system of the tests: the rule that maps `.js`
 * to `.ts` does not apply, and only a name without a suffix finds the TypeScript file.
 */
const { startPostgres } = createRequire(import.meta.url)(
  '../../example/embedded-postgres',
) as typeof import('../../example/embedded-postgres.js');

/** Starts one PostgreSQL for the whole run, unless `DATABASE_URL` names one. */
export default async function globalSetup(): Promise<void> {
  const server = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
  process.env.OTP_TEST_DATABASE_URL = server.url;
  Object.assign(globalThis, { stopPostgres: server.stop });
}
