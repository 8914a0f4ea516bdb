import type { Clock } from '../ports/clock.js';

/** The wait for a turn took too long, or too many wait already. */
export class QueueTimeout extends Error {}

/** More waiting for one key than this is an attack, not a double click. */
const MAX_WAITING = 200;

/** Runs tasks of the same key one after the other, in the order they came; other keys are free. */
export class KeyedQueue {
  private readonly lines = new Map<string, (() => void)[]>();

  constructor(private readonly clock: Clock) {}

  /** @throws QueueTimeout when the turn does not come within `maxWaitMs` */
  async run<T>(key: string, maxWaitMs: number, task: () => Promise<T>): Promise<T> {
    await this.turn(key, maxWaitMs);
    try {
      return await task();
    } finally {
      this.next(key);
    }
  }

  private async turn(key: string, maxWaitMs: number): Promise<void> {
    const line = this.lines.get(key);
    if (!line) {
      this.lines.set(key, []);
      return;
    }
    if (line.length >= MAX_WAITING) throw new QueueTimeout();
    const timer = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        timer.abort();
        resolve();
      };
      line.push(start);
      this.clock.sleep(maxWaitMs, timer.signal).then(
        () => {
          // The turn may have come in the same moment.
          const place = line.indexOf(start);
          if (place < 0) return;
          line.splice(place, 1);
          reject(new QueueTimeout());
        },
        () => undefined,
      );
    });
  }

  private next(key: string): void {
    const start = this.lines.get(key)?.shift();
    if (start) start();
    else this.lines.delete(key);
  }
}
