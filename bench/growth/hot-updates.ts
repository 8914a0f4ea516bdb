import pg from 'pg';
import { Teardown } from '../../example/teardown.js';
import { AppUnderLoad } from '../harness/app-under-load.js';
import type { StubCall } from '../harness/ants-stub.process.js';
import { startBenchDatabase } from '../harness/bench-database.js';
import { startingWith } from '../harness/bench-process.js';
import { learn, newLife, requestOf } from '../limit/lives.js';
import type { ModuleAppOptions } from '../limit/module-app.js';

const FILL_FACTORS = [100, 90, 80];
const AT_ONCE = 100;
const CONNECTIONS = 16;
const TABLES = ['otps', 'otp_sends', 'otp_limits'];

/** The share of updates that wrote no index (heap-only tuples), by how full PostgreSQL makes a page. */
export async function hotUpdates(lives: number, otp: ModuleAppOptions['otp']): Promise<string[]> {
  const notes: string[] = [];
  for (const fillFactor of FILL_FACTORS) {
    const tables = await updatesOf(fillFactor, lives, otp);
    notes.push(`Fill factor ${fillFactor}, HOT updates of ${lives} lives: ${tables.join('; ')}.`);
  }
  return notes;
}

async function updatesOf(
  fillFactor: number,
  lives: number,
  otp: ModuleAppOptions['otp'],
): Promise<string[]> {
  const teardown = new Teardown();
  const start = startingWith(teardown);
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await start('harness/ants-stub.process.js');
    const antsUrl = await stub.ask<string>('url');
    const given = { adapter: 'fastify', databaseUrl, antsUrl, otp };
    const module = await start('limit/module-app.process.js', given);
    const app = await AppUnderLoad.of(module, await start('harness/load.process.js'));
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    teardown.add(() => client.end());
    for (const table of TABLES)
      await client.query(`ALTER TABLE ${table} SET (fillfactor = ${fillFactor})`);
    for (let lived = 0; lived < lives; lived += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, n) => newLife(lived + n));
      for (const flow of ['request', 'webhook', 'verify'] as const) {
        const requests = some.map((life) => requestOf(flow, life));
        const { bodies } = await app.run(requests, { connections: CONNECTIONS });
        const calls = await stub.ask<StubCall[]>('calls');
        if (flow === 'request') learn(some, bodies, calls);
      }
    }
    // What a connection has counted is told when it ends.
    await module.stop();
    const { rows } = await client.query<{ line: string }>(
      `SELECT format('%s %s of %s (%s %%), %s bytes a row', relname, n_tup_hot_upd, n_tup_upd,
         round(100.0 * n_tup_hot_upd / n_tup_upd), pg_relation_size(relid) / n_live_tup) AS line
       FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY relname`,
      [TABLES],
    );
    return rows.map(({ line }) => line);
  } finally {
    await teardown.run();
  }
}
