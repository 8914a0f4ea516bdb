import type { OtpChannel } from './otp.js';

/** At most `max` in any `seconds`. */
export interface Rate {
  seconds: number;
  max: number;
}

/**
 * What a send counts on: the number, or the subject if the ask has one; the address, the block of
 * numbers, the day.
 */
export const LIMIT_KINDS = ['number', 'subject', 'ipv4', 'ipv6', 'block', 'day'] as const;
/** A rule of the app's own, by its name. */
export type OwnLimitKind = `own.${string}`;
export type LimitKind = (typeof LIMIT_KINDS)[number] | OwnLimitKind;

/**
 * What refuses sends until a time, whatever was counted: an operator's pause, the conversion guard, a
 * blocked number. Such a row has no rule and counts nothing.
 */
export const STOP_KINDS = ['pause', 'guard', 'blocked'] as const;
export type StopKind = (typeof STOP_KINDS)[number];

/** Nobody is told to come back later than this while a stop lasts: it may be lifted. Seconds. */
export const STOP_RETRY_SECONDS = 3600;

/** Kinds that count sends which nobody has verified: a right code gives them back. */
export const UNVERIFIED_KINDS = ['ipv4', 'ipv6', 'block'] as const satisfies readonly LimitKind[];

/** What one kind allows. */
export interface LimitRule {
  rates: readonly Rate[];
  /** `false`: counted and reported, refuses nobody. */
  enforced: boolean;
  /** All that a whole day may use, instead of rates. */
  budget?: number;
}

/** The rules of one purpose; a kind that is missing is not counted. */
export type LimitTable = Readonly<Partial<Record<LimitKind, LimitRule>>>;

/** A limit that is used up or a stop, and when it lets the next send through. */
export interface UsedUp {
  kind: LimitKind | StopKind;
  until: Date;
}

/** The kind that a limit's key names: `number:5f0c…`. */
export function kindOf(key: string): LimitKind | StopKind {
  return key.slice(0, key.indexOf(':')) as LimitKind | StopKind;
}

export function isStop(kind: LimitKind | StopKind): kind is StopKind {
  return (STOP_KINDS as readonly string[]).includes(kind);
}

/** The waits after the SMS of the hour; a number for tests has none. Seconds. */
export function cooldownSteps(channel: OtpChannel, steps: readonly number[]): readonly number[] {
  return channel === 'test' ? NO_WAIT : steps;
}

export const NO_WAIT: readonly number[] = [0];

/** What a send takes of a day's budget: a decoy costs nothing, yet is refused once nothing is left. */
export function budgetUnits(channel: OtpChannel): number {
  return channel === 'decoy' ? 0 : 1;
}

/** When rates let the next one through, or `null` when they do now. `hits`: oldest first. */
export function opensAt(hits: readonly Date[], rates: readonly Rate[], now: Date): Date | null {
  const ends = rates.flatMap(({ seconds, max }) => {
    const first = hits.at(-max);
    return first ? [first.getTime() + seconds * 1000] : [];
  });
  const end = Math.max(0, ...ends);
  return end > now.getTime() ? new Date(end) : null;
}

/** Adds one hit and forgets those that no rate looks at any more. */
export function addHit(hits: readonly Date[], rates: readonly Rate[], now: Date): Date[] {
  const span = Math.max(0, ...rates.map(({ seconds }) => seconds)) * 1000;
  const most = Math.max(1, ...rates.map(({ max }) => max));
  return [...hits.filter((hit) => hit.getTime() > now.getTime() - span), now].slice(-most);
}

const BANGKOK_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

/** The day of a budget: the calendar day in Thailand, which has no summer time. */
export function dayOf(now: Date): string {
  return new Date(now.getTime() + BANGKOK_MS).toISOString().slice(0, 10);
}

/** The keys of a send of today: a resend after midnight counts on the new day. */
export function keysOfDay(keys: readonly string[], instance: string, now: Date): string[] {
  return keys.map((key) => (kindOf(key) === 'day' ? `day:${instance}:${dayOf(now)}` : key));
}

export function endOfDay(now: Date): Date {
  const local = now.getTime() + BANGKOK_MS;
  return new Date(local - (local % DAY_MS) + DAY_MS - BANGKOK_MS);
}
