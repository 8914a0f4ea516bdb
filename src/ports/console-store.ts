import type { Cell, RangeCounts } from '../domain/figures.js';

/** Which OTPs are counted. */
export interface FiguresAsk {
  instance: string;
  /** The length of the time, which ends with the bucket of now. */
  seconds: number;
  /** At most so many OTPs are looked at, the newest; older ones are taken as they were counted. */
  most: number;
}

/** How often something happened, by its code. */
export interface CodeCount {
  code: string;
  count: number;
}

/** How often a limit spoke, by its name. */
export interface LimitHits {
  name: string;
  /** Asks that were refused. */
  refused: number;
  /** Asks that would have been, had the limit not only watched. */
  watched: number;
}

/** What is counted of OTPs whose SMS go by the provider, as of one moment. */
export interface Figures {
  now: Date;
  /** OTPs requested since then are counted as they are now, those before as they were counted last. */
  live: Date;
  /** `false`: of the newest bucket only a part is counted, since it has more OTPs than `most`. */
  complete: boolean;
  /** Nothing from before is counted; `null`: all of the time is. */
  since: Date | null;
  cells: Cell[];
  /** Why SMS were not sent, the most frequent first, at most 10. */
  errors: CodeCount[];
  /** The ranges with the most SMS, at most 5. */
  ranges: RangeCounts[];
  /** How long the first SMS took to arrive, by `TIME_BOUNDS`. */
  deliveryTimes: number[];
  /** How long the right code took, by `TIME_BOUNDS`. */
  verifyTimes: number[];
  /** The most frequent first. */
  limits: LimitHits[];
}

/** What the console counts: it reads OTPs, never more than it is told to, and writes nothing but counts. */
export abstract class ConsoleStore {
  abstract figures(ask: FiguresAsk): Promise<Figures>;
  /**
   * Counts buckets that are over and due, the newest first, and drops what is too old.
   *
   * @returns how many it counted; 0 as well while another process is at it
   */
  abstract count(instance: string, buckets: number): Promise<number>;
  /** Adds to the bucket of now. */
  abstract addLimitHits(instance: string, hits: readonly LimitHits[]): Promise<void>;
}
