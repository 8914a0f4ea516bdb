import type pg from 'pg';

/** What `TestDatabase` calls its own connections. */
export const OWN = 'otp test database';

/** Whatever a test can change but rows: relations with their rights, columns, constraints, triggers, functions, and what was migrated. */
const FINGERPRINT = `
  WITH own AS (SELECT oid, nspname, nspacl, nspowner FROM pg_namespace
    WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')
  SELECT md5(concat_ws('|',
    (SELECT string_agg(own::text, ',' ORDER BY oid) FROM own),
    (SELECT string_agg(concat_ws(' ', oid, relname, relacl, relowner, reloptions, relrowsecurity), ',' ORDER BY oid)
      FROM pg_class WHERE relnamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef, attacl), ',' ORDER BY attrelid, attnum)
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(concat_ws(' ', oid, convalidated, pg_get_constraintdef(oid)), ',' ORDER BY oid)
      FROM pg_constraint WHERE connamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(concat_ws(' ', oid, tgname, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(concat_ws(' ', oid, proname, prosrc, proacl), ',' ORDER BY oid)
      FROM pg_proc WHERE pronamespace IN (SELECT oid FROM own)),
    (SELECT string_agg(extname, ',' ORDER BY oid) FROM pg_extension),
    (SELECT string_agg(m::text, ',' ORDER BY id) FROM public.migrations m),
    (SELECT count(*) FROM pg_default_acl), (SELECT count(*) FROM pg_event_trigger), (SELECT count(*) FROM pg_policy)
  )) AS fingerprint`;

/** Notes at a template how its copies look when they are made. */
export async function noteFingerprint(client: pg.ClientBase, template: string): Promise<void> {
  const { rows } = await client.query<{ fingerprint: string }>(FINGERPRINT);
  await client.query(`COMMENT ON DATABASE ${template} IS '${rows[0]!.fingerprint}'`);
}

/**
 * Empties the tables of a copy of the template.
 *
 * @param filled the tables with rows
 * @returns whether it is as a new copy would be: nobody is connected, and only rows were changed
 */
export async function emptied(
  client: pg.ClientBase,
  template: string,
  filled: readonly string[],
): Promise<boolean> {
  if (await isShared(client)) return false;
  const { rows } = await client.query<{ unchanged: boolean }>(
    `SELECT f.fingerprint = shobj_description(t.oid, 'pg_database')
       AND d.datacl IS NULL
       AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = d.oid)
       AS unchanged
     FROM (${FINGERPRINT}) f, pg_database t, pg_database d
     WHERE t.datname = $1 AND d.datname = current_database()`,
    [template],
  );
  if (!rows[0]?.unchanged) return false;
  const tables = filled.filter((table) => table !== '"public"."migrations"');
  if (tables.length > 0) await client.query(`TRUNCATE ${tables.join(', ')} RESTART IDENTITY`);
  return true;
}

/** The server takes a moment to end a session whose client is gone. */
async function isShared(client: pg.ClientBase): Promise<boolean> {
  for (let looks = 0; looks < 10; looks++) {
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND application_name <> '${OWN}'`,
    );
    if (rowCount === 0) return false;
    await client.query('SELECT pg_sleep(0.01)');
  }
  return true;
}
