import { OtpEventDispatcher } from '../service/events/otp-event-dispatcher.js';
import { RecordReport } from '../service/record-report.js';
import { AntsSimulator } from './ants-simulator.js';
import type { SentSms } from './ants-simulator.account.js';
import { checked } from './ants-simulator.checks.js';
import { REPORT_CHECKS } from './ants-simulator.inputs.js';
import { type AntsReportOptions, renderReport } from './ants-simulator.reports.js';
import { FakeClock } from './fake-clock.js';

/**
 * What a test of an app needs: the phone, the clock and ANTS. Get it with `app.get(OtpTester)`.
 *
 * @hideconstructor
 */
export class OtpTester {
  constructor(
    /** ANTS, to let it fail or to see what it was asked. */
    readonly simulator: AntsSimulator,
    /** The time of the module, its store and ANTS. */
    readonly clock: FakeClock,
    private readonly reports: RecordReport,
    private readonly events: OtpEventDispatcher,
  ) {}

  /** The code of the newest SMS to a number, in any spelling. @throws Error when there is none */
  codeFor(mobile: string): string {
    return this.simulator.codeFor(mobile);
  }

  /** A code of the right length that is not the one of the newest SMS. */
  wrongCodeFor(mobile: string): string {
    return this.codeFor(mobile).replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));
  }

  /** Every SMS to a number, in any spelling, oldest first. */
  messages(mobile: string): SentSms[] {
    return this.simulator.messages(mobile);
  }

  /** Lets `seconds` pass: codes expire, cool-downs end. Nothing waits. */
  advance(seconds: number): void {
    this.clock.advance(seconds);
  }

  /**
   * Lets a delivery report on the newest SMS to a number arrive, without HTTP: the app needs no port.
   *
   * @throws Error when no SMS was sent, its request named no address of this app, or an option does not exist or is wrong
   */
  async report(mobile: string, options: AntsReportOptions = {}): Promise<void> {
    const sms = this.simulator.lastSms(mobile);
    if (!sms) throw new Error('The simulator sent no SMS to this number.');
    const token = sms.notifyUrl?.split('/').at(-1);
    const otpId = token === undefined ? null : this.reports.otpOf(token);
    if (otpId === null)
      throw new Error(
        'This SMS has no address of this app for its reports: call app.init() first.',
      );
    const { settings } = this.simulator;
    const accepted: AntsReportOptions = checked('report()', options, REPORT_CHECKS);
    const { contentType, body } = renderReport([sms], this.clock.now(), {
      ...settings,
      ...accepted,
    });
    for (let i = 0; i < (options.times ?? 1); i += 1)
      await this.reports.execute(otpId, Buffer.from(body), contentType);
  }

  /**
   * Resolves when the app's handlers (`@OnOtpEvent`) have had every event that is due for them. One
   * that failed is due again after `advance(1)`, then 2, 4 … seconds.
   */
  eventsHandled(): Promise<void> {
    return this.events.idle();
  }
}
