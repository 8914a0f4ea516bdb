import type { Probe } from './probe.js';

/** One thing that is known, or guessed, of ANTS' service; each has a number in docs/ants.md's order. */
export interface Fact {
  /** 1 transport · 2 calls · 3 delivery reports · 4 other endpoints. */
  section: 1 | 2 | 3 | 4;
  fact: string;
  /** What `nestjs-ants-otp` takes for true by default. */
  expected: string;
  /** What else would be no surprise: public programs or another page of ANTS' say so. */
  readings: readonly string[];
  /** Finds out, in the words of `expected` and `readings`. */
  run(probe: Probe): Promise<string>;
}

/** What no call is surprising with: ANTS answers so when a part of it is down (§ 1). */
export const ANY_TIME: readonly string[] = ['an empty answer', 'an HTML answer'];

/** A fact that cannot be looked at now; the message says what is missing. */
export class Skipped extends Error {}

/** What became of one fact. */
export interface Finding extends Pick<Fact, 'section' | 'fact' | 'expected'> {
  seen: string;
  /** `surprise`: neither expected nor one of the readings. */
  verdict: 'expected' | 'reading' | 'surprise' | 'skipped';
}
