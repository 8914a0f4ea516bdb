import type { DeliveryReport } from '../domain/delivery.js';
import type { OtpEvent, OtpRecord, SendRecord } from '../domain/otp.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../domain/lifecycle.js';

/** A row and the store's own time when it was read; rules compare with that time. */
export interface Snapshot {
  otp: OtpRecord;
  now: Date;
}

/** A row that was looked up, with what stands beside it. */
export interface Found extends Snapshot {
  /** The provider's message id of the newest SMS. */
  messageId: string | null;
  /** The end of the number's running cool-down, if it is still to come. */
  cooldownUntil: Date | null;
}

/** The one live place of a number: at most one OTP per instance, purpose and number. */
export interface NumberKey {
  instance: string;
  purpose: string;
  mobileMac: Buffer;
}

/** Who acts on an OTP: the ticket was checked by its MAC, or the subject must equal the row's. */
export type Holder = { by: 'ticket' } | { by: 'subject'; subject: string } | { by: 'server' };

/** A new OTP, complete but for what the store decides (times, counters). */
export type NewOtp = Pick<
  OtpRecord,
  | 'id'
  | 'instance'
  | 'purpose'
  | 'subject'
  | 'keyId'
  | 'mobileMac'
  | 'mobileSealed'
  | 'mobileMask'
  | 'delivery'
  | 'otcId'
  | 'callbackData'
  | 'bindingMac'
  | 'maxAttempts'
  | 'maxSends'
  | 'idempotencyKey'
  | 'ttlSeconds'
  | 'ipMac'
>;

export interface ReserveRequest {
  otp: NewOtp;
  /** The live OTP that must make way, as the pre-check saw it. */
  replaces: string | null;
  /** Seconds to wait after the 1st, 2nd, … send of the hour. */
  cooldownSteps: readonly number[];
  /** Goes into the history with the `requested` event. */
  data: Record<string, unknown>;
}

/** `taken`: another ask got the number's place first. `cooldown`: the number was asked too soon. */
export type ReserveRequestResult =
  | { kind: 'reserved'; otp: OtpRecord; resendAvailableAt: Date }
  | { kind: 'taken' }
  | { kind: 'cooldown' };

export interface PreCheck {
  live: OtpRecord | null;
  /** The end of the running cool-down, if it is still to come. */
  cooldownUntil: Date | null;
  now: Date;
}

/** Cool-down steps by purpose; the empty name stands for every other purpose. */
export type CooldownTable = Readonly<Record<string, readonly number[]>>;

export interface ReserveResend {
  id: string;
  instance: string;
  holder: Holder;
  cooldowns: CooldownTable;
}

/** `refused`: a rule of the lifecycle says no; read the row to learn which. */
export type ReserveResendResult =
  | { kind: 'reserved'; otp: OtpRecord; sendNo: number; resendAvailableAt: Date }
  | { kind: 'cooldown' }
  | { kind: 'refused' };

export interface ReserveTry {
  id: string;
  instance: string;
  holder: Holder;
  codeMac: Buffer;
}

/** A delivery report that belongs to an OTP by its webhook token. */
export interface StoreReport {
  id: string;
  instance: string;
  report: DeliveryReport;
  /** Keyed MAC of the report's receiver; `null` when the report names none or an unreadable one. */
  toMac: Buffer | null;
  /** Whether the report names a receiver. */
  hasTo: boolean;
  /** Equal for equal reports: a second copy is not stored. */
  dedupeKey: string;
  /** Goes into the history with the report's event. */
  data: Record<string, unknown>;
}

export type ReportResult = 'applied' | 'recorded' | 'mismatch' | 'duplicate' | 'not_found';

/** How an OTP can be looked up; exactly one key. */
export type OtpQuery =
  | { id: string }
  | { mobileMac: Buffer }
  | { referenceCode: string }
  | { otpId: string }
  | { messageId: string }
  | { callbackData: string }
  | { subject: string };

export interface SweepResult {
  expired: number;
  unknown: number;
}

/**
 * Where OTPs live. Every method is atomic: it happens whole or leaves no trace. A method that writes
 * answers `null` (or a named refusal) when the lifecycle does not allow the move; nothing is changed
 * then. Any other failure throws.
 */
export abstract class OtpStore {
  /** One read: the live OTP of a number and its running cool-down. */
  abstract preCheck(key: NumberKey): Promise<PreCheck>;
  /** Makes way, inserts `sending`, takes the cool-down, writes the history: all or nothing. */
  abstract reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult>;
  abstract settleRequest(
    id: string,
    answer: SendSettlement,
    data: EventData,
  ): Promise<Snapshot | null>;

  abstract reserveResend(command: ReserveResend): Promise<ReserveResendResult>;
  abstract settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: EventData,
  ): Promise<Snapshot | null>;

  /** Takes one attempt and the lease; `null` when refused, busy or not this holder's. */
  abstract reserveTry(command: ReserveTry): Promise<Snapshot | null>;
  abstract settleTry(
    id: string,
    asked: AskedTry,
    answer: TrySettlement,
    data: EventData,
  ): Promise<Snapshot | null>;

  /** After a refusal without a call: see the lifecycle's `refuseGuess`. */
  abstract refuseGuess(id: string, codeMac: Buffer): Promise<void>;

  abstract cancel(id: string, instance: string, holder: Holder): Promise<Snapshot | null>;
  abstract consume(id: string, instance: string, runner?: QueryRunner): Promise<Snapshot | null>;
  abstract revoke(id: string, instance: string): Promise<Snapshot | null>;
  abstract applyReport(command: StoreReport): Promise<ReportResult>;

  /** Newest first. */
  abstract find(instance: string, query: OtpQuery, limit: number): Promise<Found[]>;
  abstract sends(id: string): Promise<SendRecord[]>;
  abstract history(id: string): Promise<OtpEvent[]>;

  /** Ends what time has ended, at most `batch` rows, safe on any number of replicas. */
  abstract sweep(batch: number): Promise<SweepResult>;
  /** Does the same to one row, if time has ended it. */
  abstract sweepOne(id: string): Promise<void>;
}

/** Extra facts for the history; never a code, a number, a ticket or a token. */
export type EventData = Record<string, unknown>;

/** The app's own open transaction, as far as a store needs it (TypeORM's `EntityManager` fits). */
export interface QueryRunner {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}
