import type { Delivery } from '../domain/delivery.js';
import type { OtpNotice } from '../domain/notice.js';
import type { OtpChannel, OtpEventData, OtpEventType, OtpStatus } from '../domain/otp.js';
import type { NotifyContentType } from '../ports/otp-provider.js';

/** What `OtpService.request` needs; only `mobile` is required. */
export interface OtpRequest {
  /** A Thai mobile number in any usual spelling. */
  mobile: string;
  /** What the code is for; a proof opens only routes of the same purpose. @default 'default' */
  purpose?: string;
  /** Your id of the signed-in user, if there is one: an equal subject holds the OTP without its ticket. */
  subject?: string;
  /** What the user was shown (payee, amount …), as plain JSON; the route's binding must be equal. */
  binding?: unknown;
  /** Repeats of this key get the same OTP while it is live. At most 200 characters. */
  idempotencyKey?: string;
  /** The client's address, kept only as a keyed MAC. */
  ip?: string;
  /** Facts for your own `limits` and `beforeSend`, such as a device or the answer to a captcha; never stored. */
  context?: Record<string, unknown>;
  /** Overrides the purpose's and the module's `otcId`. */
  otcId?: string;
  /** Your own receiver of reports; host must be in `notifyHosts`. Never take it from a client. */
  notifyUrl?: string;
  notifyContentType?: NotifyContentType;
  /** Goes to ANTS unchanged and comes back in every event; at most 200 characters. */
  callbackData?: string;
}

/** Who acts on an OTP: the ticket that `request` returned, or the subject it was requested with. */
export interface OtpHolder {
  ticket?: string;
  subject?: string;
  /**
   * What the OTP must have been requested for: one of another purpose looks like none. Give it wherever the
   * code alone opens something, such as a login. @default any purpose
   */
  purpose?: string;
}

/** An OTP on its way: what the person at the screen needs to know. */
export interface OtpChallenge {
  id: string;
  /** Keep it with the client that asked: verify, resend and cancel need it. */
  ticket: string;
  /** The "Ref" printed in the SMS; show it next to the input. */
  referenceCode: string;
  /** `08x-xxx-5678` */
  mobileMask: string;
  expiresAt: Date;
  resendAvailableAt: Date;
  attemptsLeft: number;
  delivery: Delivery;
}

/** A code was right. */
export interface OtpVerification {
  /** A signed token for `OtpGuard`; hand it to the client. */
  proof: string;
  /** The number that was proven, E.164: find the user by this, never by the request's body. */
  mobile: string;
  subject: string | null;
  purpose: string;
  callbackData: string | null;
  verifiedAt: Date;
  /**
   * The same right code was sent again within 10 s. Exactly one answer ever says `false`, and it may get lost: make
   * what you start, such as a session, unique on the OTP's id, and give a repeat the same.
   */
  repeated: boolean;
}

/** Everything about one OTP, for the app's own server code and its support. */
export interface OtpView {
  id: string;
  purpose: string;
  /**
   * `decoy`: `beforeSend` suppressed it; `test`: of a test number. No SMS left for either. A view that a
   * holder asks for shows a decoy like any other OTP.
   */
  channel: OtpChannel;
  subject: string | null;
  status: OtpStatus;
  delivery: Delivery;
  mobileMask: string;
  referenceCode: string | null;
  callbackData: string | null;
  otcId: string;
  /** The provider's ids; `null` in a view that a holder asks for. */
  otpId: string | null;
  messageId: string | null;
  attemptsLeft: number;
  sends: number;
  createdAt: Date;
  expiresAt: Date;
  resendAvailableAt: Date;
  /** Too many wrong codes: no request, resend or check for this number and purpose until then. */
  lockedUntil: Date | null;
  verifiedAt: Date | null;
  consumedAt: Date | null;
  revokedAt: Date | null;
  /** ANTS' code or our reason when the SMS was not sent. */
  errorCode: string | null;
  /** What a screen should say to the holder now, in whole sentences and as values. */
  notice: OtpNotice;
}

/** One line of an OTP's history. */
export interface OtpHistoryEntry {
  no: number;
  type: OtpEventType;
  at: Date;
  data: OtpEventData;
}

/** How to look an OTP up; give exactly one key. */
export type OtpSearch =
  | { mobile: string }
  | { referenceCode: string }
  | { otpId: string }
  | { messageId: string }
  | { callbackData: string }
  | { subject: string };
