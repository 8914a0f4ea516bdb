import type { Clock } from '../ports/clock.js';

/** The wait for a turn took too long, or too many wait already. */
export class QueueTimeout extends Error {}

interface Line {
  running: number;
  waiting: (() => void)[];
}

/** At most `width` tasks of the same key at once, in the order they came; other keys are free. */
export class KeyedQueue {
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly clock: Clock,
    /** `maxWaiting`: more than this in one line is an attack, not a double click. */
    private readonly limits = { width: 1, maxWaiting: 200 },
  ) {}

  /** @throws QueueTimeout when the turn does not come within `maxWaitMs` */
  async run<T>(key: string, maxWaitMs: number, task: () => Promise<T>): Promise<T> {
    const line = this.lines.get(key) ?? { running: 0, waiting: [] };
    this.lines.set(key, line);
    if (line.running < this.limits.width) line.running += 1;
    else await this.turn(line, maxWaitMs);
    try {
      return await task();
    } finally {
      this.next(key, line);
    }
  }

  /** Waits for a place that somebody hands over; who gives up leaves the line at once. */
  private turn({ waiting }: Line, maxWaitMs: number): Promise<void> {
    if (waiting.length >= this.limits.maxWaiting) return Promise.reject(new QueueTimeout());
    const timer = new AbortController();
    return new Promise((resolve, reject) => {
      const start = (): void => {
        timer.abort();
        resolve();
      };
      waiting.push(start);
      this.clock.sleep(maxWaitMs, timer.signal).then(
        () => {
          // The turn may have come in the same moment.
          const place = waiting.indexOf(start);
          if (place < 0) return;
          waiting.splice(place, 1);
          reject(new QueueTimeout());
        },
        () => undefined,
      );
    });
  }

  private next(key: string, line: Line): void {
    const start = line.waiting.shift();
    if (start) start();
    else if (--line.running === 0) this.lines.delete(key);
  }
}
