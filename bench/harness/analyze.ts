import pg from 'pg';

/** Tells the planner what a while of use would have: plans made over empty tables are replaced. */
export async function analyze(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}
