import type { DatabaseAccess, TableAccess, TableRight } from '../domain/database-access.js';
import { ACTION_COLUMNS, EVENT_COLUMNS, OTP_COLUMNS, SEND_COLUMNS } from './otp.rows.js';
import type { Row } from './otp.rows.js';

const ALL: readonly TableRight[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** What this version uses of each table; docs/database.md has the same rights as GRANT statements. */
export const TABLES: Readonly<
  Record<string, { columns: readonly string[]; rights: readonly TableRight[] }>
> = {
  otps: { columns: OTP_COLUMNS, rights: ALL },
  otp_sends: { columns: SEND_COLUMNS, rights: ALL },
  otp_events: { columns: [...EVENT_COLUMNS, 'dedupe_key'], rights: ALL },
  otp_handlers: { columns: ['instance', 'handler', 'type', 'seen_at'], rights: ALL },
  otp_outbox: {
    columns: [
      ...['otp_id', 'event_no', 'type', 'instance', 'handler'],
      ...['attempts', 'next_at', 'lease_until', 'parked_at'],
    ],
    rights: ALL,
  },
  otp_limits: {
    columns: ['key', 'lookup_id', 'hits', 'count', 'max', 'until', 'updated_at'],
    rights: ALL,
  },
  otp_conversions: {
    columns: ['instance', 'at', 'key', 'lookup_id', 'sends', 'verified'],
    rights: ALL,
  },
  otp_figures: { columns: ['instance', 'kind', 'at', 'name', 'otc_id', 'counts'], rights: ALL },
  // Rows are only added.
  otp_actions: { columns: [...ACTION_COLUMNS, 'instance'], rights: ['SELECT', 'INSERT'] },
};

const APPLIES = `EXISTS (SELECT FROM unnest(p.polroles) AS r (oid) WHERE r.oid = 0 OR pg_has_role(r.oid, 'USAGE'))`;

/** A policy that applies to the role and lets every row through, for one command: r, a, w or d. */
const OPEN_POLICY = `SELECT FROM pg_policy AS p
          WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', cmd) AND ${APPLIES}
            AND coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') = 'true'
            AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid)) = 'true'`;

/** The names that the search path lists, whether or not the role may use the schemas. */
const SEARCH_PATH = `SELECT trim(p, ' "') FROM unnest(string_to_array(
      replace(current_setting('search_path'), '"$user"', current_user), ',')) AS p`;

/** Of tables that the connection does not find: schemas where one of that name is. */
const ELSEWHERE = `SELECT s.nspname::text FROM pg_class AS t JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE c.oid IS NULL AND $3::text IS NULL AND t.relname = w.name AND t.relkind IN ('r', 'p')`;

/**
 * One row a table, from the catalogs alone: whoever may not read a table may still ask this.
 * $1 names, $2 rights of each with blanks between, $3 schema or null: along the search path
 */
const ACCESS = `
SELECT w.name, current_user::text AS role, pg_is_in_recovery() AS standby,
  current_setting('transaction_read_only')::bool AS read_only,
  n.nspname::text AS schema, coalesce(has_schema_privilege(n.oid, 'USAGE'), true) AS usable,
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  ARRAY(SELECT r FROM unnest(string_to_array(w.rights, ' ')) AS r
    WHERE NOT has_table_privilege(c.oid, r)
      -- Granted column by column, it does as well.
      AND (r = 'DELETE' OR EXISTS (SELECT FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, r)))) AS denied,
  coalesce(row_security_active(c.oid) AND (
    EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND NOT p.polpermissive AND ${APPLIES})
    OR EXISTS (SELECT FROM unnest('{r,a,w,d}'::"char"[]) AS cmd
      WHERE NOT EXISTS (${OPEN_POLICY}))), false) AS filtered,
  ARRAY(${ELSEWHERE} AND has_schema_privilege(s.oid, 'USAGE')) AS elsewhere,
  ARRAY(${ELSEWHERE} AND NOT has_schema_privilege(s.oid, 'USAGE') AND s.nspname IN (${SEARCH_PATH})) AS closed
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (name, rights, position)
LEFT JOIN pg_class AS c ON c.oid = CASE WHEN $3::text IS NULL THEN to_regclass(w.name)::oid ELSE (
  SELECT t.oid FROM pg_class AS t JOIN pg_namespace AS s ON s.oid = t.relnamespace WHERE s.nspname = $3 AND t.relname = w.name) END
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY w.position`;

/** Looks at every table at once. @throws what the statement throws */
export async function readAccess(
  query: (sql: string, values: unknown[]) => Promise<Row[]>,
  schema: string | undefined,
): Promise<DatabaseAccess> {
  const wanted = Object.entries(TABLES);
  const rows = await query(ACCESS, [
    wanted.map(([name]) => name),
    wanted.map(([, { rights }]) => rights.join(' ')),
    schema ?? null,
  ]);
  const [first] = rows;
  return {
    role: String(first?.['role']),
    readOnly: first?.['standby'] ? 'standby' : first?.['read_only'] ? 'setting' : null,
    tables: rows.map(tableOf),
  };
}

function tableOf(row: Row): TableAccess {
  const { name, columns, ...rest } = row as Row & { name: string; columns: string[] };
  const { schema, usable, elsewhere, closed, denied, filtered } = rest as unknown as TableAccess;
  const { columns: wanted, rights: needed } = TABLES[name] ?? { columns: [], rights: [] };
  const missing = wanted.filter((column) => !columns.includes(column));
  return { name, schema, usable, elsewhere, closed, missing, needed, denied, filtered };
}
