import type { Change, NewEvent } from './change.js';
import { deliveryRank, deliveryWins, reportEvent } from './delivery.js';
import type { DeliveryFacts, DeliveryReport } from './delivery.js';
import type { OtpRecord, SendRecord } from './otp.js';
import type { UnreadableFacts } from './unreadable-report.js';

/** An OTP as a delivery report finds it. */
export interface ReportedOtp {
  otp: Pick<OtpRecord, 'purpose' | 'lookupId' | 'mobileMac' | 'callbackData' | 'delivery'>;
  /** In the order they were requested. */
  sends: readonly SendRecord[];
  /** Whether the history holds a report with the same dedupe key. */
  isDuplicate: boolean;
}

/** A delivery report, and what it says of its receiver. */
export interface ReceivedReport {
  report: DeliveryReport;
  /** Whether the report names a receiver. */
  hasTo: boolean;
  /** Keyed MAC of that receiver; `null` if it is unreadable. */
  toMac: Buffer | null;
  /** The look-up key of `toMac`. The MAC is not compared with an OTP of another key. */
  lookupId: string;
  /** Equal for equal reports. */
  dedupeKey: string;
  /** What the history keeps of the report. */
  data: Record<string, unknown>;
}

/**
 * What became of a report: it belongs to a send; only the history keeps it; it names another receiver or other
 * `callbackData`; or it was here before.
 */
export type ReportResult = 'applied' | 'recorded' | 'mismatch' | 'duplicate';

export interface ReportDecision {
  result: ReportResult;
  change: Change | null;
  /** The send that the report belongs to. */
  send: SendRecord | null;
}

/** Decides what a delivery report changes. Any order of the same reports ends in the same rows. */
export function decideReport(found: ReportedOtp, received: ReceivedReport): ReportDecision {
  if (found.isDuplicate) return { result: 'duplicate', change: null, send: null };
  const { otp, sends } = found;
  const { report, data, dedupeKey } = received;
  const mismatch = isOfAnother(otp, received);
  const target = mismatch ? null : sendOf(sends, report.messageId);
  const send = target && withReport(target, report);
  const moves =
    send !== null &&
    send.sendNo === reportable(sends)[0]?.sendNo &&
    otp.delivery !== 'external' &&
    deliveryRank(report.delivery) > deliveryRank(otp.delivery);
  const event: NewEvent = {
    type: mismatch ? 'delivery_mismatch' : moves ? reportEvent(report.delivery) : 'delivery_report',
    data: { ...data, send: send?.sendNo ?? null },
    dedupeKey,
  };
  return {
    result: mismatch ? 'mismatch' : send ? 'applied' : 'recorded',
    change: {
      otp: moves ? { delivery: report.delivery } : {},
      ...(send && { send }),
      events: [event],
    },
    send,
  };
}

/** The history key of an unreadable report: each reason is kept once. */
export const unreadableKey = ({ reason }: UnreadableFacts): string => `unreadable:${reason}`;

/** Decides what a report that could not be read changes: one history entry for each reason. */
export function decideUnreadable(
  { isDuplicate }: ReportedOtp,
  facts: UnreadableFacts,
): { result: 'recorded' | 'duplicate'; change: Change | null } {
  if (isDuplicate) return { result: 'duplicate', change: null };
  const dedupeKey = unreadableKey(facts);
  const events: NewEvent[] = [{ type: 'report_unreadable', data: { ...facts }, dedupeKey }];
  return { result: 'recorded', change: { otp: {}, events } };
}

function isOfAnother(
  otp: ReportedOtp['otp'],
  { report, hasTo, toMac, lookupId }: ReceivedReport,
): boolean {
  if (hasTo && lookupId === otp.lookupId && !toMac?.equals(otp.mobileMac)) return true;
  const { callbackData } = report;
  return (
    callbackData !== undefined && otp.callbackData !== null && callbackData !== otp.callbackData
  );
}

/** The sends that a report can be about, newest first: a resend that surely did not leave has none. */
export function reportable(sends: readonly SendRecord[]): SendRecord[] {
  return sends.filter(({ sendNo, outcome }) => sendNo === 1 || outcome !== 'failed').reverse();
}

/** The send with this message id; otherwise the newest one whose id is not known yet. */
function sendOf(sends: readonly SendRecord[], messageId: string | undefined): SendRecord | null {
  const newestFirst = reportable(sends);
  if (messageId === undefined) return newestFirst[0] ?? null;
  return (
    sends.find((send) => send.messageId === messageId) ??
    newestFirst.find((send) => send.messageId === null) ??
    null
  );
}

function withReport(send: SendRecord, report: DeliveryReport): SendRecord {
  const facts: DeliveryFacts = {
    delivery: report.delivery,
    deliveryCode: report.statusCode ?? null,
    description: report.description ?? null,
    doneAt: report.doneAt ?? null,
    sentAt: report.sentAt ?? null,
    bulkId: report.bulkId ?? null,
    credit: report.credit ?? null,
  };
  const messageId = send.messageId ?? report.messageId ?? null;
  return { ...send, messageId, ...(deliveryWins(facts, send) && facts) };
}
