import { Injectable, Logger } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpAlarm } from '../options/otp.options.js';
import { LogEntry } from '../ports/log-entry.js';
import type { Telemetry } from '../ports/telemetry.js';
import { messageOf } from './message-of.js';

/** What an operator should look at now: into the log, and to the app's `onAlarm`. */
@Injectable()
export class Alarms {
  private readonly logger = new Logger('OtpModule');

  constructor(
    private readonly settings: Pick<OtpSettings, 'onAlarm' | 'instance'>,
    private readonly telemetry: Telemetry,
  ) {}

  raise(alarm: OtpAlarm): void {
    const { kind, message, facts } = alarm;
    const { instance } = this.settings;
    this.telemetry.note({ kind: 'alarm', alarm: kind });
    this.logger.error(
      new LogEntry(`ALARM: ${message}`, { ...facts, event: 'alarm', alarm: kind, instance }),
    );
    // The app's own code: whatever it does, an SMS or a check must not fail by it.
    void this.tell(alarm).catch((error: unknown) => {
      this.logger.warn(
        new LogEntry(`"onAlarm" failed: ${messageOf(error)}`, {
          ...{ event: 'alarm_hook_failed', alarm: kind },
        }),
      );
    });
  }

  private async tell(alarm: OtpAlarm): Promise<void> {
    await this.settings.onAlarm?.(alarm);
  }
}
