/** The look-up MACs of one OTP. */
export interface OtpMacs {
  mobileMac: Buffer;
  bindingMac: Buffer | null;
  ipMac: Buffer | null;
  tryMac: Buffer | null;
  unknownMac: Buffer | null;
  /** The keys of its limits, which hold MACs. */
  limitKeys: string[];
  /** MACs of its delivery reports, in base64url, by the number of their event. */
  reports: Record<string, string>;
}

/** An OTP as it was read. */
export interface KeyedOtp extends OtpMacs {
  id: string;
  lookupId: string;
  /** These two change with whatever else may change one of the MACs. */
  eventCount: number;
  leaseNo: number;
}

/** What takes the place of an OTP's MACs, if nothing of its number has changed since it was read. */
export interface RekeyedOtp {
  was: KeyedOtp;
  macs: OtpMacs;
}

/** Rows from a place on. */
export interface Page<T> {
  rows: T[];
  /** Where the next page begins; `null` at the end. */
  last: string | null;
}

export interface NumbersPage extends Page<KeyedOtp> {
  /** How many OTPs of the page are under a look-up key that is not known. */
  unknown: number;
}

/** A row of the limits and the key that it gets. */
export interface LimitMove {
  key: string;
  becomes: string;
}

/**
 * Where look-up MACs stand while they get another look-up key. Every method is atomic. A number's OTPs
 * change together with its cool-down and its locks, so that nobody ever finds the one without the other.
 */
export abstract class RekeyStore {
  /** How long a stop has been on, in seconds; `null` = it is not. */
  abstract stoppedFor(key: string): Promise<number | null>;

  /**
   * Looks at the OTPs after this id, by id, at most `limit`: of each number that stands there under one of
   * these look-up keys, all OTPs.
   *
   * @param known all look-up keys of the instance, today's too
   */
  abstract numbersAfter(
    instance: string,
    former: readonly string[],
    known: readonly string[],
    id: string,
    limit: number,
  ): Promise<NumbersPage>;

  /**
   * A number of which an OTP came or changed meanwhile stays as it is, and so does one that would have
   * two live OTPs afterwards.
   *
   * @returns how many OTPs are now under this look-up key
   */
  abstract rekeyNumbers(
    instance: string,
    lookupId: string,
    otps: readonly RekeyedOtp[],
  ): Promise<number>;

  /** Looks at the limits after this key, by key, at most `limit`: those under one of these look-up keys. */
  abstract limitsAfter(
    former: readonly string[],
    key: string,
    limit: number,
  ): Promise<Page<{ key: string; lookupId: string }>>;

  /** What is there already under the new key is joined. @returns how many rows are now under this look-up key */
  abstract rekeyLimits(lookupId: string, moves: readonly LimitMove[]): Promise<number>;
}
