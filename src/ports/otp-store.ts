import type { Change } from '../domain/change.js';
import type { FailureBudget } from '../domain/failures.js';
import type { LimitKind, LimitTable, UsedUp } from '../domain/limits.js';
import type { OtpEvent, OtpEventData, OtpRecord, SendRecord } from '../domain/otp.js';
import type { ReportedOtp } from '../domain/report.js';
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
  /** When the newest SMS was asked for. */
  lastSendAt: Date | null;
  /** The end of the number's running cool-down, if it is still to come. */
  cooldownUntil: Date | null;
  /** Until when the number is locked for this purpose and subject, if it is. */
  lockedUntil: Date | null;
}

/** The one live place of a number: at most one OTP per instance, purpose and number. */
export interface NumberKey {
  instance: string;
  purpose: string;
  mobileMac: Buffer;
}

/** Who asks for an OTP of a number: wrong codes count for each subject apart. */
export interface AskKey extends NumberKey {
  subject: string | null;
}

/** Who acts on an OTP: the ticket was checked by its MAC, or the subject must equal the row's. */
export type Holder = ({ by: 'ticket' } | { by: 'subject'; subject: string } | { by: 'server' }) & {
  /** What must equal the row's as well; without it any purpose will do. */
  purpose?: string;
};

/** A new OTP, complete but for what the store decides (times, counters). */
export type NewOtp = Pick<
  OtpRecord,
  | 'id'
  | 'instance'
  | 'purpose'
  | 'subject'
  | 'channel'
  | 'keyId'
  | 'lookupId'
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
  | 'limitKeys'
>;

export interface ReserveRequest {
  otp: NewOtp;
  /** The live OTP that must make way, as the pre-check saw it. */
  replaces: string | null;
  /** Seconds to wait after the 1st, 2nd, … send of the hour. */
  cooldownSteps: readonly number[];
  limits: LimitTable;
  /** Goes into the history with the `requested` event. */
  data: Record<string, unknown>;
}

/** `taken`: another ask got the number's place first. `over`: the cool-down runs, or a limit is used up. */
export type ReserveRequestResult =
  | { kind: 'reserved'; otp: OtpRecord; resendAvailableAt: Date }
  | { kind: 'taken' }
  | { kind: 'over' };

export interface PreCheck extends LimitCheck {
  live: OtpRecord | null;
  /** The end of the running cool-down, if it is still to come. */
  cooldownUntil: Date | null;
  lockedUntil: Date | null;
  now: Date;
}

/** The limits that a send counts on, and their rules. */
export interface CountedLimits {
  keys: readonly string[];
  rules: LimitTable;
}

/** What the limits say to one more send. */
export interface LimitCheck {
  /** The enforced one that opens last; `null` = it may go. */
  usedUp: UsedUp | null;
  /** Kinds that are over but only watched. */
  watched: LimitKind[];
  /** How much of the day's budget is used, 0 to 1; `null` without a budget. */
  budgetUsed: number | null;
}

/** Cool-down steps by purpose; the empty name stands for every other purpose. */
export type CooldownTable = Readonly<Record<string, readonly number[]>>;

/** How many wrong codes a number may see, by purpose as above. */
export type BudgetTable = Readonly<Record<string, FailureBudget>>;

/** Limits of sends, by purpose as above. */
export type LimitTables = Readonly<Record<string, LimitTable>>;

export interface ReserveResend {
  id: string;
  instance: string;
  holder: Holder;
  cooldowns: CooldownTable;
  limits: LimitTables;
}

/** `refused`: a rule of the lifecycle says no; read the row to learn which. */
export type ReserveResendResult =
  | { kind: 'reserved'; otp: OtpRecord; sendNo: number; resendAvailableAt: Date }
  | { kind: 'over' }
  | { kind: 'refused' };

export interface ReserveTry {
  id: string;
  instance: string;
  holder: Holder;
  codeMac: Buffer;
  budgets: BudgetTable;
}

export interface ReportQuery {
  instance: string;
  id: string;
  dedupeKey: string;
}

/** Which state of an OTP a decision was made on. */
export interface Version {
  id: string;
  /** Another one after every write. */
  xmin: string;
  /** The store's own time of the read. */
  readAt: Date;
}

/** What a decision needs, as one read found it. */
export interface Loaded<T> {
  version: Version;
  state: T;
}

/** What became of the delivery reports of the last 24 h, of the newest 1000 OTPs. */
export interface ReportReadings {
  /** OTPs with a report that could not be read. */
  unreadable: number;
  /** Why the newest of those could not be read, and when that was. */
  lastUnreadable: { at: Date; reason: string } | null;
  /** When a report was read last. */
  lastRead: Date | null;
}

/** How an OTP can be looked up; exactly one key. */
export type OtpQuery =
  | { id: string }
  | { mobileMac: Buffer }
  | { referenceCode: string }
  | { otpId: string }
  | { messageId: string }
  | { callbackData: string }
  | { subject: string };

/** How many OTPs a sweep has ended, by what they became. */
export interface SweepResult {
  expired: number;
  unknown: number;
}

/** What the purge can delete: whole OTPs, their history alone, or limits that nobody counts any more. */
export type PurgeKind = 'otps' | 'history' | 'limits';

/**
 * Where OTPs live. Every method is atomic: it happens whole or leaves no trace. A method that writes
 * answers `null` (or a named refusal) when the lifecycle does not allow the move; nothing is changed
 * then. Any other failure throws.
 */
export abstract class OtpStore {
  /** One read: the live OTP of a number, its running cool-down, its lock and its limits. */
  abstract preCheck(key: AskKey, limits: CountedLimits): Promise<PreCheck>;
  /** One read: whether one more send may count on these limits. */
  abstract checkLimits(limits: CountedLimits): Promise<LimitCheck>;
  /** Makes way, inserts `sending`, takes the cool-down, writes the history: all or nothing. */
  abstract reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult>;
  abstract settleRequest(
    id: string,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null>;

  abstract reserveResend(command: ReserveResend): Promise<ReserveResendResult>;
  abstract settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null>;

  /**
   * Takes one attempt, one of the number's failures (given back if it was none) and the lease; `null`
   * when refused, busy, locked or not this holder's.
   */
  abstract reserveTry(command: ReserveTry): Promise<Snapshot | null>;
  abstract settleTry(
    id: string,
    asked: AskedTry,
    answer: TrySettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null>;

  /** After a refusal without a call: see the lifecycle's `refuseGuess`. */
  abstract refuseGuess(id: string, codeMac: Buffer): Promise<void>;

  abstract cancel(id: string, instance: string, holder: Holder): Promise<Snapshot | null>;
  abstract consume(id: string, instance: string, runner?: QueryRunner): Promise<Snapshot | null>;
  abstract revoke(id: string, instance: string): Promise<Snapshot | null>;
  /** An OTP that is not erased, its sends, and whether its history holds an entry with this key. */
  abstract loadReported(query: ReportQuery): Promise<Loaded<ReportedOtp> | null>;
  /**
   * Writes a change of what was loaded.
   *
   * @returns `conflict` if the OTP has changed since, or `maxAge` has passed: nothing is written
   */
  abstract save(version: Version, change: Change): Promise<'saved' | 'conflict'>;
  /** For operators. */
  abstract reportReadings(instance: string): Promise<ReportReadings>;

  /** Newest first. */
  abstract find(instance: string, query: OtpQuery, limit: number): Promise<Found[]>;
  /** One OTP for its holder; somebody else's is read no further than one that is missing. */
  abstract findHeld(instance: string, id: string, holder: Holder): Promise<Found | null>;
  /** Every one of these OTPs that exists, in one read; newest first. */
  abstract findMany(instance: string, ids: readonly string[]): Promise<Found[]>;
  abstract sends(id: string): Promise<SendRecord[]>;
  abstract history(id: string): Promise<OtpEvent[]>;

  /** Ends what time has ended, at most `batch` rows, safe on any number of replicas. */
  abstract sweep(batch: number): Promise<SweepResult>;
  /** Does the same to one row, if time has ended it. */
  abstract sweepOne(id: string): Promise<void>;
  /**
   * Deletes what of an instance is older than so many days (limits: of every instance), at most `batch` rows, safe on any number of replicas.
   * An OTP that is live or had an SMS in the last 72 h stays whatever its age.
   *
   * @returns how many were deleted
   */
  abstract purge(instance: string, kind: PurgeKind, days: number, batch: number): Promise<number>;
}

/** The app's own open transaction, as far as a store needs it (TypeORM's `EntityManager` fits). */
export interface QueryRunner {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}
