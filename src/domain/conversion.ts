import { LEASE_SECONDS } from './lifecycle.js';
import type { OtpRecord } from './otp.js';

/**
 * How few SMS of one purpose to one range of numbers may be verified. Who is paid for received SMS
 * ("SMS pumping") asks for many and enters none; real users enter most of theirs.
 * Our defaults: under 20 % of at least 50 SMS in an hour, stopped for 1 h (docs/security.md).
 */
export interface ConversionRule {
  /** Fewer SMS in the hour say nothing. */
  sends: number;
  /** The share of them that must be verified, 0 to 1. */
  verified: number;
  /** How long the range is stopped. */
  seconds: number;
}

/** The hour of SMS that the guard looks at ends with those that come to be counted now. Seconds. */
export const CONVERSION_WINDOW_SECONDS = 3600;

/** A range that an operator let go is left alone for so long: the same SMS would stop it again. Seconds. */
export const UNBLOCKED_SECONDS = 3600;

/** `0812345678` is in the range `08123`: 100,000 numbers of one operator. */
export const RANGE_DIGITS = 5;

/** What became of the SMS of one purpose and range. */
export interface Conversion {
  sends: number;
  verified: number;
}

/**
 * So long after a code's end a check or a resend that began before it has been written: it has its lease, and is then tried
 * to be written for 6 s, at the last for 5 s more (`SqlRunner`).
 */
export const SETTLED_SECONDS = LEASE_SECONDS + 15;

/**
 * When an OTP is counted, once. An SMS whose fate is unknown ends its OTP at once, yet may arrive, and be verified, like
 * any other.
 */
export function countedAt({
  expiresAt,
  createdAt,
  ttlSeconds,
}: Pick<OtpRecord, 'expiresAt' | 'createdAt' | 'ttlSeconds'>): Date {
  const end = Math.max(expiresAt.getTime(), createdAt.getTime() + ttlSeconds * 1000);
  return new Date(end + SETTLED_SECONDS * 1000);
}

/** Whether so few were verified that somebody else than users must have asked. */
export function isPumped({ sends, verified }: Conversion, rule: ConversionRule): boolean {
  return sends >= rule.sends && verified < rule.verified * sends;
}
