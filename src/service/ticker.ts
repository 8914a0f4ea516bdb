import type { Clock } from '../ports/clock.js';

/** Repeats a piece of work while somebody needs it; between `stop` and `start` there is no timer. */
export class Ticker {
  private life: AbortController | undefined;

  /** @param work runs to its end before the next wait begins; it must not throw */
  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly work: () => Promise<void> | void,
  ) {}

  /** Does nothing while it runs. */
  start(): void {
    if (this.life) return;
    this.life = new AbortController();
    void this.run(this.life.signal);
  }

  stop(): void {
    this.life?.abort();
    this.life = undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (await this.wait(signal)) await this.work();
  }

  /** Whether the time passed without a stop. */
  private async wait(signal: AbortSignal): Promise<boolean> {
    try {
      await this.clock.sleep(this.everyMs, signal);
      return !signal.aborted;
    } catch {
      return false;
    }
  }
}
