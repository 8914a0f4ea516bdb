import { LIVE_STATUSES } from './lifecycle.js';
import type { OtpRecord, OtpStatus, SendRecord } from './otp.js';

/** What became of some OTPs whose SMS go by the provider. */
export interface Counts {
  requested: number;
  /** The provider took the first SMS. */
  sent: number;
  /** Of those, a report came that says anything at all of the newest SMS. */
  reported: number;
  delivered: number;
  /** Of those that were sent, the code can no longer be entered: only these say how many are verified. */
  ended: number;
  verified: number;
  /** Codes that were tried. */
  attempts: number;
  /** Ended by too many wrong codes. */
  exhausted: number;
}

export const COUNTS = [
  'requested',
  'sent',
  'reported',
  'delivered',
  'ended',
  'verified',
  'attempts',
  'exhausted',
] as const satisfies readonly (keyof Counts)[];

/**
 * OTPs are counted by stretches of time this long, all of them aligned alike; each part of an hour, a day and a
 * week is a whole number of them. Seconds.
 */
export const BUCKET_SECONDS = 150;
/**
 * How long after its end a bucket is counted: at once, when no code of it can be entered any more, and twice for
 * reports that come late. Seconds.
 */
export const COUNTED_AFTER = [0, 900, 3_600, 86_400] as const;
/** Counted so often, only reports can still change a bucket. */
export const SETTLED_COUNTS = 2;
/** An older bucket stays as it was counted last: the least retention, after which the purge may have taken its OTPs. */
export const COUNTED_AGAIN_DAYS = 4;
/** Buckets are kept for the longest time that is shown, and a day more. */
export const FIGURE_DAYS = 8;
/** Of the ranges of one bucket, those with the most SMS: each with a thirtieth of them is among these. */
export const RANGES_A_BUCKET = 30;

/** A stretch of time is shown in this many parts. */
export const PARTS = 24;
/** The newest of them are compared with the rest. */
export const RECENT_PARTS = 6;

/** Seconds at which the times of deliveries and codes are counted apart. */
export const TIME_BOUNDS = [2, 5, 10, 20, 30, 60, 120, 300] as const;

/** The counts of one purpose and OTC in one part of the time; 0 is the oldest part. */
export interface Cell extends Counts {
  part: number;
  purpose: string;
  otcId: string;
}

/** SMS to one range of numbers, by the conversion guard's key. */
export interface RangeCounts {
  key: string;
  sent: number;
  ended: number;
  verified: number;
  /** Sent in the newest parts. */
  recent: number;
}

/** The begin of the bucket of a time. */
export function bucketOf(time: Date): Date {
  const ms = BUCKET_SECONDS * 1000;
  return new Date(Math.floor(time.getTime() / ms) * ms);
}

/** Where a time of so many seconds begins that ends with the bucket of now. */
export const beginOf = (now: Date, seconds: number): Date =>
  new Date(bucketOf(now).getTime() + (BUCKET_SECONDS - seconds) * 1000);

/** The part of a time of so many seconds in which an OTP was requested. */
export const partOf = (requested: Date, begin: Date, seconds: number): number =>
  Math.floor(((requested.getTime() - begin.getTime()) * PARTS) / (seconds * 1000));

/** In which of the counts by `TIME_BOUNDS` a time belongs; the last one is for all longer ones. */
export const boundOf = (seconds: number): number =>
  TIME_BOUNDS.filter((bound) => bound <= seconds).length;

/** What one OTP adds to the counts. */
export function countsOf(
  otp: Pick<OtpRecord, 'status' | 'delivery' | 'attempts' | 'expiresAt'>,
  first: Pick<SendRecord, 'outcome'> | undefined,
  now: Date,
): Counts {
  const sent = first?.outcome === 'sent';
  const live: readonly OtpStatus[] = LIVE_STATUSES;
  const isLive = live.includes(otp.status) && otp.expiresAt > now;
  const one = (yes: boolean): number => (yes ? 1 : 0);
  return {
    requested: 1,
    sent: one(sent),
    reported: one(sent && otp.delivery !== 'none'),
    delivered: one(sent && otp.delivery === 'delivered'),
    ended: one(sent && !isLive),
    verified: one(sent && otp.status === 'verified'),
    attempts: otp.attempts,
    exhausted: one(otp.status === 'max_attempts_reached'),
  };
}

export function sumOf(counts: readonly Counts[]): Counts {
  const sum = (name: keyof Counts): number => counts.reduce((total, one) => total + one[name], 0);
  return Object.fromEntries(COUNTS.map((name) => [name, sum(name)])) as unknown as Counts;
}

/** The sums by a key, the one with the most requests first. */
export function sumsBy(
  cells: readonly Cell[],
  key: 'purpose' | 'otcId',
): (Counts & { name: string })[] {
  const names = [...new Set(cells.map((cell) => cell[key]))];
  return names
    .map((name) => ({ name, ...sumOf(cells.filter((cell) => cell[key] === name)) }))
    .sort((a, b) => b.requested - a.requested || (a.name < b.name ? -1 : 1));
}
