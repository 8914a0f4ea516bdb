import { randomBytes } from 'node:crypto';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dumpTables } from './leaks/dump-database.js';
import { noteDatabase } from './leaks/run-record.js';
import { sameDatabase } from './pgbouncer.js';
import { emptied, noteFingerprint, OWN } from './recycle-database.js';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Where an app under test connects: `url`, or the pooler before it (`OTP_TEST_POOLER=1`). */
  readonly appUrl: string;
  /** A pool that `drop` ends. */
  pool(max?: number): pg.Pool;
  query(sql: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  /** Lets time pass: makes every time in the `otp…` tables older by an interval such as `61 s`, but for the counts of the console. */
  age(interval: string): Promise<void>;
  /** Ends it, or keeps it for the next test of the run, once the leak check has its rows. */
  drop(): Promise<void>;
}

/** Creates an empty database on the server of the test run. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = await copyOf('template1');
  return testDatabase(name, () => Promise.resolve(false));
}

/** Gives a database with the module's tables, all empty: a copy of one that is migrated once in a run. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const origin = await (template ??= makeTemplate());
  const name = (await takeSpare()) ?? (await copyOf(origin));
  return testDatabase(name, (client, filled) => emptied(client, origin, filled));
}

/** `global-setup.ts` drops what has the template's name at the front. */
async function copyOf(origin: string): Promise<string> {
  const name = `${process.env.OTP_TEST_TEMPLATE!}_${randomBytes(8).toString('hex')}`;
  await asAdmin((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${origin}`));
  return name;
}

/** @param giveBack keeps it for the next test, if it can */
function testDatabase(
  name: string,
  giveBack: (client: pg.ClientBase, filled: string[]) => Promise<boolean>,
): TestDatabase {
  const url = urlOf(name);
  noteDatabase(name, 'created');
  const database = databaseAt(url);
  return {
    ...database,
    appUrl: isPooled() ? sameDatabase(process.env.OTP_TEST_POOLER_URL!, url) : url,
    async drop() {
      const kept = await database.last(async (client) =>
        giveBack(client, await dumpTables(client)),
      );
      await asAdmin((admin) =>
        kept ? giveSpare(admin, name) : admin.query(`DROP DATABASE ${name} WITH (FORCE)`),
      );
    },
  };
}

let template: Promise<string> | undefined;

/** The first process of the run that asks makes it, the others wait; `global-setup.ts` names and drops it. */
async function makeTemplate(): Promise<string> {
  const name = process.env.OTP_TEST_TEMPLATE!;
  await withClient(adminUrl(), async (client) => {
    // Of the session: it is given back by its end, whatever happens.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    await client.query(`CREATE DATABASE ${name}`);
    await client.query(`CREATE TABLE ${spares()} (name text PRIMARY KEY)`);
    await migrate(urlOf(name));
    await withClient(urlOf(name), (own) => noteFingerprint(own, name));
  });
  return name;
}

/** Copies of the template that a test has given back, empty again: a table of the server's first database. */
const spares = (): string => `${process.env.OTP_TEST_TEMPLATE!}_spares`;

async function takeSpare(): Promise<string | undefined> {
  const { rows } = await asAdmin((client) =>
    client.query<{ name: string }>(
      `DELETE FROM ${spares()} WHERE name = (SELECT name FROM ${spares()} LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING name`,
    ),
  );
  return rows[0]?.name;
}

const giveSpare = (client: pg.ClientBase, name: string): Promise<unknown> =>
  client.query(`INSERT INTO ${spares()} VALUES ($1)`, [name]);

interface LocalDatabase extends TestDatabase {
  /** Ends all connections but one, which ends after this. */
  last<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
}

/** A database that is there already and stays: `drop` ends the connections only. */
export function databaseAt(url: string): LocalDatabase {
  const pools: pg.Pool[] = [];
  let own: pg.Pool | undefined;

  const open = (max = 10, name?: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url, max, application_name: name });
    // `drop` of a database in use, and a server's stop, end idle connections; that is not the test's failure.
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const ownPool = (): pg.Pool => (own ??= open(2, OWN));
  const end = async (all: pg.Pool[]): Promise<void> => {
    await Promise.all(all.filter((pool) => !pool.ended).map((pool) => pool.end()));
  };
  const onOwn = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await ownPool().connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  };

  return {
    url,
    name: new URL(url).pathname.slice(1),
    appUrl: url,
    pool: (max) => open(max),
    query(sql, values) {
      return ownPool().query<Record<string, unknown>>(sql, values);
    },
    age: (interval) => onOwn((client) => age(client, interval)),
    async last(work) {
      await end(pools.filter((pool) => pool !== own));
      try {
        return await onOwn(work);
      } finally {
        await end(pools);
      }
    },
    drop: () => end(pools),
  };
}

/** Whether the apps under test connect through a pooler in transaction mode. */
export function isPooled(): boolean {
  return Boolean(process.env.OTP_TEST_POOLER_URL);
}

/** Makes the tables; directly, because a pooler in transaction mode is no place for migrations. */
export async function migrate(url: string): Promise<void> {
  const dataSource = new DataSource({ type: 'postgres', url, migrations: otpMigrations });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}

/** One UPDATE a table, written from the catalog so that no new column is forgotten. */
const UPDATES = `
  SELECT format('UPDATE %s SET %s', c.oid::regclass, string_agg(format(
    CASE a.atttypid
      WHEN 'timestamptz'::regtype THEN '%1$I = %1$I - %2$L::interval'
      ELSE '%1$I = CASE WHEN %1$I IS NOT NULL THEN ARRAY(
        SELECT t - %2$L::interval FROM unnest(%1$I) WITH ORDINALITY AS u (t, n) ORDER BY n) END'
    END, a.attname, $1::interval), ', ')) AS sql
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind = 'r' AND c.relname LIKE 'otp%' AND c.relname <> 'otp_figures' AND a.attnum > 0
    AND a.atttypid IN ('timestamptz'::regtype, 'timestamptz[]'::regtype)
  GROUP BY c.oid, c.relname
  -- the lock order of the store: otps first
  ORDER BY c.relname <> 'otps', c.relname`;

async function age(client: pg.ClientBase, interval: string): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(UPDATES, [interval]);
  // Sent as one text, the statements are one transaction.
  await client.query(rows.map(({ sql }) => sql).join(';'));
}

function adminUrl(): string {
  const url = process.env.OTP_TEST_DATABASE_URL;
  if (!url) throw new Error('OTP_TEST_DATABASE_URL is not set: run through Jest (npm test).');
  return url;
}

function urlOf(name: string): string {
  const url = new URL(adminUrl());
  url.pathname = name;
  return url.href;
}

let admin: pg.Pool | undefined;

/** On a connection that ends by itself when this file needs it no more. */
async function asAdmin<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  admin ??= new pg.Pool({
    connectionString: adminUrl(),
    max: 1,
    idleTimeoutMillis: 500,
    allowExitOnIdle: true,
  }).on('error', () => undefined);
  const client = await admin.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
