import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { otpMigrations } from '../../migrations/index.js';
import { name, oneOf, text, tidy, whole } from '../options/checks.js';
import { fail } from '../options/config-error.js';
import { otpEntities } from './otp.entities.js';
import { quoted, schemaOf } from './schema.js';

/** A database by its address, for apps that have no TypeORM `DataSource`. */
export interface OtpDatabaseOptions {
  /** `postgres://user:password@host:5432/name`, or what gives it at the start. */
  url: string | undefined | (() => string | Promise<string>);
  /** Where the tables are. @default where the search path of the user leads, usually `public` */
  schema?: string;
  /** Connections that each process may hold, at least 2. @default 5 */
  poolSize?: number;
  /** As `pg` takes it. @default what the address says */
  ssl?: boolean | object;
  /**
   * Makes or updates the tables at the start, one process at a time; `npx nestjs-ants-otp migrate` does it
   * apart from the app. @default false
   */
  migrationsRun?: boolean;
  /** Where what ran is written down: as `migrate --table` was given. @default 'migrations', as TypeORM does */
  migrationsTable?: string;
  /** Tries at the start, 3 s apart, while the database is away. @default as `@nestjs/typeorm`, about 10 */
  retryAttempts?: number;
}

/** What can be known before anything is opened. @throws OtpConfigError */
export function checkDatabase(given: OtpDatabaseOptions): void {
  if (given.schema !== undefined) text('database.schema', given.schema);
  // Migrations hold one connection while they work on another.
  whole('database.poolSize', given.poolSize ?? 5, 2, 1000);
  name('database.migrationsTable', given.migrationsTable ?? 'migrations');
  whole('database.retryAttempts', given.retryAttempts ?? 0, 0, 10_000);
  oneOf('database.migrationsRun', given.migrationsRun ?? false, [true, false]);
  if (typeof given.url !== 'function') databaseUrl(given.url);
}

function databaseUrl(value: unknown): string {
  if (typeof value === 'string') tidy('database.url', value);
  if (typeof value !== 'string' || !URL.canParse(value))
    fail('database.url', value, 'an address like postgres://user:password@host:5432/name');
  return value;
}

/** @throws OtpConfigError without an address */
export async function ownDatabaseOptions(
  given: OtpDatabaseOptions,
): Promise<TypeOrmModuleOptions & DataSourceOptions> {
  checkDatabase(given);
  const { schema, poolSize = 5, ssl, migrationsRun = false, retryAttempts } = given;
  const url = databaseUrl(typeof given.url === 'function' ? await given.url() : given.url);
  return {
    ...{ type: 'postgres', url, schema, poolSize },
    // An app that is not closed, or did not start, must not keep its process alive with our pool.
    extra: { allowExitOnIdle: true },
    ...{ migrationsRun, migrationsTableName: given.migrationsTable ?? 'migrations' },
    migrations: otpMigrations,
    ...(ssl !== undefined && { ssl }),
    retryAttempts,
    toRetry: mayPass,
    entities: otpEntities,
  };
}

/** Opens a database of `ownDatabaseOptions`, with its tables if they are to be made. */
export async function openOwnDatabase(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource({ ...options, migrationsRun: false }).initialize();
  try {
    if (options.migrationsRun) await migrate(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Whether the same start may succeed in a moment: the database is away, starts (57P03) or is full (53300). A
 * wrong password or a statement that it refuses stays wrong.
 */
function mayPass(error: unknown): boolean {
  const { severity, code = '' } = error as { severity?: string; code?: string };
  return severity === undefined || /^(?:57P0|08|53300)/.test(code);
}

/**
 * Runs what of this module's migrations is missing, after other processes that do the same.
 *
 * @returns the names of those that ran
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const schema = schemaOf(dataSource);
  const turn = dataSource.createQueryRunner();
  try {
    await turn.query(`SELECT pg_advisory_lock(hashtext('nestjs-ants-otp:migrate'))`);
    // Postgres wants the right to make one before it looks whether it is there.
    const [{ missing }] = (await turn.query(
      'SELECT $1::text IS NOT NULL AND to_regnamespace(quote_ident($1)) IS NULL AS missing',
      [schema],
    )) as [{ missing: boolean }];
    if (missing) await turn.query(`CREATE SCHEMA ${quoted(schema ?? '')}`);
    return (await dataSource.runMigrations()).map(({ name }) => name);
  } finally {
    await turn.query(`SELECT pg_advisory_unlock_all()`);
    await turn.release();
  }
}
