import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface DemoDatabase {
  url: string;
  drop: () => Promise<void>;
}

/** An empty database on the given server: a second run must not meet the first one's cool-down. */
export async function createDemoDatabase(serverUrl: string): Promise<DemoDatabase> {
  const name = `otp_demo_${randomBytes(6).toString('hex')}`;
  await run(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return { url: url.href, drop: () => run(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
