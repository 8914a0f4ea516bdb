import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { AntsSimulatorChanges } from 'nestjs-ants-otp/testing';
import { Teardown } from '../example/teardown.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { startingWith } from './harness/bench-process.js';
import type { BenchProcess } from './harness/bench-process.js';
import { freePort } from './harness/free-port.js';
import { median, percentile } from './harness/percentile.js';
import type { BenchOptions, Findings, Measurement } from './measurement.js';
import { compareAccounts, outboxIsEmpty } from './soak/accounts.js';
import type { Vitals } from './soak/app.process.js';
import { live } from './soak/user.js';
import type { LifeEnd } from './soak/user.js';

const MINUTES = 20;
const SHORT_MINUTES = 5;
const CALIBRATION_MS = 10_000;
const CALIBRATION_USERS = 16;
const VITALS_EVERY_MS = 2_000;
/** Of the heap in the last phase, beside the first one after the warm-up. */
const GROWTH = 1.05;

interface Phase {
  name: string;
  /** Share of the whole time. */
  share: number;
  ants: AntsSimulatorChanges;
}

const WELL = { latencyMs: [5, 30] as const, failRate: 0 };
const PHASES: readonly Phase[] = [
  { name: 'warm-up', share: 0.15, ants: WELL },
  { name: 'steady', share: 0.2, ants: WELL },
  { name: 'ANTS takes 1 to 2 s', share: 0.15, ants: { latencyMs: [1_000, 2_000], failRate: 0 } },
  { name: 'steady', share: 0.1, ants: WELL },
  { name: 'every third call fails', share: 0.15, ants: { latencyMs: [5, 30], failRate: 1 / 3 } },
  { name: 'steady to the end', share: 0.25, ants: WELL },
];

interface PhaseFigures {
  name: string;
  seconds: number;
  lives: LifeEnd[];
  vitals: Vitals[];
}

async function run({ short }: BenchOptions): Promise<Findings> {
  const teardown = new Teardown();
  const codes = new Map<string, string>();
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const simulator = new AntsSimulator({
      ...WELL,
      credit: 10_000_000,
      onSms: ({ to, code }) => codes.set(`0${to.slice(2)}`, code),
    });
    const baseUrl = await simulator.start();
    teardown.add(() => simulator.stop());
    const { username, password, otcIds } = simulator.settings;
    const port = await freePort();
    const otp = {
      ...{ username, password, otcId: otcIds[0], publicUrl: `http://127.0.0.1:${port}` },
      // As many people as there are addresses and numbers, and the guards of every-day life.
      ...{ blockLimit: 10_000, sweepEvery: 60 },
    };
    const app = await startingWith(teardown)(
      'soak/app.process.js',
      { adapter: 'express', databaseUrl, antsUrl: baseUrl, port, otp },
      ['--expose-gc'],
    );
    const url = await app.ask<string>('url');

    let lived = 0;
    const unanswered: string[] = [];
    const next = async (): Promise<LifeEnd[]> => {
      try {
        return [await live(lived++, url, (mobile) => codes.get(mobile))];
      } catch (error) {
        unanswered.push(inspect(error));
        return [];
      }
    };
    const calibration: LifeEnd[] = [];
    const until = performance.now() + CALIBRATION_MS;
    await Promise.all(
      Array.from({ length: CALIBRATION_USERS }, async () => {
        while (performance.now() < until) calibration.push(...(await next()));
      }),
    );
    const rate = calibration.length / (CALIBRATION_MS / 1000) / 2;

    const figures: PhaseFigures[] = [];
    for (const { name, share, ants } of PHASES) {
      simulator.configure(ants);
      const seconds = share * (short ? SHORT_MINUTES : MINUTES) * 60;
      figures.push({ name, seconds, ...(await phase(app, seconds, rate, next)) });
    }
    await simulator.reportsSettled();
    const emptied = await outboxIsEmpty(databaseUrl);
    const lives = [...calibration, ...figures.flatMap((figure) => figure.lives)];
    const discrepancies = await compareAccounts(
      databaseUrl,
      lives,
      simulator.inbox,
      await app.ask<string[]>('handled'),
    );
    return {
      table: { head: HEAD, rows: figures.map((figure) => rowOf(figure, rate)) },
      missed: [
        ...growthOf(figures),
        ...(unanswered.length > 0
          ? [`${unanswered.length} asks had no answer, such as: ${unanswered[0] ?? ''}.`]
          : []),
        ...(emptied ? [] : ['Events were still owed to a handler after a minute.']),
        ...Object.entries(discrepancies)
          .filter(([, count]) => count > 0)
          .map(([what, count]) => `${count} ${what}.`),
      ],
      notes: [
        `${lives.length} lives, ${simulator.inbox.length} SMS, half load: ${rate.toFixed(0)} lives a second. Zero each: ${Object.keys(discrepancies).join(', ')}; unhandled rejections.`,
        ...figures.flatMap(refusalsOf),
      ],
    };
  } finally {
    await teardown.run();
  }
}

/** People come at their times whatever the answers do; the phase ends when the last has gone. */
async function phase(
  app: BenchProcess,
  seconds: number,
  rate: number,
  next: () => Promise<LifeEnd[]>,
): Promise<{ lives: LifeEnd[]; vitals: Vitals[] }> {
  const lives: Promise<LifeEnd[]>[] = [];
  const vitals: Vitals[] = [];
  const begun = performance.now();
  let vitalsDue = begun + VITALS_EVERY_MS;
  while (performance.now() - begun < seconds * 1000) {
    const due = begun + (lives.length / rate) * 1000;
    await sleep(Math.max(0, due - performance.now()));
    lives.push(next());
    if (performance.now() < vitalsDue) continue;
    vitals.push(await app.ask<Vitals>('vitals'));
    vitalsDue += VITALS_EVERY_MS;
  }
  return { lives: (await Promise.all(lives)).flat(), vitals };
}

const HEAD = [
  'soak',
  ...['s', 'lives /s', 'verified', 'refused', 'request p50 ms', 'p99', 'verify p50 ms', 'p99'],
  ...['heap MB', 'RSS MB', 'loop delay p99 ms'],
];

function rowOf({ name, seconds, lives, vitals }: PhaseFigures, rate: number): string[] {
  const requests = lives.map(({ requestMs }) => requestMs);
  const checks = lives.flatMap(({ verifyMs }) => verifyMs ?? []);
  const verified = lives.filter(({ end }) => end === 'verified').length;
  const middle = (of: keyof Vitals): number => median(vitals.map((vital) => vital[of]));
  return [
    name,
    ...[seconds.toFixed(0), rate.toFixed(0), String(verified), String(lives.length - verified)],
    ...[median(requests).toFixed(1), percentile(requests, 0.99).toFixed(0)],
    ...[median(checks).toFixed(1), percentile(checks, 0.99).toFixed(0)],
    ...[middle('heapMb').toFixed(1), middle('rssMb').toFixed(0), middle('loopDelayMs').toFixed(1)],
  ];
}

/** Why people of a phase did not get in. */
function refusalsOf({ name, lives }: PhaseFigures): string[] {
  const refusals = new Map<string, number>();
  for (const { end, id } of lives) {
    const what = `${end} at the ${id === undefined ? 'request' : 'check'}`;
    if (end !== 'verified') refusals.set(what, (refusals.get(what) ?? 0) + 1);
  }
  const said = [...refusals].map(([what, count]) => `${count} × ${what}`).join(', ');
  return said === '' ? [] : [`Refused while "${name}": ${said}.`];
}

function growthOf(figures: readonly PhaseFigures[]): string[] {
  const heapOf = (at: number): number =>
    median(figures.at(at)?.vitals.map(({ heapMb }) => heapMb) ?? []);
  const growth = heapOf(-1) / heapOf(1);
  const unhandled = figures.at(-1)?.vitals.at(-1)?.unhandled ?? NaN;
  return [
    ...(growth > GROWTH ? [`The heap grew to ${growth.toFixed(2)} of what it was.`] : []),
    ...(unhandled === 0 ? [] : [`${unhandled} unhandled rejections.`]),
  ];
}

export const soak: Measurement = {
  name: 'soak',
  about:
    'an app at half load through slow and failing phases of ANTS: memory, and whether anything is lost or doubled.',
  run,
};
