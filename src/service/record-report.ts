import { Injectable } from '@nestjs/common';
import { reportText } from '../domain/delivery.js';
import type { DeliveryReport } from '../domain/delivery.js';
import { REPORTS_END_SECONDS } from '../domain/lifecycle.js';
import { e164Of } from '../domain/mobile.js';
import { decideReport } from '../domain/report.js';
import type { ReceivedReport } from '../domain/report.js';
import { withPlausibleDates } from '../domain/report-dates.js';
import { withoutDigits } from '../domain/text.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { OtpProvider } from '../ports/otp-provider.js';
import type { ReportReading } from '../ports/otp-provider.js';
import { OtpStore } from '../ports/otp-store.js';
import { Telemetry } from '../ports/telemetry.js';
import { isProbe, KeyRing } from './key-ring.js';
import { OtpChanges } from './otp-changes.js';
import { OtpException } from './otp.exception.js';
import { UnreadableReports } from './unreadable-reports.js';

/** Takes in delivery reports: names the OTP by the token, reads, stores each once. */
@Injectable()
export class RecordReport {
  constructor(
    private readonly store: OtpStore,
    private readonly provider: OtpProvider,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
    private readonly unreadable: UnreadableReports,
    private readonly changes: OtpChanges,
    private readonly telemetry: Telemetry,
  ) {}

  /** The OTP a webhook token names, or `null`: unknown, forged and too old look the same. No I/O. */
  otpOf(token: string): string | null {
    const id = this.keys.openWebhookToken(token);
    return id !== null && this.clock.now() - issuedAt(id) <= REPORTS_END_SECONDS * 1000 ? id : null;
  }

  /** @throws OtpException `invalid_report` for a body that is no report, `not_found` for an OTP that is gone */
  async execute(id: string, body: Buffer, contentType: string): Promise<void> {
    if (isProbe(id)) return;
    const reading = await this.read(body, contentType);
    if (reading.kind === 'unreadable') {
      const { detail, reason = 'other', fieldNames } = reading;
      await this.unreadable.note(id, { reason, contentType, bytes: body.length, fieldNames });
      throw new OtpException({ code: 'invalid_report', detail });
    }
    for (const report of reading.reports) await this.record(id, report);
  }

  /** What a provider throws is not logged: its message may quote the body, as that of `JSON.parse` does. */
  private async read(body: Buffer, contentType: string): Promise<ReportReading> {
    try {
      return await this.provider.readReports(body, contentType);
    } catch {
      return { kind: 'unreadable', detail: 'The provider failed to read the report.' };
    }
  }

  private async record(id: string, report: DeliveryReport): Promise<void> {
    const kept = withPlausibleDates(withoutSecrets(report), issuedAt(id));
    const to = report.to === undefined ? null : e164Of(report.to);
    const received: ReceivedReport = {
      report: kept,
      hasTo: report.to !== undefined,
      toMac: to === null ? null : this.keys.mobileMac(to),
      lookupId: this.keys.lookupId,
      dedupeKey: this.keys.reportMac(reportText(report)),
      data: historyOf(kept),
    };
    const query = { id, instance: this.settings.instance, dedupeKey: received.dedupeKey };
    const done = await this.changes.make(
      id,
      () => this.store.loadReported(query),
      (found, now) => ({ ...decideReport(found, received), purpose: found.otp.purpose, now }),
    );
    const { delivery } = kept;
    this.telemetry.note({ kind: 'report', outcome: done?.result ?? 'not_found', delivery });
    if (!done) throw new OtpException({ code: 'not_found' });
    if (done.result === 'applied' && done.send && delivery === 'delivered') {
      const seconds = Math.max(0, done.now.getTime() - done.send.requestedAt.getTime()) / 1000;
      this.telemetry.note({ kind: 'delivered', purpose: done.purpose, seconds });
    }
  }
}

/** The time in a uuid v7: its first 48 bits are milliseconds since 1970 (RFC 9562, 5.7). */
function issuedAt(id: string): number {
  return parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

/** Free text may quote the SMS or the number: no run of digits that could be either survives. */
function withoutSecrets(report: DeliveryReport): DeliveryReport {
  return {
    ...report,
    statusCode: report.statusCode && withoutDigits(report.statusCode),
    statusName: report.statusName && withoutDigits(report.statusName),
    description: report.description && withoutDigits(report.description),
    credit: report.credit && withoutDigits(report.credit),
  };
}

/** What the history keeps: never the receiver, the SMS text or a run of digits that may be a code. */
function historyOf(report: DeliveryReport): Record<string, unknown> {
  const { delivery, messageId, bulkId, credit, statusCode, rawDates, sentAt, doneAt } = report;
  return {
    delivery,
    messageId,
    bulkId,
    credit,
    statusCode,
    statusName: report.statusName,
    description: report.description,
    ...(rawDates && {
      sendDate: sentAt ? rawDates.sendDate : rawDates.sendDate && dateText(rawDates.sendDate),
      doneDate: doneAt ? rawDates.doneDate : rawDates.doneDate && dateText(rawDates.doneDate),
    }),
  };
}

/**
 * A date that could not be read stays as it came, so that its form can be learned: digits in groups with
 * signs between them, or one number of seconds, milliseconds or `yyyymmddhhmmss`. Anything else is text.
 */
const dateText = (text: string): string =>
  /^(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}[\d:.,TZ+ -]{0,30}|1\d{9}|1\d{12}|[12]\d{13})$/.test(text)
    ? text
    : withoutDigits(text);
