import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, createMigratedDatabase, migrate, type TestDatabase } from './database.js';
import { emptied } from './recycle-database.js';

describe('createDatabase', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('gives an empty database of its own', async () => {
    const { rows } = await database.pool()
      .query(`SELECT current_database() AS name, count(*)::int AS tables FROM pg_tables
              WHERE schemaname = 'public'`);
    expect(rows).toEqual([{ name: new URL(database.url).pathname.slice(1), tables: 0 }]);
  });

  it('ages every time and list of times in the otp tables, and nothing else', async () => {
    const pool = database.pool();
    for (const table of ['otp_probe', 'other'])
      await pool.query(`
        CREATE TABLE ${table} (id int, at timestamptz, never timestamptz, "hits" timestamptz[],
          "no Hits" timestamptz[], label text, plain timestamp);
        INSERT INTO ${table} VALUES (1, '2026-01-01 00:01:01Z', NULL,
          '{2026-01-01 00:02:01Z,NULL,2026-01-01 00:01:01Z}', NULL, 'x', '2026-01-01')`);
    const read = async (table: string) =>
      (await pool.query<Record<string, unknown>>(`SELECT * FROM ${table}`)).rows;
    const before = await read('other');

    await database.age('61 s');

    expect(await read('otp_probe')).toEqual([
      {
        ...before[0],
        at: new Date('2026-01-01T00:00:00Z'),
        hits: [new Date('2026-01-01T00:01:00Z'), null, new Date('2026-01-01T00:00:00Z')],
      },
    ]);
    expect(await read('other')).toEqual(before);
  });

  it('ages all tables or none', async () => {
    const pool = database.pool();
    await pool.query(`
      CREATE TABLE otp_a (at timestamptz);
      CREATE TABLE otp_b (at timestamptz CHECK (at > '2026-01-01'));
      INSERT INTO otp_a VALUES ('2026-01-02Z');
      INSERT INTO otp_b VALUES ('2026-01-02Z')`);

    await expect(database.age('10 d')).rejects.toThrow('violates check constraint');

    const { rows } = await pool.query('SELECT at FROM otp_a');
    expect(rows).toEqual([{ at: new Date('2026-01-02T00:00:00Z') }]);
  });

  it('drops the database under open connections', async () => {
    const dropped = await createDatabase();
    await dropped.pool().query('SELECT 1');
    const stranger = new pg.Client({ connectionString: dropped.url });
    stranger.on('error', () => undefined); // the server ends it
    await stranger.connect();

    await dropped.drop();

    const late = new pg.Client({ connectionString: dropped.url });
    await expect(late.connect()).rejects.toThrow('does not exist');
  });
});

describe('createMigratedDatabase', () => {
  it('gives each who asks what the migrations make, and nothing in it', async () => {
    const made = await Promise.all([1, 2, 3].map(createMigratedDatabase));
    const byHand = await createDatabase();
    await migrate(byHand.url);

    const relations = await relationsOf(byHand);
    expect(relations).toContain('otps');
    for (const database of made) {
      expect(await relationsOf(database)).toEqual(relations);
      expect((await database.query('SELECT FROM otps')).rows).toEqual([]);
    }
    for (const database of [...made, byHand]) await database.drop();
  });

  it('keeps one that came back with other rows only, and empties it', async () => {
    const used = await createMigratedDatabase();
    await used.query(`INSERT INTO otp_handlers VALUES ('a', 'b', 'c', now())`);
    const client = new pg.Client({ connectionString: used.url });
    await client.connect();
    expect(await emptied(client, process.env.OTP_TEST_TEMPLATE!, ['otp_handlers'])).toBe(true);
    await client.end();
    expect((await used.query('SELECT FROM otp_handlers')).rows).toEqual([]);
    await used.drop();
    expect(await isKept(used)).toBe(true);
  });

  it.each([
    'ALTER TABLE otps ADD COLUMN mine text',
    'CREATE TABLE mine ()',
    'GRANT SELECT ON otps TO PUBLIC',
    'DROP INDEX otps_due_idx',
    'DELETE FROM migrations',
    'ALTER TABLE otps SET (fillfactor = 50)',
    'CREATE SCHEMA mine',
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$`,
  ])('keeps none that came back after: %s', async (statement) => {
    const changed = await createMigratedDatabase();
    await changed.query(statement);
    await changed.drop();

    expect(await isKept(changed)).toBe(false);
  });

  it('keeps none to which somebody is connected', async () => {
    const used = await createMigratedDatabase();
    const stranger = new pg.Client({ connectionString: used.url });
    stranger.on('error', () => undefined); // the server ends it
    await stranger.connect();
    await used.drop();

    expect(await isKept(used)).toBe(false);
  });
});

/** Whether it is there for the next test; otherwise it is gone. */
async function isKept({ name }: TestDatabase): Promise<boolean> {
  const client = new pg.Client({ connectionString: process.env.OTP_TEST_DATABASE_URL });
  await client.connect();
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  await client.end();
  return rowCount === 1;
}

async function relationsOf(database: TestDatabase): Promise<unknown[]> {
  const { rows } = await database.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname`,
  );
  return rows.map(({ relname }) => relname);
}
