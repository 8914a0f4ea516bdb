import type { OtpChannel, OtpEventType } from '../domain/otp.js';

/** A handler by its stable name, and the events its code wants. */
export interface OutboxHandler {
  readonly name: string;
  readonly types: readonly OtpEventType[];
}

/** A handler and how many events it can take now. */
export interface OutboxAsk extends OutboxHandler {
  readonly limit: number;
}

/** One event that one handler is owed. `attempts` names the try: who holds an older one changes nothing. */
export interface OwedRow {
  otpId: string;
  eventNo: number;
  handler: string;
  attempts: number;
}

/** A claimed row with its event and what a handler may know of the OTP. */
export interface OwedEvent extends OwedRow {
  type: OtpEventType;
  at: Date;
  data: Record<string, unknown>;
  instance: string;
  purpose: string;
  channel: OtpChannel;
  subject: string | null;
  callbackData: string | null;
  mobileMask: string;
}

export interface Claim {
  events: OwedEvent[];
  /** Whether these handlers are owed anything else that they name and that is not parked. */
  open: boolean;
}

/** An event that a handler failed too often. */
export interface ParkedRow extends OwedRow {
  type: OtpEventType;
  at: Date;
  parkedAt: Date;
}

/** Which parked rows; what is left out means all. */
export interface ParkedQuery {
  handler?: string;
  otpId?: string;
  eventNo?: number;
}

/**
 * What handlers are owed. The rows are written together with the events by `OtpStore`; here they are
 * taken, tried again, parked and removed. Every method is atomic.
 */
export abstract class OutboxStore {
  /**
   * At boot and while alive: events of these types are owed to these handlers from now on. Types that
   * other versions of a handler want stay owed as well, until `forget`.
   */
  abstract register(instance: string, handlers: readonly OutboxHandler[]): Promise<void>;

  /**
   * Takes what is due and free, in order per OTP and handler: no event while an earlier one that the
   * handler names is open and not parked. Counts a try. Of the types that a handler does not name, only
   * those no other version has taken for `OTHER_VERSION_SECONDS`.
   */
  abstract claim(
    instance: string,
    handlers: readonly OutboxAsk[],
    leaseSeconds: number,
  ): Promise<Claim>;

  /** The handler is done: the row goes. */
  abstract done(row: OwedRow): Promise<void>;
  /** The try failed: the row, and those that wait for it, are due again after the delay. */
  abstract retry(row: OwedRow, delaySeconds: number): Promise<void>;
  /** Given up: the row waits for a replay and no longer stands in the way of later ones. */
  abstract park(row: OwedRow): Promise<void>;
  /** Gives claimed rows back at once, to any process. */
  abstract release(rows: readonly OwedRow[]): Promise<void>;

  /** The oldest first. */
  abstract parked(instance: string, limit: number): Promise<ParkedRow[]>;
  /** Makes parked rows due again, with all their tries. Gives how many. */
  abstract replay(instance: string, query: ParkedQuery): Promise<number>;

  /**
   * Removes handlers not seen for so long with all they are owed, the types that only dead versions of a
   * living handler wanted, and rows whose OTP or handler is gone.
   */
  abstract forget(instance: string, unseenSeconds: number): Promise<void>;
}
