import pg from 'pg';
import { noteDatabase, noteRows } from './run-record.js';

/** Rows read at once. */
const CHUNK = 2_000;

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  ORDER BY 1, 2`;

/** As `dumpTables`, by a connection of its own. */
export async function dumpDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await dumpTables(client);
  } finally {
    await client.end();
  }
}

/**
 * Notes every row of every table of a database for the leak check: bytes in hex, jsonb as it is.
 *
 * @returns the tables that have rows, quoted
 */
export async function dumpTables(client: pg.ClientBase & { database?: string }): Promise<string[]> {
  const { rows: tables } = await client.query<{ schema: string; name: string }>(TABLES);
  const all = tables.map(
    ({ schema, name }) => `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`,
  );
  // A table that a test has left locked fails the dump, and so the test, instead of hanging it.
  await client.query(`SET lock_timeout = '5s'`);
  const { rows } = await client.query<boolean[]>({
    text: `SELECT ${all.map((table) => `EXISTS (SELECT FROM ${table})`).join(', ')}`,
    rowMode: 'array',
  });
  const filled = tables.filter((_, n) => rows[0]![n]);
  const name = client.database!;
  if (process.env.OTP_TEST_RECORD) {
    for (const table of filled) {
      const quoted = `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`;
      await client.query(
        `BEGIN READ ONLY; DECLARE dump NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${quoted} t`,
      );
      for (let size = CHUNK; size === CHUNK;) {
        const { rows } = await client.query<{ row: string }>(`FETCH ${CHUNK} FROM dump`);
        noteRows(
          name,
          `${table.schema}.${table.name}`,
          rows.map(({ row }) => row),
        );
        size = rows.length;
      }
      await client.query('COMMIT');
    }
    noteDatabase(name, 'dumped');
  }
  return all.filter((_, n) => rows[0]![n]);
}
