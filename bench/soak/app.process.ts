import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { OnOtpEvent } from 'nestjs-ants-otp';
import type { OtpVerified } from 'nestjs-ants-otp';
import { stringify } from 'uuid';
import { answerParent } from '../harness/answer-parent.js';
import { startModuleApp } from '../limit/module-app.js';
import type { ModuleAppOptions } from '../limit/module-app.js';

/** How a process is at one moment. */
export interface Vitals {
  /** After a garbage collection. */
  heapMb: number;
  rssMb: number;
  /** The 99th percentile since it was last asked, in milliseconds. */
  loopDelayMs: number;
  unhandled: number;
  /** Calls of the handler of `verified` since the start. */
  handled: number;
}

const ID_BYTES = 16;
const MOST_IDS = 1_000_000;
/** Which ids were handled, beside the heap that is measured. */
const heard = Buffer.alloc(MOST_IDS * ID_BYTES);
let handled = 0;

@Injectable()
class Handlers {
  @OnOtpEvent('verified')
  note({ otpId }: OtpVerified): void {
    heard.write(otpId.replaceAll('-', ''), handled++ * ID_BYTES, 'hex');
  }
}

const handledIds = (): string[] =>
  Array.from({ length: handled }, (_, n) =>
    stringify(heard.subarray(n * ID_BYTES, (n + 1) * ID_BYTES)),
  );

let app: INestApplication | undefined;
let unhandled = 0;
process.on('unhandledRejection', () => {
  unhandled += 1;
});
const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();

function vitals(): Vitals {
  const loopDelayMs = loop.percentile(99) / 1e6;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  // The collection itself is no delay of the app's.
  loop.reset();
  return {
    ...{ heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 },
    ...{ loopDelayMs, unhandled, handled },
  };
}

answerParent<ModuleAppOptions>({
  start: async (options) => {
    app = await startModuleApp(options, [Handlers]);
  },
  stop: async () => app?.close(),
  questions: { url: () => app?.getUrl(), vitals, handled: handledIds },
});
