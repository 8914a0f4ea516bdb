import type { TestDatabase } from './database.js';

/** What is set in each `otp…` table, written from the catalog so that no new column is forgotten. */
const COLUMNS = `
  SELECT c.relname AS name, string_agg(format(
    CASE a.atttypid
      WHEN 'timestamptz'::regtype THEN '%1$I = t.%1$I - %2$L::interval'
      ELSE '%1$I = CASE WHEN t.%1$I IS NOT NULL THEN ARRAY(
        SELECT at - %2$L::interval FROM unnest(t.%1$I) WITH ORDINALITY AS u (at, n) ORDER BY n) END'
    END, a.attname, $1::interval), ', ') AS sets
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind = 'r' AND c.relname LIKE 'otp%' AND a.attnum > 0
    AND a.atttypid IN ('timestamptz'::regtype, 'timestamptz[]'::regtype)
  GROUP BY c.relname ORDER BY c.relname`;

/** The tables in the order of the store's locks, with what tells their rows apart and orders them. */
const LOCKS: [table: string, key: string[], order?: string][] = [
  ['otps', ['id']],
  ['otp_limits', ['key'], `split_part(key, ':', 1) NOT IN ('cooldown', 'failures'), key`],
  ['otp_sends', ['otp_id', 'send_no']],
  ['otp_events', ['otp_id', 'event_no']],
  ['otp_handlers', ['instance', 'handler']],
  ['otp_outbox', ['otp_id', 'handler', 'event_no']],
];

/**
 * As `database.age`, but beside running work: one statement, so one snapshot, that locks as the
 * store does: `otps` first, then the numbers' own rows of `otp_limits`, then the shared ones, and the
 * outbox last, each in order. It can wait, and never deadlocks.
 */
export async function letTimePass(database: TestDatabase, seconds: number): Promise<void> {
  const { rows } = await database.query(COLUMNS, [`${seconds} s`]);
  const sets = new Map(
    (rows as { name: string; sets: string }[]).map((row) => [row.name, row.sets]),
  );
  const known = LOCKS.map(([table]) => table);
  const forgotten = [...sets.keys()].filter((table) => !known.includes(table));
  if (forgotten.length > 0) throw new Error(`In what order is ${forgotten.join()} locked?`);
  const steps = LOCKS.map(([table, key, order = key.join()], n) => {
    // A step begins when the one before has come to its end.
    const after = n === 0 ? 'true' : `(SELECT count(*) FROM aged_${known[n - 1]!}) >= 0`;
    const same = key.map((column) => `t.${column} = l.${column}`).join(' AND ');
    return `locked_${table} AS (SELECT ${key.join()} FROM ${table} WHERE ${after} ORDER BY ${order} FOR UPDATE),
      aged_${table} AS (UPDATE ${table} AS t SET ${sets.get(table)!} FROM locked_${table} AS l WHERE ${same} RETURNING 1)`;
  });
  await database.query(`WITH ${steps.join(',\n')} SELECT 1`);
}
