import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { accessProblems, isReader } from '../domain/database-access.js';
import type { DatabaseAccess } from '../domain/database-access.js';
import type { OtpSettings } from '../options/otp.settings.js';
import { LogEntry } from '../ports/log-entry.js';
import { readAccess } from './access.sql.js';
import { inSchema, quoted, schemaOf } from './schema.js';
import { SqlRunner } from './sql-runner.js';
import type { SqlPool } from './sql-runner.js';

/** The oldest release that PostgreSQL still maintains and `.ci/versions` runs. */
const OLDEST_POSTGRES = 15;

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
  const [{ version, major }] = await dataSource.query<[{ version: string; major: number }]>(
    `SELECT current_setting('server_version') AS version,
      current_setting('server_version_num')::int / 10000 AS major`,
  );
  if (major < OLDEST_POSTGRES)
    throw new Error(
      `OtpModule needs PostgreSQL ${OLDEST_POSTGRES} or newer; this server runs ${version}. Upgrade the server.`,
    );
  checkAccess(await readAccess((sql, values) => dataSource.query(sql, values), schema), schema);
  await checkLookupKey(dataSource, instance, keys);
  return new SqlRunner(pool, { preparedStatements, schema });
}

/** A boot that could not serve a request fails. Columns may still come: see the health check. */
function checkAccess(access: DatabaseAccess, schema: string | undefined): void {
  const problems = accessProblems(access);
  const refused = problems.find(({ kind }) => kind === 'rights' || kind === 'row_security');
  const reader = isReader(access);
  if (refused && !reader) throw new Error(`OtpModule cannot work. ${refused.says} ${refused.fix}`);
  const [otps] = access.tables;
  if (otps?.schema === null) throw new Error(noTable(schema, otps.elsewhere));
  const warned = refused ?? problems.find(({ kind }) => kind === 'read_only');
  if (warned)
    logger.warn(
      new LogEntry(`OtpModule cannot write to the database. ${warned.says} ${warned.fix}`, {
        event: 'database_read_only',
      }),
    );
}

function noTable(schema: string | undefined, elsewhere: readonly string[]): string {
  const [where] = elsewhere;
  if (where !== undefined)
    return `OtpModule finds no table otps along the connection's search_path, but a table of that name in the schema ${quoted(where)}: if it is this module's, give the DataSource (or the option "database") \`schema: '${where}'\`.`;
  const table = schema === undefined ? 'otps' : `${quoted(schema)}.otps`;
  return `OtpModule finds no table ${table}: add \`migrations: otpMigrations\` (from "nestjs-ants-otp/migrations") and \`migrationsRun: true\` to your DataSource (with option "database": \`database: { migrationsRun: true }\`), or run \`npx nestjs-ants-otp migrate${schema === undefined ? '' : ` --schema ${quoted(schema)}`}\` before the app starts.`;
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
