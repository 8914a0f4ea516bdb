/** One batch of an erasure. */
export interface Erasure {
  /** How many OTPs this batch erased. */
  erased: number;
  /** Whether an OTP of the number was there when it began; until that is `false` there may be more. */
  found: boolean;
}

/** The sealed number of an OTP; `null` when it is erased, or of another instance. */
export interface SealedNumber {
  id: string;
  keyId: string;
  sealed: Buffer | null;
}

/** A number sealed anew. */
export interface ResealedNumber {
  id: string;
  /** The key it was sealed with until now. */
  was: string;
  sealed: Buffer;
}

/** What is kept of a person, and how it is taken away. Every method is atomic. */
export abstract class PrivacyStore {
  /**
   * Removes what identifies a person from the OTPs of a number (`domain/erasure.ts`), oldest first, at
   * most `batch`. What is live ends first. Limits and locks of the number stay.
   */
  abstract erase(instance: string, mobileMacs: readonly Buffer[], batch: number): Promise<Erasure>;

  /**
   * The sealed number of an OTP, with an event `unmasked` of who wanted it.
   *
   * @returns `null` when it is erased, or of another instance
   */
  abstract unmask(instance: string, id: string, actor: string): Promise<SealedNumber | null>;

  /** The OTPs after this id, by id, at most `limit`. */
  abstract sealedAfter(instance: string, id: string, limit: number): Promise<SealedNumber[]>;

  /**
   * Puts numbers that were sealed anew with this key in the place of the old ones, where these still stand.
   *
   * @returns how many
   */
  abstract reseal(numbers: readonly ResealedNumber[], keyId: string): Promise<number>;
}
