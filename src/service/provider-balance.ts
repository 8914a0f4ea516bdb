import { Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { OtpProvider } from '../ports/otp-provider.js';

/** A credit does not run out unseen in this time: a send that meets its end says so at once. */
const ASK_EVERY_MS = 300_000;

/** What the account had left when it was last seen. */
export interface Balance {
  credit: number;
  /** It pays afterwards: its credit does not run out. */
  postpaid: boolean;
  /** Whole seconds since it was seen. */
  age: number;
}

/** The credit at the provider for whoever looks often. ANTS is asked every five minutes at most, and nobody waits for it. */
@Injectable()
export class ProviderBalance {
  private seen: (Omit<Balance, 'age'> & { at: number }) | null = null;
  private askedAt = -Infinity;

  constructor(
    private readonly provider: OtpProvider,
    private readonly clock: Clock,
  ) {}

  /** As it is known now; `null` = nobody has seen it yet, or the provider has no such question. */
  look(): Balance | null {
    const now = this.clock.now();
    if (now - this.askedAt >= ASK_EVERY_MS) {
      this.askedAt = now;
      void this.ask();
    }
    if (this.seen === null) return null;
    const { credit, postpaid, at } = this.seen;
    return { credit, postpaid, age: Math.floor((now - at) / 1000) };
  }

  /** What cannot be seen stays as it was, and its age tells. */
  private async ask(): Promise<void> {
    try {
      const outcome = await this.provider.account();
      if (outcome?.kind !== 'known') return;
      const { credit, postpaid } = outcome;
      this.seen = { credit, postpaid, at: this.clock.now() };
    } catch {
      // A provider of the app's own may throw; the next look asks again.
    }
  }
}
