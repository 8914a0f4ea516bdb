import { Teardown } from '../example/teardown.js';
import { AppUnderLoad } from './harness/app-under-load.js';
import type { StubCall } from './harness/ants-stub.process.js';
import { analyze } from './harness/analyze.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { startingWith } from './harness/bench-process.js';
import type { BenchProcess } from './harness/bench-process.js';
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
const AT_ONCE = 1_000;
/** The day's row is one for all sends; a limit that nobody reaches costs as much as one that is reached. */
const BUDGET = 1_000_000;

/** Rows that all of them want: whom each of the asks is for, and how many SMS its limit lets through. */
const HOT: [name: string, mobileOf: (n: number) => string, most: number][] = [
  ['… and to one block of numbers', (n) => `0899${String(990_000 + n)}`, 20],
  ['… and to one number', () => '0899876543', 1],
];

interface Load {
  seconds: number;
  /** SMS that ANTS was asked for. */
  sent: number;
  latencies: number[];
}
interface Ran extends Load {
  /** Of all apps, in seconds. */
  appCpu: number;
  watched: Watched;
}

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
    const start = startingWith(teardown);
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await start('harness/ants-stub.process.js');
    const antsUrl = await stub.ask<string>('url');
    const given = { adapter: 'fastify', databaseUrl, antsUrl, otp: { cooldown: [30], ...otp } };
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
  wholeLives(processes: number, count: number): Promise<Ran> {
    const lives = this.lives(count);
    return this.watched(async (ran) => {
      for (const flow of ['request', 'webhook', 'verify'] as const) {
        const requests = lives.map((life) => requestOf(flow, life));
        const { seconds, latencies, bodies } = await this.run(processes, requests, CONNECTIONS);
        ran.seconds += seconds;
        ran.latencies.push(...latencies);
        if (flow !== 'request') continue;
        const calls = await this.stub.ask<StubCall[]>('calls');
        ran.sent = calls.length;
        learn(lives, bodies, calls);
      }
      await this.stub.ask('calls');
    });
  }

  /** All at once, over all of the apps. */
  atOnce(lives: readonly Life[]): Promise<Ran> {
    const requests = lives.map((life) => requestOf('request', life));
    return this.watched(async (ran) => {
      Object.assign(ran, await this.run(this.loaded.length, requests, requests.length));
      ran.sent = (await this.stub.ask<StubCall[]>('calls')).length;
    });
  }

  private async watched(work: (ran: Load) => Promise<void>): Promise<Ran> {
    const watch = await DatabaseWatch.start(this.databaseUrl);
    const before = await this.cpu();
    const ran: Load = { seconds: 0, sent: 0, latencies: [] };
    await work(ran);
    return { ...ran, appCpu: (await this.cpu()) - before, watched: await watch.stop() };
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

async function run(): Promise<Findings> {
  const rows: string[][] = [];
  const missed: string[] = [];
  const take = (name: string, count: number, ran: Ran): void => {
    const { watched, sent } = ran;
    rows.push(rowOf(name, count, ran));
    if (watched.deadlocks > 0) missed.push(`${name}: ${watched.deadlocks} deadlocks.`);
    if (sent > count) missed.push(`${name}: ${sent} SMS were sent.`);
  };
  const teardown = new Teardown();
  try {
    const fleet = await Fleet.start(teardown, { dailyBudget: BUDGET });
    await fleet.warmUp();
    for (const processes of PROCESSES)
      take(
        `whole lives, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
        LIVES,
        await fleet.wholeLives(processes, LIVES),
      );
    const free = await Fleet.start(teardown, { dailyBudget: false });
    await free.warmUp();
    take('1,000 asks at once, no budget', AT_ONCE, await free.atOnce(free.lives(AT_ONCE)));
    const asks = fleet.lives(AT_ONCE);
    take('… with the row of the day', AT_ONCE, await fleet.atOnce(asks));
    for (const [name, mobileOf, most] of HOT) {
      const ran = await fleet.atOnce(
        fleet.lives(AT_ONCE).map((life, n) => ({ ...life, mobile: mobileOf(n) })),
      );
      take(name, AT_ONCE, ran);
      if (ran.sent > most) missed.push(`${name}: ${ran.sent} SMS were sent.`);
    }
    return { table: { head: HEAD, rows }, missed };
  } finally {
    await teardown.run();
  }
}

const HEAD = [
  'scale',
  ...['/s', 'SMS', 'p50 ms', 'p99 ms', 'apps CPU ms', 'PostgreSQL CPU ms'],
  ...['active', 'waiting for a lock', 'at most'],
];

function rowOf(name: string, count: number, ran: Ran): string[] {
  const { seconds, sent, latencies, appCpu, watched } = ran;
  const { active, waiting, mostWaiting, cpuSeconds } = watched;
  const each = (total: number): string => ((total / count) * 1000).toFixed(2);
  return [
    name,
    ...[(count / seconds).toFixed(0), String(sent), percentile(latencies, 0.5).toFixed(1)],
    percentile(latencies, 0.99).toFixed(1),
    ...[each(appCpu), cpuSeconds === null ? '' : each(cpuSeconds)],
    ...[active.toFixed(1), waiting.toFixed(1), String(mostWaiting)],
  ];
}

export const scale: Measurement = {
  name: 'scale',
  about: 'one database under one, two and four processes, and rows that all of them want at once.',
  run,
};
