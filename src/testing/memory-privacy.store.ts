import { randomBytes } from 'node:crypto';
import { eraseOtp } from '../domain/erasure.js';
import { cancel, sweep } from '../domain/lifecycle.js';
import type { OtpEventType, OtpRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import type { Erasure } from '../ports/privacy-store.js';

/** What the privacy store sees of the store it belongs to. */
export interface ErasableStore {
  otps(): Iterable<OtpRecord>;
  /** Writes the row and a line of its history. */
  save(otp: OtpRecord, type: OtpEventType, at: Date): OtpRecord;
  /** Takes what identifies somebody out of the SMS of an OTP, its history and what handlers are owed. */
  scrub(id: string): void;
}

/** The privacy of `MemoryOtpStore`. */
export class MemoryPrivacyStore extends PrivacyStore {
  constructor(
    private readonly clock: Clock,
    private readonly store: ErasableStore,
  ) {
    super();
  }

  erase(instance: string, mobileMacs: readonly Buffer[], batch: number): Promise<Erasure> {
    const now = new Date(this.clock.now());
    const due = [...this.store.otps()]
      .filter(
        (otp) => otp.instance === instance && mobileMacs.some((mac) => mac.equals(otp.mobileMac)),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, batch);
    for (const otp of due) {
      const ended = cancel(otp, now) ?? sweep(otp, now);
      const closed = ended ? this.store.save(ended, ended.status as OtpEventType, now) : otp;
      this.store.scrub(otp.id);
      const mobileMac = randomBytes(otp.mobileMac.length);
      this.store.save(eraseOtp(closed, mobileMac, now), 'erased', now);
    }
    return Promise.resolve({ erased: due.length, found: due.length > 0 });
  }
}
