import { setTimeout as sleep } from 'node:timers/promises';
import { Teardown } from '../example/teardown.js';
import { ADAPTERS } from './harness/adapter.js';
import type { AdapterName } from './harness/adapter.js';
import { AppUnderLoad } from './harness/app-under-load.js';
import { alternate } from './harness/alternate.js';
import type { StubCall } from './harness/ants-stub.process.js';
import { analyze } from './harness/analyze.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { startingWith } from './harness/bench-process.js';
import type { BenchProcess } from './harness/bench-process.js';
import type { Load } from './harness/load.process.js';
import type { Bar } from './harness/ratio-chart.js';
import { median, percentile } from './harness/percentile.js';
import { FLOWS, learn, newLife, requestOf } from './limit/lives.js';
import type { FlowName } from './limit/lives.js';
import { recordFlows } from './limit/recorded-flows.js';
import type { Findings, Measurement } from './measurement.js';

const LIVES_A_ROUND = 1_000;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 7;
/** As many as there are slots before ANTS would make a queue. */
const CONNECTIONS = 16;
/** Enough that at half of the floor's rate none is ever waited for. */
const OPEN_CONNECTIONS = 64;
/** Longer than the cool-down before a resend. */
const COOLDOWN_MS = 1_100;
/** The module's throughput, as a share of the floor's, and its p99 at half of the floor's rate, as a multiple. */
const GOALS: Record<FlowName, number> = {
  request: 0.75,
  webhook: 0.85,
  resend: 0.75,
  verify: 0.75,
};
const P99_GOAL = 2;

interface Sample {
  rate: number;
  /** CPU of the app's process for one request, in microseconds. */
  cpu: number;
  p99: number;
}
type Samples = Record<FlowName, Sample[]>;

/** An app in a process of its own, and what was measured of it. */
class Side {
  readonly closed = samples();
  readonly open = samples();
  private lived = 0;

  constructor(
    private readonly app: AppUnderLoad,
    private readonly stub: BenchProcess,
  ) {}

  /** As many OTPs as a round has, each from its request to its verification. */
  async live(into: Samples, pace: (flow: FlowName) => Pick<Load, 'connections' | 'rate'>) {
    const lives = Array.from({ length: LIVES_A_ROUND }, () => newLife(this.lived++));
    for (const flow of FLOWS) {
      if (flow === 'resend') await sleep(COOLDOWN_MS);
      const requests = lives.map((life) => requestOf(flow, life));
      const { cpu, seconds, latencies, bodies } = await this.app.run(requests, pace(flow));
      into[flow].push({
        cpu,
        rate: requests.length / seconds,
        p99: percentile([...latencies], 0.99),
      });
      const calls = await this.stub.ask<StubCall[]>('calls');
      if (flow === 'request') learn(lives, bodies, calls);
      if (calls.length !== (flow === 'webhook' ? 0 : lives.length))
        throw new Error(`${lives.length} of ${flow} made ${calls.length} calls of ANTS.`);
    }
  }
}

const samples = (): Samples => ({ request: [], webhook: [], resend: [], verify: [] });

async function run(): Promise<Findings> {
  const rows: string[][] = [];
  const missed: string[] = [];
  const bars: Bar[] = [];
  for (const adapter of ADAPTERS) {
    const [floor, module] = await measure(adapter);
    for (const flow of FLOWS) {
      const { row, ratio, faults } = compare(`${flow} on ${adapter}`, flow, floor, module);
      rows.push(row);
      missed.push(...faults);
      bars.push({ label: `${flow} on ${adapter}`, ratio, goal: GOALS[flow] });
    }
  }
  const title = 'Throughput of the ready routes, as a share of the floor';
  return { table: { head: HEAD, rows }, missed, chart: { title, bars } };
}

async function measure(adapter: AdapterName): Promise<[Side, Side]> {
  const teardown = new Teardown();
  const start = startingWith(teardown);
  try {
    const databases = [await startBenchDatabase(teardown), await startBenchDatabase(teardown)];
    const stub = await start('harness/ants-stub.process.js');
    const load = await start('harness/load.process.js');
    const antsUrl = await stub.ask<string>('url');
    // Makes the tables of the floor's database as well.
    const flows = await recordFlows(databases[0] ?? '', stub);
    const apps = [
      await start('limit/floor-app.process.js', {
        adapter,
        antsUrl,
        databaseUrl: databases[0],
        flows,
      }),
      await start('limit/module-app.process.js', { adapter, antsUrl, databaseUrl: databases[1] }),
    ];
    const [floor, module] = await Promise.all(
      apps.map(async (app) => new Side(await AppUnderLoad.of(app, load), stub)),
    );
    if (!floor || !module) throw new Error('Both sides are needed.');
    const sides = [floor, module];
    const round = async (of: (side: Side) => Promise<void>, count: number): Promise<void> => {
      await alternate(
        sides.map((side) => () => of(side).then(() => 0)),
        count,
      );
    };
    const busy = { connections: CONNECTIONS };
    await round((side) => side.live(samples(), () => busy), WARM_UP_ROUNDS);
    await Promise.all(databases.map(analyze));
    await round((side) => side.live(side.closed, () => busy), ROUNDS);
    const half = (flow: FlowName) => ({
      connections: OPEN_CONNECTIONS,
      rate: median(floor.closed[flow].map(({ rate }) => rate)) / 2,
    });
    await round((side) => side.live(side.open, half), ROUNDS);
    return [floor, module];
  } finally {
    await teardown.run();
  }
}

const HEAD = [
  'limit',
  ...['floor /s', 'module /s', 'ratio', 'least', 'most'],
  ...['floor CPU µs', 'module CPU µs', 'ratio'],
  ...['floor p99 ms', 'module p99 ms', 'ratio'],
];

function compare(name: string, flow: FlowName, floor: Side, module: Side) {
  const middle = (list: readonly Sample[], of: keyof Sample): number =>
    median(list.map((sample) => sample[of]));
  const pair = (of: 'closed' | 'open', key: keyof Sample): [number, number, number] => {
    const [below, above] = [middle(floor[of][flow], key), middle(module[of][flow], key)];
    return [below, above, above / below];
  };
  const [rate, cpu, p99] = [pair('closed', 'rate'), pair('closed', 'cpu'), pair('open', 'p99')];
  const ratios = module.closed[flow].map(
    (sample, at) => sample.rate / (floor.closed[flow][at]?.rate ?? NaN),
  );
  const row = [
    name,
    ...[rate[0].toFixed(0), rate[1].toFixed(0), rate[2].toFixed(2)],
    ...[Math.min(...ratios).toFixed(2), Math.max(...ratios).toFixed(2)],
    ...[cpu[0].toFixed(0), cpu[1].toFixed(0), cpu[2].toFixed(2)],
    ...[p99[0].toFixed(1), p99[1].toFixed(1), p99[2].toFixed(2)],
  ];
  const faults: string[] = [];
  if (rate[2] < GOALS[flow])
    faults.push(`${name}: ${rate[2].toFixed(2)} of the floor's throughput, under ${GOALS[flow]}.`);
  if (p99[2] > P99_GOAL)
    faults.push(`${name}: the p99 is ${p99[2].toFixed(2)} times the floor's, over ${P99_GOAL}.`);
  return { row, ratio: rate[2], faults };
}

export const limit: Measurement = {
  name: 'limit',
  about:
    'the ready routes beside a bare route that runs the same statements and makes the same calls.',
  run,
};
