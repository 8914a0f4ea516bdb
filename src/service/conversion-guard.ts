import { Injectable } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import { ControlStore } from '../ports/control-store.js';
import type { PumpedRange, PumpingResult } from '../ports/control-store.js';
import { Alarms } from './alarms.js';
import { NamedRanges } from './named-ranges.js';
import type { NamedRange } from './named-ranges.js';

/**
 * Stops sends to ranges of numbers whose codes nobody enters: whoever is paid for received SMS asks
 * for many and enters none. It looks at SMS whose time is over; the sweeper says when.
 */
@Injectable()
export class ConversionGuard {
  constructor(
    private readonly store: ControlStore,
    private readonly settings: OtpSettings,
    private readonly ranges: NamedRanges,
    private readonly alarms: Alarms,
  ) {}

  /**
   * @param stopped asked between statements
   * @returns how many ranges it found that no look had reported before
   */
  async look(stopped: () => boolean): Promise<number> {
    const { conversionGuard, instance } = this.settings;
    if (conversionGuard === false) return 0;
    const { mode, ...rule } = conversionGuard;
    const enforced = mode === 'enforce';
    let result: PumpingResult;
    do result = await this.store.stopPumped({ instance, rule, enforced });
    while (result.behind && !stopped());
    const { pumped } = result;
    const names = await this.ranges.names(pumped.map(({ key }) => key));
    for (const range of pumped) this.report(range, names.get(range.key), enforced);
    return pumped.length;
  }

  private report(
    { sends, verified }: PumpedRange,
    named: NamedRange | undefined,
    enforced: boolean,
  ): void {
    const { purpose, range } = named ?? { purpose: 'unknown', range: 'unknown' };
    const facts = { purpose, range, sends, verified, enforced };
    const what = enforced
      ? 'sends to it are stopped. OtpControls.unblock() lets them go again'
      : 'only watched, since "conversionGuard.mode" is "monitor"';
    this.alarms.raise({
      kind: 'numbers_pumped',
      message: `${verified} of ${sends} SMS of purpose "${purpose}" to numbers that begin with ${range} were verified; ${what}.`,
      facts,
    });
  }
}
