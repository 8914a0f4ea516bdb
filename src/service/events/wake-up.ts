import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.js';

/** What a loop sleeps on: ends when it is rung or when the time is over. A ring stands until it is heard. */
export class WakeUp {
  private wake: (() => void) | undefined;
  private rung = false;

  constructor(private readonly clock: Clock) {}

  /** Whether a ring waits to be heard. */
  get isRung(): boolean {
    return this.rung;
  }

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** From here on a ring means something new. */
  hear(): void {
    this.rung = false;
  }

  /** Lets the work that rang come to its end first: the caller's answer goes out before ours begins. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) {
      const timer = new AbortController();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.clock.sleep(ms, timer.signal).then(
          () => {
            this.ring();
          },
          () => undefined,
        );
      });
      this.wake = undefined;
      timer.abort();
    }
    await turn();
  }
}
