import pg from 'pg';

const TABLES = ['otps', 'otp_sends', 'otp_events', 'otp_limits'] as const;
type TableName = (typeof TABLES)[number];

/** Ids are spread over these days, so a retention of 90 has a tenth of them to purge. */
export const DAYS = 100;
/** Limits outlive what counts on them by two days. */
const LIMIT_DAYS = 2;
/** OTPs of each number, so that a look-up by it finds as many in a small table as in a large one. */
const OTPS_A_NUMBER = 10;
const LIVE = 200;
const RANGES = 3_000;

/**
 * Copies the one OTP that was lived here, with its SMS, its four events and its limits, into so many: all columns as the
 * module wrote them, but keys, times, MACs and sealed bytes of their own. Indexes are dropped and made again.
 *
 * @param days how far back their ids reach
 */
export async function grow(connectionString: string, rows: number, days = DAYS): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const indexes = await dropIndexes(client);
    await client.query('CREATE TABLE bench_life AS SELECT now() AS at');
    await Promise.all(TABLES.map((table) => fill(connectionString, table, rows, days)));
    await client.query('DROP TABLE bench_life');
    await client.query(`SET maintenance_work_mem = '1GB'`);
    for (const make of indexes) await client.query(make);
    await client.query('VACUUM (ANALYZE)');
    // Else PostgreSQL writes the fill to disk beside what is measured; without the right to it, it does.
    await client.query('CHECKPOINT').catch(() => undefined);
  } finally {
    await client.end();
  }
}

/** @returns what makes them again */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
     FROM pg_constraint WHERE contype = 'p' AND conrelid = ANY ($1::regclass[])
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
     FROM pg_index WHERE NOT indisprimary AND indrelid = ANY ($1::regclass[])`,
    [TABLES],
  );
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ make }) => make);
}

async function fill(
  connectionString: string,
  table: TableName,
  rows: number,
  days: number,
): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       ORDER BY attnum`,
      [table],
    );
    const own = ownValues(rows, days)[table];
    const names = columns.map(({ name }) => name);
    // The limits of older OTPs are gone.
    const first = table === 'otp_limits' ? Math.floor(rows * (1 - LIMIT_DAYS / days)) : 1;
    await client.query(
      `INSERT INTO ${table} (${names.join()})
       SELECT ${names.map((name) => own[name] ?? `t.${name}`).join()}
       FROM generate_series(${first}::bigint, ${rows}) AS n, (SELECT * FROM ${table}) AS t, bench_life AS life
       ${table === 'otp_events' ? `WHERE t.event_no < 4 OR n <= ${rows - LIVE}` : ''}`,
    );
  } finally {
    await client.end();
  }
}

/** What is not copied, by column, for the OTP number `n` of so many. */
function ownValues(rows: number, days: number): Record<TableName, Record<string, string>> {
  const at = `(life.at - (${rows} - n) * (interval '${days} days' / ${rows}))`;
  const id = `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
    || '8' || substr(md5(n::text), 4, 15))::uuid`;
  const person = `(n % ${Math.ceil(rows / OTPS_A_NUMBER)})`;
  const hash = (what: string): string => `sha256((${what})::text::bytea)`;
  const bytes = (column: string, what: string): string =>
    `substr(${hash(what)} || ${hash(`${what} || 'more'`)}, 1, length(t.${column}))`;
  // Ranges of numbers are shared by many.
  const owner = (key: string): string =>
    `CASE WHEN starts_with(${key}, 'guard:') THEN n % ${RANGES} ELSE n END`;
  const ownKey = (key: string): string =>
    `regexp_replace(${key}, '[^:]+$', left(encode(${hash(`${key} || ${owner(key)}`)}, 'hex'), length(substring(${key} FROM '[^:]+$'))))`;
  const isLive = `n > ${rows - LIVE}`;
  const sends = {
    otp_id: id,
    provider_otp_id: `(md5('otp' || n))::uuid::text`,
    reference_code: `substr(md5('ref' || n), 1, 9)`,
    message_id: `lpad(n::text, 20, '4')`,
    ...{ requested_at: at, sent_at: at, done_at: at },
  };
  return {
    otps: {
      id,
      subject: `CASE WHEN n % 2 = 0 THEN 'user-' || ${person} END`,
      mobile_mac: bytes('mobile_mac', `'mobile' || ${person}`),
      mobile_sealed: bytes('mobile_sealed', `'sealed' || n`),
      ip_mac: bytes('ip_mac', `'ip' || n`),
      provider_otp_id: sends.provider_otp_id,
      reference_code: sends.reference_code,
      status: `CASE WHEN ${isLive} THEN 'pending' WHEN n % 10 = 0 THEN 'expired' ELSE t.status END`,
      verified_at: `CASE WHEN NOT ${isLive} AND n % 10 <> 0 THEN ${at} END`,
      created_at: at,
      // Every other live one is due.
      expires_at: `CASE WHEN ${isLive} THEN life.at + (n % 2 * 2 - 1) * interval '1 hour'
        ELSE ${at} + make_interval(secs => t.ttl_seconds) END`,
      event_count: `CASE WHEN ${isLive} THEN 3 ELSE t.event_count END`,
      limit_keys: `ARRAY(SELECT ${ownKey('key')} FROM unnest(t.limit_keys) AS key)`,
    },
    otp_sends: sends,
    otp_events: {
      otp_id: id,
      at,
      type: `CASE WHEN t.event_no = 4 AND n % 10 = 0 THEN 'expired' ELSE t.type END`,
      dedupe_key: `CASE WHEN t.dedupe_key IS NOT NULL THEN left(md5('dedupe' || n) || md5('key' || n), length(t.dedupe_key)) END`,
    },
    otp_limits: {
      key: ownKey('t.key'),
      updated_at: at,
      until: `CASE WHEN t.until IS NOT NULL THEN ${at} END`,
      hits: `ARRAY(SELECT ${at} FROM unnest(t.hits))`,
    },
  };
}
