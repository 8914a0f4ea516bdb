import type { INestApplication } from '@nestjs/common';
import { OtpSweeper } from 'nestjs-ants-otp';
import { AppUnderLoad } from '../harness/app-under-load.js';
import { BenchProcess } from '../harness/bench-process.js';
import { percentile } from '../harness/percentile.js';
import { newLife, requestOf } from '../limit/lives.js';
import type { ModuleAppOptions } from '../limit/module-app.js';

const ASKS = 1_000;
const CONNECTIONS = 64;
/** After those that were explained. */
const FIRST_LIFE = 100;

/** Purges what is past its retention, from another process, while an app is asked for codes at half of what it can. */
export async function purgeUnderLoad(
  sweeping: INestApplication,
  stub: BenchProcess,
  given: ModuleAppOptions,
): Promise<string> {
  const loaded = await BenchProcess.start('limit/module-app.process.js', given);
  const load = await BenchProcess.start('harness/load.process.js');
  try {
    const app = await AppUnderLoad.of(loaded, load);
    let next = FIRST_LIFE;
    const ask = async (rate?: number): Promise<{ seconds: number; latencies: number[] }> => {
      const requests = Array.from({ length: ASKS }, () => requestOf('request', newLife(next++)));
      const run = await app.run(requests, {
        connections: CONNECTIONS,
        ...(rate !== undefined && { rate }),
      });
      await stub.ask('calls');
      return { seconds: run.seconds, latencies: [...run.latencies] };
    };
    await ask();
    const half = ASKS / (await ask()).seconds / 2;
    const alone = [await ask(half), await ask(half), await ask(half)];

    const begun = performance.now();
    let seconds = 0;
    const purging = sweeping.get(OtpSweeper).purge();
    const timed = purging.finally(() => (seconds = (performance.now() - begun) / 1000));
    const beside: typeof alone = [];
    while (seconds === 0) beside.push(await ask(half));
    const { otps } = await timed;
    const p = (runs: typeof alone, share: number): string =>
      percentile(
        runs.flatMap(({ latencies }) => latencies),
        share,
      ).toFixed(1);
    return `A purge of ${otps} OTPs in batches took ${seconds.toFixed(0)} s, ${(otps / seconds).toFixed(0)} a second, while ${half.toFixed(0)} codes a second were asked for (half load): p50 ${p(alone, 0.5)} ms before and ${p(beside, 0.5)} ms beside it, p99 ${p(alone, 0.99)} ms and ${p(beside, 0.99)} ms.`;
  } finally {
    await load.stop();
    await loaded.stop();
  }
}
