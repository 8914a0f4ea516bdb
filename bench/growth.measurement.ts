import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Teardown } from '../example/teardown.js';
import { deadRows } from './growth/dead-rows.js';
import { explainHot, live } from './growth/hot-statements.js';
import type { Explained } from './growth/explain.js';
import { grow } from './growth/grow.js';
import { hotUpdates } from './growth/hot-updates.js';
import { purgeUnderLoad } from './growth/purge-under-load.js';
import { sizesOf } from './growth/table-sizes.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { BenchProcess } from './harness/bench-process.js';
import { startModuleApp } from './limit/module-app.js';
import type { BenchOptions, Findings, Measurement } from './measurement.js';

const FEW = 100_000;
const MANY = 10_000_000;
/** With four lines of history each, all indexes, and the log that is written beside them. */
const BYTES_AN_OTP = 4_000;
const MOST_TIMES_SLOWER = 1.5;
/** Below this a difference is that of the clock. */
const GRAIN_MS = 0.1;
const LIVES = 10_000;
const LIMITS = { blockLimit: 10_000, sendLimit: { perHour: 10_000, perDay: 10_000 } };

interface Grown {
  hot: Map<string, Explained>;
  notes: string[];
}

async function run({ rows = MANY, short }: BenchOptions): Promise<Findings> {
  const { bavail, bsize } = await statfs(tmpdir());
  const [free, wanted] = [bavail * bsize, rows * BYTES_AN_OTP];
  if (process.env.DATABASE_URL === undefined && free < wanted)
    return {
      table: { head: HEAD, rows: [] },
      missed: [],
      notes: [`Skipped: ${gb(wanted)} GB of disk are needed, ${gb(free)} GB are free.`],
    };
  const few = await measure(FEW);
  const many = await measure(rows, true);
  const lives = short ? LIVES / 10 : LIVES;
  return {
    table: {
      head: HEAD,
      rows: [...few.hot].map(([name, small]) => rowOf(name, small, many.hot.get(name))),
    },
    missed: [...few.hot].flatMap(([name, small]) => missedOf(name, small, many.hot.get(name))),
    notes: [
      `${FEW} OTPs beside ${rows}, each with four lines of history.`,
      ...many.notes,
      ...(await hotUpdates(lives, LIMITS)),
      ...(await deadRows(lives, LIMITS)),
      ['```text', ...[...many.hot].flatMap(planOf), '```'].join('\n'),
    ],
  };
}

async function measure(rows: number, isMany = false): Promise<Grown> {
  const teardown = new Teardown();
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await BenchProcess.start('harness/ants-stub.process.js');
    teardown.add(() => stub.stop());
    const antsUrl = await stub.ask<string>('url');
    const given = { adapter: 'fastify', databaseUrl, antsUrl, otp: LIMITS } as const;
    const app = await startModuleApp(given);
    teardown.add(() => app.close());
    await live(app, stub, 0);
    const begun = performance.now();
    await grow(databaseUrl, rows);
    const filled = `${rows} OTPs were written in ${((performance.now() - begun) / 1000).toFixed(0)} s.`;
    console.log(filled);
    const hot = await explainHot(app, stub, databaseUrl);
    if (!isMany) return { hot, notes: [] };
    const sizes = await sizesOf(databaseUrl, rows);
    const bytes = `Bytes an OTP: ${sizes.map(([name = '', size = '']) => `${name} ${size}`).join(', ')}.`;
    return { hot, notes: [bytes, await purgeUnderLoad(app, stub, given)] };
  } finally {
    await teardown.run();
  }
}

const HEAD = [
  'growth',
  ...['few ms', 'many ms', 'ratio', 'few buffers', 'many buffers', 'index scans', 'whole tables'],
];

function rowOf(name: string, few: Explained, many: Explained | undefined): string[] {
  if (!many) return [name];
  return [
    name,
    ...[few.ms.toFixed(2), many.ms.toFixed(2), (many.ms / few.ms).toFixed(2)],
    ...[few.buffers, many.buffers, many.indexes].map(String),
    many.seqScans.join(' ') || 'none',
  ];
}

function missedOf(name: string, few: Explained, many: Explained | undefined): string[] {
  if (!many) return [`${name}: did not run over the large tables.`];
  return [
    ...(many.ms > few.ms * MOST_TIMES_SLOWER + GRAIN_MS
      ? [`${name}: ${(many.ms / few.ms).toFixed(2)} times the time.`]
      : []),
    ...(many.buffers > few.buffers + many.touched
      ? [`${name}: ${many.buffers} buffers, ${few.buffers} before.`]
      : []),
    ...many.seqScans.map((table) => `${name}: reads all of ${table}.`),
  ];
}

const planOf = ([name, { scans }]: [string, Explained]): string[] => [
  name,
  ...scans.map((scan) => `  ${scan}`),
];

const gb = (bytes: number): string => (bytes / 2 ** 30).toFixed(0);

export const growth: Measurement = {
  name: 'growth',
  about: 'hot statements over ten million OTPs beside a hundred thousand, and a purge under load.',
  run,
};
