import type { Delivery } from '../../domain/delivery.js';
import type { UnreadableFacts } from '../../domain/unreadable-report.js';
import type { OtpChannel, OtpEventData, OtpEventType } from '../../domain/otp.js';
import type { OwedEvent } from '../../ports/outbox-store.js';

/** What every event tells. Never a code, a whole number, a ticket or a token. */
export interface OtpEventFacts {
  /** `<otpId>:<no>`, the same at every try: do each thing once per `eventId`. */
  eventId: string;
  /** When it was committed, by the database's clock. */
  at: Date;
  otpId: string;
  /** Its number in the OTP's history, from 1. */
  no: number;
  instance: string;
  purpose: string;
  /** `provider`; `decoy` for an ask that `beforeSend` suppressed, `test` for a test number: no SMS. */
  channel: OtpChannel;
  /** The app's user id, if the request named one. */
  subject: string | null;
  callbackData: string | null;
  /** Such as `08x-xxx-5678`. */
  mobileMask: string;
}

/** ANTS' ids of an SMS that is out. */
export interface OtpSentData {
  /** ANTS' id, not `event.otpId`. */
  otpId: string;
  referenceCode: string | null;
}

/** What the delivery report said that changed the state; texts without long runs of digits. */
export interface OtpDeliveryData {
  delivery: Delivery;
  /** Which SMS of the OTP; the first is 1. */
  send: number | null;
  messageId?: string;
  bulkId?: string;
  credit?: string;
  statusCode?: string;
  statusName?: string;
  description?: string;
}

/** `data` where it is known; the other events carry what `history()` shows for them. */
interface KnownData {
  sent: OtpSentData;
  resent: OtpSentData & { send: number };
  resend_requested: { send: number };
  /** `recovered`: the answer to the right code had been lost before. */
  verified: { recovered?: boolean };
  delivered: OtpDeliveryData;
  undelivered: OtpDeliveryData;
  report_unreadable: UnreadableFacts;
  /** Of the other facts, those that identify somebody are empty too. */
  erased: Record<string, never>;
  /** `actor`: the app's own id of who saw the whole number. */
  unmasked: { actor: string };
}

type DataOf<T extends OtpEventType> = T extends keyof KnownData ? KnownData[T] : OtpEventData;

/** The event that a handler of these types gets: a union that `type` tells apart. */
export type OtpEventOf<T extends OtpEventType = OtpEventType> = T extends OtpEventType
  ? OtpEventFacts & { type: T; data: DataOf<T> }
  : never;

/** An OTP was asked for; nothing was sent yet. */
export type OtpRequested = OtpEventOf<'requested'>;
/** ANTS took an SMS, the first one or a resend. */
export type OtpSent = OtpEventOf<'sent' | 'resent'>;
/** The code was right: once per OTP. */
export type OtpVerified = OtpEventOf<'verified'>;
/** A delivery report says that the newest SMS is on the phone. */
export type OtpDelivered = OtpEventOf<'delivered'>;
/** A delivery report says that the newest SMS will not arrive. */
export type OtpUndelivered = OtpEventOf<'undelivered'>;
/** Any event, for `@OnOtpEvent('*')`. */
export type AnyOtpEvent = OtpEventOf;

/** The stable id of an event. */
export const eventIdOf = ({ otpId, eventNo }: { otpId: string; eventNo: number }): string =>
  `${otpId}:${eventNo}`;

/** A claimed row as its handler gets it. */
export function eventOf(owed: OwedEvent): AnyOtpEvent {
  const { otpId, eventNo, type, at, data, instance, purpose } = owed;
  const { channel, subject, callbackData, mobileMask } = owed;
  const own = { eventId: eventIdOf(owed), at, otpId, no: eventNo, type, data };
  // The data of each type is what the service wrote for it.
  return { ...own, instance, purpose, channel, subject, callbackData, mobileMask } as AnyOtpEvent;
}
