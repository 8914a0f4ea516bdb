import { Injectable } from '@nestjs/common';
import { parseMobile } from '../domain/mobile.js';
import { OtpSettings } from '../options/otp.settings.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import { KeyRing } from './key-ring.js';
import { OtpException } from './otp.exception.js';

/** OTPs erased by one statement: short locks, also for a number that has many. */
const BATCH = 100;

/** Removes what identifies a person from every OTP of a number. Killed half-way, it goes on when called again. */
@Injectable()
export class EraseNumber {
  constructor(
    private readonly store: PrivacyStore,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
  ) {}

  async execute(mobile: string): Promise<number> {
    const read = typeof mobile === 'string' ? parseMobile(mobile) : null;
    if (!read) throw new OtpException({ code: 'invalid_mobile' });
    const macs = this.keys.mobileMacs(read.e164);
    let total = 0;
    for (;;) {
      const { erased, found } = await this.store.erase(this.settings.instance, macs, BATCH);
      if (!found) return total;
      total += erased;
    }
  }
}
