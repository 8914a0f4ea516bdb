import type { DataSource } from 'typeorm';
import type { OtpSettings } from '../otp.options.js';
import { SqlRunner } from './sql-runner.js';
import type { SqlPool } from './sql-runner.js';

/** Postgres 13 brought what the statements and their planner need. */
const OLDEST_POSTGRES = 130_000;

/**
 * The app's own DataSource as the module uses it, after a look whether it can work there.
 *
 * @throws Error at boot, with the fix in the sentence
 */
export async function openDatabase(
  dataSource: DataSource,
  { preparedStatements }: Pick<OtpSettings, 'preparedStatements'>,
): Promise<SqlRunner> {
  if (dataSource.options.type !== 'postgres')
    throw new Error(
      `OtpModule needs a DataSource of type "postgres", this one is "${dataSource.options.type}".`,
    );
  // TypeORM keeps its pg pool here (the primary's, with replication); there is no public accessor.
  const pool = (dataSource.driver as unknown as { master: SqlPool }).master;
  const [server] = await dataSource.query<[{ version: number; migrated: boolean }]>(
    `SELECT current_setting('server_version_num')::int AS version, to_regclass('otps') IS NOT NULL AS migrated`,
  );
  const { version, migrated } = server;
  if (version < OLDEST_POSTGRES)
    throw new Error(`OtpModule needs PostgreSQL 13 or newer, this server is ${version}.`);
  if (!migrated)
    throw new Error(
      'OtpModule finds no table "otps": add `migrations: otpMigrations` (from "nestjs-ants-otp/migrations") and `migrationsRun: true` to your DataSource, or run them before the app starts.',
    );
  return new SqlRunner(pool, { preparedStatements });
}
