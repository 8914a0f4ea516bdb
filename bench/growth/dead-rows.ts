import { Teardown } from '../../example/teardown.js';
import type { ModuleAppOptions } from '../limit/module-app.js';
import { LivedTables, UPDATED } from './lived-tables.js';

interface Table {
  name: string;
  live: number;
  dead: number;
  bytes: number;
}

/** What lives leave behind without a vacuum, what one costs then, and what the next lives take for it. */
export async function deadRows(lives: number, otp: ModuleAppOptions['otp']): Promise<string[]> {
  const teardown = new Teardown();
  try {
    const tables = await LivedTables.create(teardown, otp, 'autovacuum_enabled = false');
    await tables.live(lives);
    const first = await look(tables);
    const seconds: number[] = [];
    for (const { name } of first) {
      const begun = performance.now();
      await tables.client.query(`VACUUM (ANALYZE) ${name}`);
      seconds.push((performance.now() - begun) / 1000);
    }
    await tables.live(lives);
    const second = await look(tables);
    return first.map(({ name, live, dead, bytes }, n) => {
      const next = (second[n]?.bytes ?? 0) - bytes;
      return `${name}, ${lives} lives without a vacuum: ${live} rows and ${dead} dead ones, ${perRow(bytes, live)} bytes a row; a vacuum took ${seconds[n]?.toFixed(2) ?? '?'} s; then as many lives again: ${perRow(next, live)} bytes a row.`;
    });
  } finally {
    await teardown.run();
  }
}

async function look({ client }: LivedTables): Promise<Table[]> {
  const { rows } = await client.query<Record<keyof Table, string>>(
    `SELECT relname AS name, n_live_tup AS live, n_dead_tup AS dead, pg_table_size(relid) AS bytes
     FROM pg_stat_user_tables WHERE relname = ANY ($1) ORDER BY relname`,
    [UPDATED],
  );
  return rows.map(({ name, live, dead, bytes }) => ({
    name,
    live: Number(live),
    dead: Number(dead),
    bytes: Number(bytes),
  }));
}

const perRow = (bytes: number, rows: number): string => (bytes / rows).toFixed(0);
