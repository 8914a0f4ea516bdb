import { randomBytes } from 'node:crypto';
import { eraseOtp, isErased } from '../domain/erasure.js';
import { cancel, sweep } from '../domain/lifecycle.js';
import type { OtpEvent, OtpEventType, OtpRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import type { Erasure, ResealedNumber, SealedNumber } from '../ports/privacy-store.js';

/** What the privacy store sees of the store it belongs to. */
export interface ErasableStore {
  otps(): Iterable<OtpRecord>;
  put(otp: OtpRecord): void;
  /** Writes the row and a line of its history. */
  save(otp: OtpRecord, type: OtpEventType, at: Date, data?: OtpEvent['data']): OtpRecord;
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

  unmask(instance: string, id: string, actor: string): Promise<SealedNumber | null> {
    const otp = [...this.store.otps()].find((one) => one.id === id && one.instance === instance);
    if (!otp || isErased(otp)) return Promise.resolve(null);
    this.store.save(otp, 'unmasked', new Date(this.clock.now()), { actor });
    return Promise.resolve({ id, keyId: otp.keyId, sealed: otp.mobileSealed });
  }

  sealedAfter(instance: string, id: string, limit: number): Promise<SealedNumber[]> {
    const page = [...this.store.otps()]
      .filter((otp) => otp.id > id)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    return Promise.resolve(
      page.map((otp) => ({
        id: otp.id,
        keyId: otp.keyId,
        sealed: otp.instance === instance ? otp.mobileSealed : null,
      })),
    );
  }

  reseal(numbers: readonly ResealedNumber[], keyId: string): Promise<number> {
    const byId = new Map(numbers.map((number) => [number.id, number]));
    const due = [...this.store.otps()].flatMap((otp) => {
      const number = byId.get(otp.id);
      if (number?.was !== otp.keyId || otp.keyId === keyId || isErased(otp)) return [];
      return [{ ...otp, keyId, mobileSealed: number.sealed }];
    });
    for (const otp of due) this.store.put(otp);
    return Promise.resolve(due.length);
  }
}
