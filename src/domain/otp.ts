import type { NamedCodes } from './ants-code.js';
import type { Delivery } from './delivery.js';

/** Every state an OTP can be in. `sending` and `pending` are live, `verified` is the success, the rest are ends. */
export const OTP_STATUSES = [
  'sending',
  'pending',
  'verified',
  'send_failed',
  'send_unknown',
  'max_attempts_reached',
  'expired',
  'canceled',
  'superseded',
] as const;

/** Where an OTP stands; docs/lifecycle.md says what leads from one to another. */
export type OtpStatus = (typeof OTP_STATUSES)[number];

/** Every way in which an OTP is served. */
export const OTP_CHANNELS = ['provider', 'decoy', 'test'] as const;

/**
 * Who sends and checks the codes of an OTP: the provider; nobody, for an ask that the app suppressed
 * (`decoy`); or the module itself, for a number of `testNumbers` (`test`).
 */
export type OtpChannel = (typeof OTP_CHANNELS)[number];

/** What became of one SMS. */
export type SendOutcomeName = 'sending' | 'sent' | 'failed' | 'unknown';

/** One OTP (a challenge): the row everything else hangs on. */
export interface OtpRecord {
  id: string;
  instance: string;
  purpose: string;
  subject: string | null;
  channel: OtpChannel;
  /** The key that sealed the number. */
  keyId: string;
  /** The look-up key behind every MAC of this row. */
  lookupId: string;
  mobileMac: Buffer;
  mobileSealed: Buffer | null;
  mobileMask: string;
  status: OtpStatus;
  delivery: Delivery;
  otcId: string;
  providerOtpId: string | null;
  referenceCode: string | null;
  callbackData: string | null;
  bindingMac: Buffer | null;
  attempts: number;
  maxAttempts: number;
  sends: number;
  maxSends: number;
  leaseNo: number;
  leaseUntil: Date | null;
  tryMac: Buffer | null;
  unknownMac: Buffer | null;
  idempotencyKey: string | null;
  ttlSeconds: number;
  expiresAt: Date;
  createdAt: Date;
  verifiedAt: Date | null;
  consumedAt: Date | null;
  revokedAt: Date | null;
  ipMac: Buffer | null;
  /** The limits that this OTP's sends count on, by the keys of their rows. */
  limitKeys: string[];
  errorCode: string | null;
  /** How many events the history holds; every writer of events counts it up under the row's lock. */
  eventCount: number;
}

/** One SMS of an OTP. */
export interface SendRecord {
  otpId: string;
  sendNo: number;
  providerOtpId: string | null;
  referenceCode: string | null;
  outcome: SendOutcomeName;
  messageId: string | null;
  bulkId: string | null;
  credit: string | null;
  delivery: Delivery;
  deliveryCode: string | null;
  description: string | null;
  requestedAt: Date;
  sentAt: Date | null;
  doneAt: Date | null;
}

/** Everything that can stand in an OTP's history. */
export const OTP_EVENT_TYPES = [
  'requested',
  'sent',
  'send_failed',
  'send_unknown',
  'late_answer',
  'resend_requested',
  'resent',
  'resend_failed',
  'resend_unknown',
  'wrong_code',
  'locked',
  'verify_not_reached',
  'verify_unknown',
  'already_used',
  'verified',
  'max_attempts_reached',
  'expired',
  'canceled',
  'superseded',
  'consumed',
  'revoked',
  'delivered',
  'undelivered',
  'delivery_report',
  'delivery_mismatch',
  'report_unreadable',
  'erased',
  'unmasked',
] as const;

/** What a line of the history, and an event, tells. */
export type OtpEventType = (typeof OTP_EVENT_TYPES)[number];

/** What a line of the history tells beside its type. */
export type OtpEventData = Record<string, unknown> & NamedCodes;

/** One line of an OTP's history. `data` never holds a code, a full number, a ticket or a token. */
export interface OtpEvent {
  otpId: string;
  eventNo: number;
  type: OtpEventType;
  at: Date;
  data: OtpEventData;
}
