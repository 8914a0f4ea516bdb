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

/**
 * As `database.age`, but beside running work: one statement, so one snapshot, that locks as the
 * store does: `otps` first, then the numbers' own rows of `otp_limits`, then the shared ones, each in
 * order. It can wait, and never deadlocks.
 */
export async function letTimePass(database: TestDatabase, seconds: number): Promise<void> {
  const { rows } = await database.query(COLUMNS, [`${seconds} s`]);
  const tables = rows as { name: string; sets: string }[];
  const setsOf = (table: string): string => tables.find(({ name }) => name === table)!.sets;
  const others = tables
    .filter(({ name }) => name !== 'otps' && name !== 'otp_limits')
    .map(
      ({ name, sets }) => `, aged_${name} AS (
        UPDATE ${name} AS t SET ${sets} WHERE (SELECT count(*) FROM limits) >= 0 RETURNING 1)`,
    );
  await database.query(`
    WITH o AS (SELECT id FROM otps ORDER BY id FOR UPDATE),
    aged AS (UPDATE otps AS t SET ${setsOf('otps')} FROM o WHERE t.id = o.id RETURNING 1),
    l AS (SELECT key FROM otp_limits WHERE (SELECT count(*) FROM aged) >= 0
      ORDER BY split_part(key, ':', 1) NOT IN ('cooldown', 'failures'), key FOR UPDATE),
    limits AS (UPDATE otp_limits AS t SET ${setsOf('otp_limits')} FROM l WHERE t.key = l.key RETURNING 1)
    ${others.join('')}
    SELECT 1`);
}
