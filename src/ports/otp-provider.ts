import type { AntsCode, NamedCodes } from '../domain/ants-code.js';
import type { DeliveryReport } from '../domain/delivery.js';
import type { UnreadableReason } from '../domain/unreadable-report.js';

/** The two forms in which ANTS can push delivery reports. */
export type NotifyContentType = 'application/json' | 'application/xml';

/** A first SMS. Field names are the provider's documented ones. */
export interface SendRequest {
  otcId: string;
  /** Digits with country code and no plus, `66812345678`. */
  mobile: string;
  notifyUrl?: string;
  notifyContentType?: NotifyContentType;
  callbackData?: string;
}

/** Another SMS for the same OTP. */
export interface ResendRequest {
  otcId: string;
  otpId: string;
}

/** A check of a code. */
export interface VerifyRequest {
  otpId: string;
  otpCode: string;
}

/** Why the provider refused, in our words: only `number` is about the user's input. */
export type RefusalReason =
  'credentials' | 'config' | 'credit' | 'number' | 'request' | 'too_often' | 'ended';

/**
 * What became of a send. `refused` = answered, surely no SMS; `not_reached` = no byte left this
 * machine; `unknown` = an SMS may or may not have left, so it must never be repeated by us.
 */
export type SendOutcome =
  | { kind: 'sent'; providerOtpId: string; referenceCode: string }
  | ({ kind: 'refused'; reason: RefusalReason; detail: string } & NamedCodes)
  | { kind: 'not_reached'; detail: string }
  | ({ kind: 'unknown'; detail: string } & NamedCodes);

/** What became of a check. `unknown` is never a success and never a wrong code. */
export type VerifyOutcome =
  | { kind: 'right' }
  | { kind: 'wrong' }
  | { kind: 'expired'; antsCode?: AntsCode }
  | { kind: 'limit'; antsCode?: AntsCode }
  | { kind: 'already_used'; antsCode?: AntsCode }
  | ({ kind: 'refused'; reason: RefusalReason | 'not_found'; detail: string } & NamedCodes)
  | { kind: 'not_reached'; detail: string }
  | ({ kind: 'unknown'; detail: string } & NamedCodes);

/** What the account says of itself. `postpaid`: there is no credit that could run out. */
export type AccountOutcome =
  { kind: 'known'; credit: number; postpaid: boolean } | Exclude<SendOutcome, { kind: 'sent' }>;

/** A pushed delivery report, read. */
export type ReportReading =
  | { kind: 'read'; reports: DeliveryReport[] }
  | {
      kind: 'unreadable';
      detail: string;
      /** @default 'other' */
      reason?: UnreadableReason;
      /** The names of the body's fields, whatever they hold: only those known as fields of reports are ever shown. */
      fieldNames?: readonly string[];
    };

/**
 * The service that makes, sends and checks codes. Methods never throw for anything the network or
 * the provider does: every case is an outcome. `detail` is one plain sentence for the history and
 * logs; it never holds a code, a number or a credential.
 */
export abstract class OtpProvider {
  /** Makes a code and sends it by SMS, once. Never throws: `unknown` when an SMS may have left. */
  abstract send(request: SendRequest): Promise<SendOutcome>;
  /** Sends once more for the same OTP; id, reference and code may be new. Never throws. */
  abstract resend(request: ResendRequest): Promise<SendOutcome>;
  /** Checks a code: `right` for exactly one call per code. Never throws. */
  abstract verify(request: VerifyRequest): Promise<VerifyOutcome>;
  /** Asks for the account's credit, for operators; `null` = this provider has no such question. */
  account(): Promise<AccountOutcome | null> {
    return Promise.resolve(null);
  }
  /** Reads the raw body of a delivery report push; drops the SMS text before anything else sees it. */
  abstract readReports(body: Buffer, contentType: string): ReportReading | Promise<ReportReading>;
}
