import type { Cell, RangeCounts } from '../domain/figures.js';

/** Which OTPs are counted. */
export interface FiguresAsk {
  instance: string;
  /** Requested in the last so many seconds. */
  seconds: number;
  /** At most so many rows are looked at, the newest, whatever the table holds. */
  most: number;
}

/** How often something happened, by its code. */
export interface CodeCount {
  code: string;
  count: number;
}

/** What is counted of OTPs whose SMS go by the provider, as of one moment. */
export interface Figures {
  now: Date;
  /** `false`: more rows than `most` were there, and those before `since` are not counted. */
  complete: boolean;
  /** The oldest row that was looked at; `null` when there was none. */
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
}

/** What the console counts. It only reads, and never more than it is told to. */
export abstract class ConsoleStore {
  abstract figures(ask: FiguresAsk): Promise<Figures>;
}
