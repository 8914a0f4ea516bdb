import pg from 'pg';

/** Bytes of each table and of each index, for one OTP. */
export async function sizesOf(connectionString: string, rows: number): Promise<string[][]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ name: string; bytes: string }>(
      `SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class
       WHERE relkind IN ('r', 'i') AND relname ~ '^otp(s|_sends|_events)($|_)' ORDER BY relname`,
    );
    return found.map(({ name, bytes }) => [name, (Number(bytes) / rows).toFixed(0)]);
  } finally {
    await client.end();
  }
}
