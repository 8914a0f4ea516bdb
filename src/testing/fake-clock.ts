import { Clock } from '../ports/clock.js';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that stands still until it is told to go on; sleeps end when time passes them. */
export class FakeClock extends Clock {
  private sleepers: Sleeper[] = [];

  /** @param time milliseconds since 1970 */
  constructor(private time = Date.UTC(2026, 0, 1)) {
    super();
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw new Error('The sleep was ended.');
      const sleeper = { at: this.time + ms, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(new Error('The sleep was ended.'));
      });
    });
  }

  /** Lets `seconds` pass and wakes who slept that long. */
  advance(seconds: number): void {
    this.time += seconds * 1000;
    const due = this.sleepers.filter(({ at }) => at <= this.time);
    this.sleepers = this.sleepers.filter(({ at }) => at > this.time);
    for (const { wake } of due) wake();
  }
}
