import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Teardown } from '../example/teardown.js';
import { alternate } from './harness/alternate.js';
import { AppUnderLoad } from './harness/app-under-load.js';
import { analyze } from './harness/analyze.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { startingWith } from './harness/bench-process.js';
import type { BenchProcess } from './harness/bench-process.js';
import type { Bar } from './harness/ratio-chart.js';
import { median } from './harness/percentile.js';
import { newLife } from './limit/lives.js';
import type { Life } from './limit/lives.js';
import type { Findings, Measurement } from './measurement.js';

const PAIRS_A_ROUND = 1_000;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 9;
const CONNECTIONS = 16;

/** The peer is installed and written apart; see its package.json. */
const PEERS = join(import.meta.dirname, '../../bench/peers');
const BETTER_AUTH = join(PEERS, 'better-auth.process.mjs');

/** How one side is asked to send a code to a number and to check it. */
interface Way {
  name: string;
  program: string;
  send: (life: Life) => [path: string, body: object];
  verify: (life: Life, code: string, answer: string) => [path: string, body: object];
}

const mobileOf = ({ mobile }: Life): string => `+66${mobile.slice(1)}`;
const sendByBetterAuth: Way['send'] = (life) => [
  '/api/auth/phone-number/send-otp',
  { phoneNumber: mobileOf(life) },
];

const WAYS: readonly Way[] = [
  {
    name: 'this module',
    program: 'peers/module-peer.process.js',
    send: ({ mobile }) => ['/otp', { mobile }],
    verify: (_, code, answer) => {
      const { id, ticket } = JSON.parse(answer) as Life;
      return [`/otp/${id}/verify`, { ticket, code }];
    },
  },
  {
    name: 'better-auth, code only',
    program: BETTER_AUTH,
    send: sendByBetterAuth,
    verify: (life, code) => ['/consume', { phoneNumber: mobileOf(life), code }],
  },
  {
    name: 'better-auth, with user and session',
    program: BETTER_AUTH,
    send: sendByBetterAuth,
    verify: (life, code) => [
      '/api/auth/phone-number/verify',
      { phoneNumber: mobileOf(life), code },
    ],
  },
];

/** Of the module against the peer that does the least. */
const GOALS = { http: { rate: 1.5, cpu: 0.7 }, free: { rate: 2.5, cpu: 0.7 } } as const;

interface Pairs {
  /** Pairs of a send and a verification in a second. */
  rate: number;
  /** CPU of the app's process for a pair, in microseconds. */
  cpu: number;
}

class Side {
  readonly measured: Pairs[] = [];
  private lived = 0;

  constructor(
    readonly way: Way,
    private readonly app: BenchProcess,
    private readonly load: AppUnderLoad,
  ) {}

  async pairs(): Promise<Pairs> {
    const lives = Array.from({ length: PAIRS_A_ROUND }, () => newLife(this.lived++));
    const requestOf = ({ ip }: Life, [path, body]: [string, object]) => ({ ip, path, body });
    const pace = { connections: CONNECTIONS };
    const sends = lives.map((life) => requestOf(life, this.way.send(life)));
    const sent = await this.load.run(sends, pace);
    const codes = await this.app.ask<Map<string, string>>('codes');
    const checks = lives.map((life, at) => {
      const code = codes.get(mobileOf(life)) ?? '';
      return requestOf(life, this.way.verify(life, code, sent.bodies[at] ?? ''));
    });
    const verified = await this.load.run(checks, pace);
    return {
      rate: PAIRS_A_ROUND / (sent.seconds + verified.seconds),
      cpu: sent.cpu + verified.cpu,
    };
  }
}

async function run(): Promise<Findings> {
  if (!existsSync(join(PEERS, 'node_modules')))
    throw new Error('Install the peer first: npm ci --ignore-scripts --prefix bench/peers');
  const rows: string[][] = [];
  const missed: string[] = [];
  const bars: Bar[] = [];
  for (const sender of ['http', 'free'] as const) {
    const [ours, ...peers] = await measure(sender);
    const [least] = peers;
    if (!ours || !least) throw new Error('There is nothing to compare.');
    rows.push(...[ours, ...peers].map((side) => rowOf(sender, side, ours)));
    const [rate, cpu] = [ratioOf('rate', ours, least), ratioOf('cpu', ours, least)];
    const goal = GOALS[sender];
    bars.push(
      ...peers.map((peer) => ({
        label: `${peer.way.name}, ${sender}`,
        ratio: ratioOf('rate', ours, peer),
        goal: goal.rate,
      })),
    );
    const told = `sender ${sender}, against ${least.way.name}`;
    if (rate < goal.rate)
      missed.push(`${told}: ${rate.toFixed(2)} × the pairs, under ${goal.rate}.`);
    if (cpu > goal.cpu) missed.push(`${told}: ${cpu.toFixed(2)} × the CPU, over ${goal.cpu}.`);
  }
  const title = 'Pairs of a send and a check, as a multiple of a peer’s';
  return { table: { head: HEAD, rows }, missed, chart: { title, bars } };
}

async function measure(sender: 'http' | 'free'): Promise<Side[]> {
  const teardown = new Teardown();
  const start = startingWith(teardown);
  try {
    const stub = await start('harness/ants-stub.process.js');
    const load = await start('harness/load.process.js');
    const stubUrl = sender === 'http' ? await stub.ask<string>('url') : undefined;
    const sides: Side[] = [];
    const databases: string[] = [];
    for (const way of WAYS) {
      const databaseUrl = await startBenchDatabase(teardown);
      databases.push(databaseUrl);
      const app = await start(way.program, { databaseUrl, stubUrl });
      sides.push(new Side(way, app, await AppUnderLoad.of(app, load)));
    }
    const rounds = (count: number, keep: boolean): Promise<unknown> =>
      alternate(
        sides.map((side) => async () => {
          const pairs = await side.pairs();
          if (keep) side.measured.push(pairs);
          await stub.ask('calls');
          return pairs.rate;
        }),
        count,
      );
    await rounds(WARM_UP_ROUNDS, false);
    await Promise.all(databases.map(analyze));
    await rounds(ROUNDS, true);
    return sides;
  } finally {
    await teardown.run();
  }
}

const HEAD = ['peers', 'pairs /s', 'least', 'most', 'ours is ×', 'CPU µs a pair', 'ours is ×'];

const of = (side: Side, key: keyof Pairs): number[] => side.measured.map((pairs) => pairs[key]);
const ratioOf = (key: keyof Pairs, ours: Side, peer: Side): number =>
  median(of(ours, key)) / median(of(peer, key));

function rowOf(sender: string, side: Side, ours: Side): string[] {
  const rates = of(side, 'rate');
  const ratio = (key: keyof Pairs): string =>
    side === ours ? '' : ratioOf(key, ours, side).toFixed(2);
  return [
    `${side.way.name}, sender: ${sender}`,
    ...[median(rates), Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(0)),
    ratio('rate'),
    median(of(side, 'cpu')).toFixed(0),
    ratio('cpu'),
  ];
}

export const peers: Measurement = {
  name: 'peers',
  about:
    'a code sent and verified, beside the phone-number plugin of better-auth on the same PostgreSQL.',
  run,
};
