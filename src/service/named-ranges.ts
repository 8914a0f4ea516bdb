import { Injectable } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import { DEFAULT_PURPOSE } from './default-purpose.js';
import { SendKeys } from './send-keys.js';

/** What a guard's key stands for. */
export interface NamedRange {
  purpose: string;
  /** `08123` */
  range: string;
}

/**
 * Tells operators which range a key means. Rows hold only its MAC: beside the mask of a number, the
 * range itself would leave ten numbers to try.
 */
@Injectable()
export class NamedRanges {
  constructor(
    private readonly keys: SendKeys,
    private readonly settings: OtpSettings,
  ) {}

  /** `null` for a purpose that is not listed in the options. */
  name(key: string): NamedRange | null {
    for (const purpose of [DEFAULT_PURPOSE, ...this.settings.purposes])
      for (const range of RANGES)
        for (const withSubject of [false, true])
          if (this.keys.guard(purpose, range, withSubject) === key) return { purpose, range };
    return null;
  }
}

/** Every beginning a Thai mobile number can have: 06, 08 and 09, and 07 for what may come. */
const RANGES = [6, 7, 8, 9].flatMap((first) =>
  Array.from({ length: 1000 }, (_, n) => `0${first}${String(n).padStart(3, '0')}`),
);
