import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { OtpSettings } from '../options/otp.settings.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import type { ResealedNumber, SealedNumber } from '../ports/privacy-store.js';
import { KeyRing } from './key-ring.js';
import { readWork } from './privacy-work.js';
import type { PrivacyWork } from './privacy-work.js';

/** What `OtpPrivacy.reseal` counts. */
export interface Resealed {
  /** Numbers that are now sealed with the newest secret. */
  resealed: number;
  /** Numbers that no secret of the ring opens; they stay as they are. */
  unopened: number;
}

/** Seals every number with the newest secret, page by page; what is done is not done again. */
@Injectable()
export class ResealNumbers {
  constructor(
    private readonly store: PrivacyStore,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
  ) {}

  async execute(work: PrivacyWork<Resealed>): Promise<Resealed> {
    const { batch, onProgress } = readWork(work);
    const { id: keyId } = this.keys.current;
    const total: Resealed = { resealed: 0, unopened: 0 };
    let last: string | undefined = NIL;
    while (last !== undefined) {
      const page = await this.store.sealedAfter(this.settings.instance, last, batch);
      const due = page.filter((number) => number.sealed !== null && number.keyId !== keyId);
      const anew = due.flatMap((number) => this.sealedAnew(number) ?? []);
      if (anew.length > 0) total.resealed += await this.store.reseal(anew, keyId);
      total.unopened += due.length - anew.length;
      await onProgress?.({ ...total });
      last = page.at(-1)?.id;
    }
    return total;
  }

  /** `null`: its key left the ring, or the bytes were changed. */
  private sealedAnew({ id, keyId, sealed }: SealedNumber): ResealedNumber | null {
    try {
      const mobile = this.keys.open(keyId, sealed ?? Buffer.alloc(0), id);
      return { id, was: keyId, sealed: this.keys.seal(mobile, id).sealed };
    } catch {
      return null;
    }
  }
}
