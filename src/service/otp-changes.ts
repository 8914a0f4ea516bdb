import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '../domain/change.js';
import { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Loaded } from '../ports/otp-store.js';
import { KeyedQueue } from './keyed-queue.js';

/** Longer than a database under load takes for all who change one OTP at once. Milliseconds. */
const MAX_MS = 5_000;
/** Two processes that met once do not meet again. Milliseconds. */
const MAX_JITTER_MS = 20;

/**
 * Changes an OTP by a decision on what was loaded: loads, decides and saves again until nothing has changed in between.
 * The changes of one OTP in this process take turns; those of other processes meet at the save.
 */
@Injectable()
export class OtpChanges {
  private readonly queue: KeyedQueue;

  constructor(
    private readonly store: OtpStore,
    clock: Clock,
  ) {
    this.queue = new KeyedQueue(clock, { width: 1, maxWaiting: 1_000 });
  }

  /**
   * @param decide is pure: it may run several times
   * @returns the decision that was saved; `null` if nothing was found
   * @throws Error after 5 s, with nothing changed
   */
  async make<T, D extends { change: Change | null }>(
    id: string,
    load: () => Promise<Loaded<T> | null>,
    decide: (state: T, now: Date) => D,
  ): Promise<D | null> {
    const deadline = performance.now() + MAX_MS;
    return this.queue.run(id, MAX_MS, async () => {
      while (performance.now() < deadline) {
        const loaded = await load();
        if (!loaded) return null;
        const decision = decide(loaded.state, loaded.version.readAt);
        if (!decision.change) return decision;
        if ((await this.store.save(loaded.version, decision.change)) === 'saved') return decision;
        await sleep(Math.random() * MAX_JITTER_MS);
      }
      throw new Error(
        `An OTP changed under every attempt to change it for ${MAX_MS} ms. Nothing was saved; try again.`,
      );
    });
  }
}
