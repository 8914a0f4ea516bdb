import { setImmediate } from 'node:timers/promises';
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
  /** Each is looked for once; `null`: no purpose of the options has it. */
  private readonly known = new Map<string, NamedRange | null>();

  constructor(
    private readonly keys: SendKeys,
    private readonly settings: OtpSettings,
  ) {}

  /**
   * Makes thousands of MACs for each purpose, however many keys are new, and lets others have their turn meanwhile.
   *
   * @returns those whose purpose is listed in the options, by key
   */
  async names(keys: readonly string[]): Promise<ReadonlyMap<string, NamedRange>> {
    const wanted = new Set(keys.filter((key) => !this.known.has(key)));
    if (wanted.size > 0) await this.search(wanted);
    const names = keys.map((key) => [key, this.known.get(key)] as const);
    return new Map(names.filter((pair): pair is [string, NamedRange] => pair[1] != null));
  }

  private async search(wanted: Set<string>): Promise<void> {
    for (const purpose of [DEFAULT_PURPOSE, ...this.settings.purposes])
      for (const first of FIRST_DIGITS) {
        this.searchIn(purpose, first, wanted);
        if (wanted.size === 0) return;
        await setImmediate();
      }
    for (const key of wanted) this.known.set(key, null);
  }

  private searchIn(purpose: string, first: number, wanted: Set<string>): void {
    for (let n = 0; n < 1000; n++) {
      const range = `0${first}${String(n).padStart(3, '0')}`;
      for (const withSubject of [false, true]) {
        const key = this.keys.guard(purpose, range, withSubject);
        if (wanted.delete(key)) this.known.set(key, { purpose, range });
      }
    }
  }
}

/** Every beginning a Thai mobile number can have: 06, 08 and 09, and 07 for what may come. */
const FIRST_DIGITS = [6, 7, 8, 9];
