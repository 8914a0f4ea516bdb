import { Teardown } from '../../example/teardown.js';
import type { ModuleAppOptions } from '../limit/module-app.js';
import { LivedTables, UPDATED } from './lived-tables.js';

const FILL_FACTORS = [100, 90, 80];

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
  try {
    const tables = await LivedTables.create(teardown, otp, `fillfactor = ${fillFactor}`);
    await tables.live(lives);
    const { rows } = await tables.client.query<{ line: string }>(
      `SELECT format('%s %s of %s (%s %%), %s bytes a row', relname, n_tup_hot_upd, n_tup_upd,
         round(100.0 * n_tup_hot_upd / n_tup_upd), pg_relation_size(relid) / n_live_tup) AS line
       FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY relname`,
      [UPDATED],
    );
    return rows.map(({ line }) => line);
  } finally {
    await teardown.run();
  }
}
