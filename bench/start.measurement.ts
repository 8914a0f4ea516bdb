import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { Teardown } from '../example/teardown.js';
import { alternate } from './harness/alternate.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { median, percentile } from './harness/percentile.js';
import type { Findings, Measurement } from './measurement.js';

const ROUNDS = 15;
/** What the module may add, peers and all, to the start of an app that has a database. Milliseconds. */
const BUDGET_MS = 50;
const KINDS = [
  ['bare', 'an app of Nest alone'],
  ['typeorm', '… with TypeORM and its DataSource'],
  ['peers', '… with HttpModule, ConfigModule and class-validator'],
  ['otp', '… and with the module, its ready routes and its tables'],
] as const;

interface Start {
  ms: number;
  cpu: number;
  heapUsed: number;
  rss: number;
}

/** From the start of the process until the app listens, imports and all, in fresh processes. */
async function run(): Promise<Findings> {
  const teardown = new Teardown();
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const dataSource = new DataSource({
      ...{ type: 'postgres', url: databaseUrl, migrations: otpMigrations },
    });
    await dataSource.initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();

    const starts = KINDS.map((): Start[] => []);
    const cases = KINDS.map(([kind], at) => async (): Promise<number> => {
      const start = await startOf(kind, databaseUrl);
      starts[at]?.push(start);
      return start.ms;
    });
    const samples = await alternate(cases, ROUNDS);
    const middle = (at: number, of: (start: Start) => number): number =>
      median((starts[at] ?? []).map(of));
    const rows = KINDS.map(([, name], at) => {
      const before =
        at === 0 ? undefined : middle(at, ({ ms }) => ms) - middle(at - 1, ({ ms }) => ms);
      return [
        name,
        middle(at, ({ ms }) => ms).toFixed(0),
        percentile(samples[at] ?? [], 0.95).toFixed(0),
        before === undefined ? '' : before.toFixed(0),
        middle(at, ({ cpu }) => cpu).toFixed(0),
        (middle(at, ({ heapUsed }) => heapUsed) / 2 ** 20).toFixed(1),
        (middle(at, ({ rss }) => rss) / 2 ** 20).toFixed(0),
      ];
    });
    const added = middle(3, ({ ms }) => ms) - middle(1, ({ ms }) => ms);
    return {
      table: {
        head: ['start', 'median ms', 'p95 ms', 'added ms', 'CPU ms', 'heap MB', 'RSS MB'],
        rows,
      },
      missed:
        added > BUDGET_MS
          ? [
              `The module and its peers add ${added.toFixed(0)} ms to the start of an app with a database, more than ${BUDGET_MS}.`,
            ]
          : [],
    };
  } finally {
    await teardown.run();
  }
}

async function startOf(kind: string, url: string): Promise<Start> {
  const program = join(import.meta.dirname, 'harness/starting-app.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, kind, url]);
  return JSON.parse(stdout) as Start;
}

export const start: Measurement = {
  name: 'start',
  about: `from the start of a process until the app listens, ${ROUNDS} fresh processes of each kind`,
  run,
};
