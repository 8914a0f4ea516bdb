import { Injectable, Logger } from '@nestjs/common';
import { decideUnreadable, unreadableKey } from '../domain/report.js';
import { unreadableFacts } from '../domain/unreadable-report.js';
import type {
  UnreadableFacts,
  UnreadableReason,
  UnreadableReport,
} from '../domain/unreadable-report.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import { OtpStore } from '../ports/otp-store.js';
import { Telemetry } from '../ports/telemetry.js';
import { Alarms } from './alarms.js';
import { isProbe } from './key-ring.js';
import { OtpChanges } from './otp-changes.js';
import { messageOf } from './message-of.js';

/** Each reason is logged this often at most. Milliseconds. */
const WARN_EVERY_MS = 60_000;
/** So many within an hour raise an alarm, and the next one comes an hour later at the earliest. */
const ALARM_COUNT = 3;
const ALARM_EVERY_MS = 3_600_000;
/** The sender waits no longer than this for the line in the history. Milliseconds. */
const MAX_WAIT_MS = 1_000;
/** OTPs and reasons whose line is known to be written. A repeat of one of them needs no database. */
const MAX_NOTED = 1_000;

/**
 * Leaves a trace of every delivery report with a good token that could not be read: in the log, the metrics, the alarms
 * and the history of its OTP. The history gets one line for each reason, however often it repeats.
 */
@Injectable()
export class UnreadableReports {
  private readonly logger = new Logger('OtpModule');
  private readonly warnedAt = new Map<string, number>();
  private readonly noted = new Set<string>();
  private recent: number[] = [];
  private alarmedAt = -Infinity;

  constructor(
    private readonly store: OtpStore,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly telemetry: Telemetry,
    private readonly changes: OtpChanges,
  ) {}

  /** Resolves once the line is written, or after 1 s. Never rejects. */
  async note(otpId: string, report: UnreadableReport): Promise<void> {
    if (isProbe(otpId)) return;
    const facts = unreadableFacts(report);
    this.telemetry.note({ kind: 'unreadable', reason: facts.reason });
    this.warn(facts.reason, facts, fixOf(facts.reason));
    this.alarm(facts);
    const waited = new AbortController();
    await Promise.race([
      this.write(otpId, facts).finally(() => {
        waited.abort();
      }),
      this.clock.sleep(MAX_WAIT_MS, waited.signal).catch(() => undefined),
    ]);
  }

  private async write(otpId: string, facts: UnreadableFacts): Promise<void> {
    const key = `${otpId} ${facts.reason}`;
    if (this.noted.has(key)) return;
    if (this.noted.size >= MAX_NOTED) this.noted.clear();
    this.noted.add(key);
    try {
      const { instance } = this.settings;
      const query = { id: otpId, instance, dedupeKey: unreadableKey(facts) };
      await this.changes.make(
        otpId,
        () => this.store.loadReported(query),
        (found) => decideUnreadable(found, facts),
      );
    } catch (error) {
      this.noted.delete(key);
      this.warn('not written', facts, `Its line in the history is missing: ${messageOf(error)}`);
    }
  }

  private warn(what: string, facts: UnreadableFacts, advice: string): void {
    const now = this.clock.now();
    if (now - (this.warnedAt.get(what) ?? -Infinity) < WARN_EVERY_MS) return;
    this.warnedAt.set(what, now);
    this.logger.warn(
      new LogEntry(
        `A delivery report with a good token could not be read: ${WHY[facts.reason]} (${shown(facts)}). ${advice}`,
        { ...facts, event: 'report_unreadable' },
      ),
    );
  }

  private alarm({ reason, contentType }: UnreadableFacts): void {
    const now = this.clock.now();
    const since = now - ALARM_EVERY_MS;
    this.recent = [...this.recent.filter((at) => at > since), now].slice(-ALARM_COUNT);
    if (this.recent.length < ALARM_COUNT || this.alarmedAt > since) return;
    this.alarmedAt = now;
    this.alarms.raise({
      kind: 'reports_unreadable',
      message: `${ALARM_COUNT} delivery reports within an hour could not be read, the last one because ${WHY[reason]}. ${fixOf(reason)}`,
      facts: { reason, contentType, count: ALARM_COUNT, seconds: ALARM_EVERY_MS / 1000 },
    });
  }
}

const WHY: Readonly<Record<UnreadableReason, string>> = {
  body_taken: 'something else had read the body of the request',
  charset: 'this Node does not know its charset',
  encoding: 'it was compressed',
  no_report: 'it held no delivery report',
  other: 'the provider could not read it',
  syntax: 'it was neither JSON nor XML',
  too_large: 'it was too large',
  too_many: 'it held too many reports',
  too_slow: 'its body did not arrive in time',
};

const fixOf = (reason: UnreadableReason): string =>
  reason === 'body_taken'
    ? 'Mount body parsers such as "express.json()" after this module or let them skip the path of the webhook, or keep the raw body as "request.rawBody".'
    : 'The delivery of its SMS stays unknown; see "Delivery reports cannot be read" in docs/operations.md.';

function shown({ contentType, bytes, fields, otherFields }: UnreadableFacts): string {
  const length = bytes === null ? 'length unknown' : `${bytes} bytes`;
  const known = fields.length > 0 ? fields.join(', ') : 'none';
  return `content type ${contentType}, ${length}, known fields: ${known}, other fields: ${otherFields}`;
}
