import { Injectable, Logger } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpAlarm } from '../options/otp.options.js';
import { messageOf } from './message-of.js';

/** What an operator should look at now: into the log, and to the app's `onAlarm`. */
@Injectable()
export class Alarms {
  private readonly logger = new Logger('OtpModule');

  constructor(private readonly settings: Pick<OtpSettings, 'onAlarm'>) {}

  raise(alarm: OtpAlarm): void {
    this.logger.error(`ALARM: ${alarm.message}`);
    // The app's own code: whatever it does, an SMS or a check must not fail by it.
    void this.tell(alarm).catch((error: unknown) => {
      this.logger.warn(`"onAlarm" failed: ${messageOf(error)}`);
    });
  }

  private async tell(alarm: OtpAlarm): Promise<void> {
    await this.settings.onAlarm?.(alarm);
  }
}
