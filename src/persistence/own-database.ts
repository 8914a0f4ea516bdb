import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { otpMigrations } from '../../migrations/index.js';
import { fail } from '../options/config-error.js';
import { otpEntities } from './otp.entities.js';
import { quoted, schemaOf } from './schema.js';

/** A database by its address, for apps that have no TypeORM `DataSource`. */
export interface OtpDatabaseOptions {
  /** `postgres://user:password@host:5432/name`, or what gives it at the start. */
  url: string | undefined | (() => string | Promise<string>);
  /** Where the tables are. @default where the search path of the user leads, usually `public` */
  schema?: string;
  /** Connections that each process may hold. @default 5 */
  poolSize?: number;
  /** As `pg` takes it. @default what the address says */
  ssl?: boolean | object;
  /**
   * Makes or updates the tables at the start, one process at a time; `npx nestjs-ants-otp migrate` does it
   * apart from the app. @default false
   */
  migrationsRun?: boolean;
  /** Tries at the start, 3 s apart, while the database is away. @default 10, as TypeORM's own module */
  retryAttempts?: number;
}

/** @throws OtpConfigError without an address */
export async function ownDatabaseOptions(
  given: OtpDatabaseOptions,
): Promise<TypeOrmModuleOptions & DataSourceOptions> {
  const { schema, poolSize = 5, ssl, migrationsRun = false, retryAttempts } = given;
  const url = typeof given.url === 'function' ? await given.url() : given.url;
  if (typeof url !== 'string' || !URL.canParse(url))
    fail('database.url', url, 'an address like postgres://user:password@host:5432/name');
  return {
    ...{ type: 'postgres', url, schema, poolSize, migrationsRun, migrations: otpMigrations },
    ...(ssl !== undefined && { ssl }),
    retryAttempts,
    entities: otpEntities,
  };
}

/** Opens a database of `ownDatabaseOptions`, with its tables if they are to be made. */
export async function openOwnDatabase(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = await new DataSource({ ...options, migrationsRun: false }).initialize();
  if (options.migrationsRun) await migrate(dataSource);
  return dataSource;
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
    if (schema !== undefined) await turn.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
    return (await dataSource.runMigrations()).map(({ name }) => name);
  } finally {
    await turn.query(`SELECT pg_advisory_unlock_all()`);
    await turn.release();
  }
}
