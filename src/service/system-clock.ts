import { setTimeout as wait } from 'node:timers/promises';
import { Clock } from '../ports/clock.js';

/** The machine's own time; a sleep does not keep the process alive. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return wait(ms, undefined, { signal, ref: false });
  }
}
