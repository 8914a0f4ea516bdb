import { Teardown } from '../example/teardown.js';
import { AppUnderLoad } from './harness/app-under-load.js';
import type { StubCall } from './harness/ants-stub.process.js';
import { analyze } from './harness/analyze.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { BenchProcess } from './harness/bench-process.js';
import type { LoadRequest } from './harness/load.process.js';
import { percentile } from './harness/percentile.js';
import { learn, newLife, requestOf } from './limit/lives.js';
import type { Life } from './limit/lives.js';
import type { Findings, Measurement } from './measurement.js';
import { DatabaseWatch } from './scale/database-watch.js';
import type { Watched } from './scale/database-watch.js';

const PROCESSES = [1, 2, 4];
const LIVES = 4_000;
const WARM_UP_LIVES = 1_000;
const CONNECTIONS = 32;
const HOT_REQUESTS = 1_000;
/** The day's row is one for all sends; a limit that nobody reaches costs as much as one that is reached. */
const BUDGET = 1_000_000;

/** Apps in processes of their own on one database, each with its own load generator. */
class Fleet {
  private lived = 0;

  private constructor(
    private readonly apps: readonly BenchProcess[],
    private readonly loaded: readonly AppUnderLoad[],
    private readonly stub: BenchProcess,
    private readonly databaseUrl: string,
  ) {}

  static async start(teardown: Teardown, otp: object): Promise<Fleet> {
    const start = async (program: string, given?: object): Promise<BenchProcess> => {
      const started = await BenchProcess.start(program, given);
      teardown.add(() => started.stop());
      return started;
    };
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await start('harness/ants-stub.process.js');
    const antsUrl = await stub.ask<string>('url');
    const given = { adapter: 'fastify', databaseUrl, antsUrl, otp };
    const apps: BenchProcess[] = [];
    const loaded: AppUnderLoad[] = [];
    for (let n = 0; n < Math.max(...PROCESSES); n++) {
      const app = await start('limit/module-app.process.js', given);
      apps.push(app);
      loaded.push(await AppUnderLoad.of(app, await start('harness/load.process.js')));
    }
    return new Fleet(apps, loaded, stub, databaseUrl);
  }

  lives(count: number): Life[] {
    return Array.from({ length: count }, () => newLife(this.lived++));
  }

  async warmUp(): Promise<void> {
    await this.wholeLives(this.loaded.length, WARM_UP_LIVES);
    await analyze(this.databaseUrl);
  }

  /** Each OTP asked for, reported on and verified, over this many of the apps. */
  async wholeLives(processes: number, count: number) {
    const lives = this.lives(count);
    const watch = await DatabaseWatch.start(this.databaseUrl);
    const before = await this.cpu();
    let seconds = 0;
    const latencies: number[] = [];
    for (const flow of ['request', 'webhook', 'verify'] as const) {
      const requests = lives.map((life) => requestOf(flow, life));
      const run = await this.run(processes, requests, CONNECTIONS);
      seconds += run.seconds;
      latencies.push(...run.latencies);
      const calls = await this.stub.ask<StubCall[]>('calls');
      if (flow === 'request') learn(lives, run.bodies, calls);
    }
    const appCpu = (await this.cpu()) - before;
    return { seconds, latencies, appCpu, watched: await watch.stop() };
  }

  /** All at once, over all of the apps. */
  async atOnce(lives: readonly Life[]) {
    const requests = lives.map((life) => requestOf('request', life));
    const watch = await DatabaseWatch.start(this.databaseUrl);
    const run = await this.run(this.loaded.length, requests, requests.length);
    const sent = (await this.stub.ask<StubCall[]>('calls')).length;
    return { ...run, sent, watched: await watch.stop() };
  }

  private async run(processes: number, requests: readonly LoadRequest[], connections: number) {
    const begun = performance.now();
    const runs = await Promise.all(
      this.loaded.slice(0, processes).map((app, at) =>
        app.run(
          requests.filter((_, n) => n % processes === at),
          { connections: connections / processes, refusals: true },
        ),
      ),
    );
    const seconds = (performance.now() - begun) / 1000;
    const bodies = requests.map(
      (_, n) => runs[n % processes]?.bodies[Math.floor(n / processes)] ?? '',
    );
    return { seconds, bodies, latencies: runs.flatMap(({ latencies }) => [...latencies]) };
  }

  /** Seconds of all apps. */
  private async cpu(): Promise<number> {
    const each = await Promise.all(this.apps.map((app) => app.cpu()));
    return each.reduce((sum, microseconds) => sum + microseconds, 0) / 1e6;
  }
}

const OPEN = { blockLimit: 10_000, sendLimit: { perHour: 10_000, perDay: 10_000 } };

async function run(): Promise<Findings> {
  const rows: string[][] = [];
  const missed: string[] = [];
  const take = (row: string[], { deadlocks }: Watched): void => {
    rows.push(row);
    if (deadlocks > 0) missed.push(`${row[0] ?? ''}: ${deadlocks} deadlocks.`);
  };
  const teardown = new Teardown();
  try {
    const fleet = await Fleet.start(teardown, { dailyBudget: BUDGET });
    await fleet.warmUp();
    for (const processes of PROCESSES) {
      const { seconds, latencies, appCpu, watched } = await fleet.wholeLives(processes, LIVES);
      const name = `whole lives, ${processes} ${processes === 1 ? 'process' : 'processes'}`;
      take(rowOf(name, LIVES, seconds, latencies, watched, appCpu), watched);
    }
    await hotKeys(fleet, 'with the row of the day', take, missed);
    const free = await Fleet.start(teardown, { dailyBudget: false, ...OPEN });
    await free.warmUp();
    const apart = await free.atOnce(free.lives(HOT_REQUESTS));
    take(
      rowOf(
        '1,000 asks at once, no budget',
        HOT_REQUESTS,
        apart.seconds,
        apart.latencies,
        apart.watched,
      ),
      apart.watched,
    );
    return { table: { head: HEAD, rows }, missed };
  } finally {
    await teardown.run();
  }
}

async function hotKeys(
  fleet: Fleet,
  which: string,
  take: (row: string[], watched: Watched) => void,
  missed: string[],
): Promise<void> {
  const apart = fleet.lives(HOT_REQUESTS);
  const [first] = fleet.lives(1);
  if (!first) return;
  const block = fleet
    .lives(HOT_REQUESTS)
    .map((life, n) => ({ ...life, mobile: `0899${String(990_000 + n).padStart(6, '0')}` }));
  const number = fleet.lives(HOT_REQUESTS).map((life) => ({ ...life, mobile: first.mobile }));
  const cases: [string, Life[], number][] = [
    [`1,000 asks at once, ${which}`, apart, HOT_REQUESTS],
    ['… to one block of numbers, of which 20 are sent', block, 20],
    ['… to one number, of which 1 is sent', number, 1],
  ];
  for (const [name, lives, expected] of cases) {
    const { seconds, latencies, sent, watched } = await fleet.atOnce(lives);
    take(rowOf(name, lives.length, seconds, latencies, watched), watched);
    if (sent !== expected) missed.push(`${name}: ${sent} SMS were sent.`);
  }
}

const HEAD = [
  'scale',
  ...['/s', 'p50 ms', 'p99 ms', 'apps CPU ms', 'PostgreSQL CPU ms'],
  ...['active', 'waiting for a lock', 'at most'],
];

function rowOf(
  name: string,
  count: number,
  seconds: number,
  latencies: readonly number[],
  { active, waiting, mostWaiting, cpuSeconds }: Watched,
  appCpu?: number,
): string[] {
  const each = (total: number | null | undefined): string =>
    total === null || total === undefined ? '' : ((total / count) * 1000).toFixed(2);
  return [
    name,
    ...[(count / seconds).toFixed(0), percentile(latencies, 0.5).toFixed(1)],
    ...[percentile(latencies, 0.99).toFixed(1), each(appCpu), each(cpuSeconds)],
    ...[active.toFixed(1), waiting.toFixed(1), String(mostWaiting)],
  ];
}

export const scale: Measurement = {
  name: 'scale',
  about: 'one database under one, two and four processes, and rows that all of them want at once.',
  run,
};
