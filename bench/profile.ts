import { setTimeout as sleep } from 'node:timers/promises';
import type { Profiler } from 'node:inspector';
import { Teardown } from '../example/teardown.js';
import { AppUnderLoad } from './harness/app-under-load.js';
import { ADAPTERS } from './harness/adapter.js';
import type { StubCall } from './harness/ants-stub.process.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { startingWith } from './harness/bench-process.js';
import { markdownTable } from './harness/markdown-table.js';
import { summaryOf } from './harness/profile-summary.js';
import type { Share } from './harness/profile-summary.js';
import { FLOWS, learn, newLife, requestOf } from './limit/lives.js';
import type { FlowName } from './limit/lives.js';

const LIVES = 3_000;
const SHOWN = 15;
const COOLDOWN_MS = 1_100;

/** `npm run bench:profile [-- flow [adapter]]`: where the CPU of one ready route goes. */
async function main(flow: string, adapter: string): Promise<void> {
  if (!FLOWS.some((name) => name === flow) || !ADAPTERS.some((name) => name === adapter))
    throw new Error(`There are ${FLOWS.join(', ')} on ${ADAPTERS.join(', ')}.`);
  const teardown = new Teardown();
  const start = startingWith(teardown);
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await start('harness/ants-stub.process.js');
    const load = await start('harness/load.process.js');
    const antsUrl = await stub.ask<string>('url');
    const app = await start('limit/module-app.process.js', { adapter, antsUrl, databaseUrl });
    const loaded = await AppUnderLoad.of(app, load);
    const live = async (first: number, profiled: (name: FlowName) => boolean): Promise<void> => {
      const lives = Array.from({ length: LIVES }, (_, n) => newLife(first + n));
      for (const name of FLOWS) {
        if (name === 'resend') await sleep(COOLDOWN_MS);
        if (profiled(name)) await app.ask('startProfile');
        const requests = lives.map((life) => requestOf(name, life));
        const { bodies, cpu } = await loaded.run(requests, { connections: 16 });
        if (profiled(name)) print(name, cpu, await app.ask<Profiler.Profile>('stopProfile'));
        const calls = await stub.ask<StubCall[]>('calls');
        if (name === 'request') learn(lives, bodies, calls);
      }
    };
    await live(0, () => false);
    await live(LIVES, (name) => name === flow);
  } finally {
    await teardown.run();
  }
}

function print(name: string, cpu: number, profile: Profiler.Profile): void {
  const { packages, functions, calls } = summaryOf(profile);
  const table = (title: string, shares: readonly Share[]): string =>
    markdownTable({
      head: [title, 'share', 'µs a request'],
      rows: shares
        .slice(0, SHOWN)
        .map((of) => [of.name, `${(of.share * 100).toFixed(1)} %`, (of.share * cpu).toFixed(0)]),
    });
  console.log(`\n${name}: ${cpu.toFixed(0)} µs of CPU a request, profiled\n`);
  console.log(`${table('in the functions of', packages)}\n`);
  console.log(`${table('in', functions)}\n`);
  console.log(table('under', calls));
}

const [flow = 'verify', adapter = 'express'] = process.argv.slice(2);
await main(flow, adapter);
