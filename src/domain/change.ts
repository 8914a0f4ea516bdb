import type { OtpEventData, OtpEventType, OtpRecord, SendRecord } from './otp.js';

/** What a decision changes of one OTP. A store writes all of it or nothing. */
export interface Change {
  /** The columns that change. */
  otp: Partial<OtpRecord>;
  /** A send as it is from now on. */
  send?: SendRecord;
  /**
   * A store refuses it when the state was read longer ago than this: the process has stalled since. Seconds. Without
   * it any age will do, because no time entered the decision.
   */
  maxAge?: number;
  /** In this order, after all that the history holds. */
  events: readonly NewEvent[];
}

/** A history entry without what the store adds: the OTP, the number and the time. */
export interface NewEvent {
  type: OtpEventType;
  data: OtpEventData;
  /** The history holds at most one entry with this key. */
  dedupeKey?: string;
}
