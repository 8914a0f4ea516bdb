import { createDemoDatabase } from '../../example/demo/demo-database.js';
import { startPostgres } from '../../example/embedded-postgres.js';
import type { Teardown } from '../../example/teardown.js';

/** The address of an empty database, of a PostgreSQL of its own or of the one that `DATABASE_URL` names. */
export async function startBenchDatabase(teardown: Teardown): Promise<string> {
  const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
  teardown.add(() => postgres.stop());
  const database = await createDemoDatabase(postgres.url);
  teardown.add(() => database.drop());
  return database.url;
}
