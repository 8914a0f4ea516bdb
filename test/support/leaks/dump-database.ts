import pg from 'pg';
import { noteDatabase, noteRows } from './run-record.js';

/** Rows read at once. */
const CHUNK = 2_000;

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  ORDER BY 1, 2`;

/** Notes every row of every table of a database for the leak check: bytes in hex, jsonb as it is. */
export async function dumpDatabase(url: string): Promise<void> {
  if (!process.env.OTP_TEST_RECORD) return;
  const name = new URL(url).pathname.slice(1);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ schema: string; name: string }>(TABLES);
    // A table that a test has left locked fails the dump, and so the test, instead of hanging it.
    await client.query(`SET lock_timeout = '5s'`);
    for (const table of tables) {
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
  } finally {
    await client.end();
  }
  noteDatabase(name, 'dumped');
}
