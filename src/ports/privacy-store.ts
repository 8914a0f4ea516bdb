/** One batch of an erasure. */
export interface Erasure {
  /** How many OTPs this batch erased. */
  erased: number;
  /** Whether an OTP of the number was there when it began; until that is `false` there may be more. */
  found: boolean;
}

/** What is kept of a person, and how it is taken away. Every method is atomic. */
export abstract class PrivacyStore {
  /**
   * Removes what identifies a person from the OTPs of a number (`domain/erasure.ts`), oldest first, at
   * most `batch`. What is live ends first. Limits and locks of the number stay.
   */
  abstract erase(instance: string, mobileMacs: readonly Buffer[], batch: number): Promise<Erasure>;
}
