import type { Clock } from '../ports/clock.js';

/**
 * Counts outages in a row. After `limit` of them nobody may call for `openMs`; then one caller at a time
 * may try, until one gets an answer. By the app's clock, so that a test can let its time pass.
 */
export class Circuit {
  private outages = 0;
  private until = 0;
  private trying = false;

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly openMs: number,
  ) {}

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.outages < this.limit) return 'closed';
    return this.clock.now() < this.until ? 'open' : 'half-open';
  }

  /** Until when nobody may call; `null` = somebody may now. */
  closedUntil(): number | null {
    const { state } = this;
    if (state === 'open') return this.until;
    // Whoever tries needs no company: they would write first and find out together.
    return state === 'half-open' && this.trying ? this.clock.now() + 1_000 : null;
  }

  /** Runs what may call; while the circuit is half open, nothing else enters beside it. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const isTrial = this.state === 'half-open';
    if (isTrial) this.trying = true;
    try {
      return await task();
    } finally {
      if (isTrial) this.trying = false;
    }
  }

  /** @returns what the end of a call changed */
  note(isOutage: boolean): 'opened' | 'closed' | null {
    const { state } = this;
    if (!isOutage) {
      this.outages = 0;
      return state === 'closed' ? null : 'closed';
    }
    // Calls that were under way when it opened say nothing new.
    if (state === 'open') return null;
    this.outages += 1;
    if (this.outages < this.limit) return null;
    this.until = this.clock.now() + this.openMs;
    return 'opened';
  }
}
