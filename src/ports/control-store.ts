import type { ConversionRule } from '../domain/conversion.js';
import type { StopKind } from '../domain/limits.js';
import type { NumberKey } from './otp-store.js';

/** Something that refuses sends now. */
export interface Stop {
  kind: StopKind;
  key: string;
  /** `null` = until it is lifted. */
  until: Date | null;
  /** Of a blocked number, while an OTP of it is stored. */
  mobileMask: string | null;
}

/** A range of numbers whose SMS nobody verifies. */
export interface PumpedRange {
  /** Its key as in `limitKeys`. */
  key: string;
  sends: number;
  verified: number;
}

export interface PumpingCheck {
  instance: string;
  rule: ConversionRule;
  /** `false`: a range is reported once in the rule's time, and stops nothing. */
  enforced: boolean;
}

/** What one statement found. */
export interface PumpingResult {
  pumped: PumpedRange[];
  /** More has ended than one statement counts; nothing is stopped until all is counted. */
  behind: boolean;
}

/**
 * What operators and the conversion guard decide about sends, for all processes. A stop is found by
 * its key, which stands in an OTP's `limitKeys`. Every method is atomic.
 */
export abstract class ControlStore {
  /** `seconds` = `null`: until it is lifted. A running stop is replaced. */
  abstract stop(key: string, seconds: number | null): Promise<void>;
  /** @returns `false` when nothing was stopped */
  abstract lift(key: string): Promise<boolean>;
  /** What is stopped now in this instance, by key. */
  abstract stops(instance: string): Promise<Stop[]>;
  /** Forgets the wrong codes of a number, of every subject. @returns `false` when there were none */
  abstract unlock(key: NumberKey): Promise<boolean>;
  /** Stops ranges whose SMS nobody verifies; gives each to one process only, once. Call it again while it is behind. */
  abstract stopPumped(check: PumpingCheck): Promise<PumpingResult>;
}
