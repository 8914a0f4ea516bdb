import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { OtpSettings } from '../options/otp.settings.js';
import { LogEntry } from '../ports/log-entry.js';
import { inSchema, quoted, schemaOf } from './schema.js';
import { SqlRunner } from './sql-runner.js';
import type { SqlPool } from './sql-runner.js';

/** Postgres 13 brought what the statements and their planner need. */
const OLDEST_POSTGRES = 130_000;

/** Which look-up keys this process knows. */
export interface LookupKeys {
  lookupId: string;
  formerLookupIds: readonly string[];
}

/** $1 instance, $2 former look-up ids */
const LOOKUP_IDS = `
SELECT (SELECT o.lookup_id FROM otps AS o WHERE o.instance = $1 ORDER BY o.id DESC LIMIT 1) AS newest,
  EXISTS (SELECT FROM otp_limits AS l WHERE l.lookup_id = ANY ($2::text[])) AS limits_left`;

const logger = new Logger('OtpModule');

/**
 * The app's own DataSource as the module uses it, after a look whether it can work there.
 *
 * @throws Error at boot, with the fix in the sentence
 */
export async function openDatabase(
  dataSource: DataSource,
  { preparedStatements, instance }: Pick<OtpSettings, 'preparedStatements' | 'instance'>,
  keys: LookupKeys,
): Promise<SqlRunner> {
  if (dataSource.options.type !== 'postgres')
    throw new Error(
      `OtpModule needs a DataSource of type "postgres", this one is "${dataSource.options.type}".`,
    );
  // TypeORM keeps its pg pool here (the primary's, with replication); there is no public accessor.
  const pool = (dataSource.driver as unknown as { master: SqlPool }).master;
  const schema = schemaOf(dataSource);
  const table = schema === undefined ? 'otps' : `${quoted(schema)}.otps`;
  const [server] = await dataSource.query<[{ version: number; migrated: boolean }]>(
    `SELECT current_setting('server_version_num')::int AS version, to_regclass($1) IS NOT NULL AS migrated`,
    [table],
  );
  const { version, migrated } = server;
  if (version < OLDEST_POSTGRES)
    throw new Error(`OtpModule needs PostgreSQL 13 or newer, this server is ${version}.`);
  if (!migrated)
    throw new Error(
      `OtpModule finds no table ${table}: add \`migrations: otpMigrations\` (from "nestjs-ants-otp/migrations") and \`migrationsRun: true\` to your DataSource (with option "database": \`database: { migrationsRun: true }\`), or run \`npx nestjs-ants-otp migrate${schema === undefined ? '' : ` --schema ${quoted(schema)}`}\` before the app starts.`,
    );
  await checkLookupKey(dataSource, instance, keys);
  return new SqlRunner(pool, { preparedStatements, schema });
}

/** Under another look-up key no limit, lock or live OTP is found: all of them would silently begin anew. */
async function checkLookupKey(
  dataSource: DataSource,
  instance: string,
  { lookupId, formerLookupIds }: LookupKeys,
): Promise<void> {
  const [{ newest, limits_left: limitsLeft }] = await dataSource.query<
    [{ newest: string | null; limits_left: boolean }]
  >(inSchema(LOOKUP_IDS, schemaOf(dataSource)), [instance, formerLookupIds]);
  const known = newest === null || newest === lookupId || formerLookupIds.includes(newest);
  // Limits come last: one that is stopped among them has moved every OTP already.
  if (known && (limitsLeft || formerLookupIds.includes(newest ?? '')))
    logger.warn(
      new LogEntry(
        'OtpPrivacy.rekey() is not finished: rows of a former "lookupSecret" are left, and new SMS would not count on their limits. Keep sends paused until it has run.',
        { event: 'rekey_unfinished', instance },
      ),
    );
  if (known) return;
  throw new Error(
    `OtpModule: option "lookupSecret" is not the one that the rows of instance "${instance}" were written with (nor is it in "formerLookupSecrets"), so no limit, lock or live OTP of before would be found. Put the old value back; to change it, see OtpPrivacy.rekey() in docs/options.md.`,
  );
}
