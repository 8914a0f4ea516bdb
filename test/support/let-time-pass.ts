import type { TestDatabase } from './database.js';

/** What is set in each `otp…` table, written from the catalog so that no new column is forgotten. */
const COLUMNS = `
  SELECT c.relname AS name, string_agg(format(
    CASE a.atttypid
      WHEN 'timestamptz'::regtype THEN '%1$I = t.%1$I - %2$L::interval'
      ELSE '%1$I = CASE WHEN t.%1$I IS NOT NULL THEN ARRAY(
        SELECT at - %2$L::interval FROM unnest(t.%1$I) WITH ORDINALITY AS u (at, n) ORDER BY n) END'
    END, a.attname, $1::interval), ', ') AS sets,
    (SELECT string_agg(quote_ident(k.attname), ', ' ORDER BY array_position(i.indkey::int2[], k.attnum))
      FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey::int2[])
      WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind = 'r' AND c.relname LIKE 'otp%' AND a.attnum > 0
    AND a.atttypid IN ('timestamptz'::regtype, 'timestamptz[]'::regtype)
  GROUP BY c.oid, c.relname ORDER BY c.relname`;

/**
 * As `database.age`, but beside running work. Every statement of the store that holds rows of several
 * tables takes part in `otps`, so a lock of that table lets them all end first, and the others wait at
 * their start, with nothing held. What then still runs holds rows of one table, in the order of the key.
 */
export async function letTimePass(database: TestDatabase, seconds: number): Promise<void> {
  const { rows } = await database.query(COLUMNS, [`${seconds} s`]);
  const tables = rows as { name: string; sets: string; key: string }[];
  // One text of several statements is one transaction.
  await database.query(
    [
      'LOCK TABLE otps IN EXCLUSIVE MODE',
      ...tables.flatMap(({ name, sets, key }) => [
        `SELECT FROM ${name} ORDER BY ${key} FOR UPDATE`,
        `UPDATE ${name} AS t SET ${sets}`,
      ]),
    ].join('; '),
  );
}
