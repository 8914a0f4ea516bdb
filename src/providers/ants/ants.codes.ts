import { ANTS_MESSAGES, isAntsCode, type AntsCode } from '../../domain/ants-code.js';
import type { RefusalReason } from '../../ports/otp-provider.js';
import type { Json } from './ants.json.js';

/** What a code means: a reason makes the call refused, the rest are outcomes of their own. */
interface Meaning {
  /** For a first SMS and for a resend. */
  send: RefusalReason | 'unknown';
  verify: RefusalReason | 'not_found' | 'expired' | 'limit' | 'already_used' | 'unknown';
  detail: string;
}

export const SUCCESS_CODE = '0000';

/** What each documented failure means. */
export const FAILURES = {
  '9999': {
    send: 'unknown',
    verify: 'unknown',
    detail: 'ANTS reports a fault of its own.',
  },
  '9998': {
    send: 'credentials',
    verify: 'credentials',
    detail: 'ANTS does not accept the user name or the password.',
  },
  '9996': {
    send: 'request',
    verify: 'request',
    detail: 'ANTS does not accept the form of the request.',
  },
  '9995': {
    send: 'credit',
    verify: 'credit',
    detail: 'The ANTS account has no credit left.',
  },
  '0301': {
    send: 'config',
    verify: 'config',
    detail: 'ANTS does not know the otcId.',
  },
  '0302': {
    send: 'number',
    verify: 'number',
    detail: 'ANTS misses the country code of the mobile number.',
  },
  '0303': {
    send: 'ended',
    verify: 'not_found',
    detail: 'ANTS does not know the otpId.',
  },
  '0304': {
    send: 'ended',
    verify: 'limit',
    detail: 'The attempts of the OTP are used up at ANTS.',
  },
  '0305': {
    send: 'ended',
    verify: 'expired',
    detail: 'The OTP has expired at ANTS.',
  },
  '0306': {
    send: 'ended',
    verify: 'already_used',
    detail: 'The OTP was already used at ANTS.',
  },
  '0307': {
    send: 'number',
    verify: 'number',
    detail: 'ANTS does not accept the mobile number.',
  },
} as const satisfies Record<Exclude<AntsCode, typeof SUCCESS_CODE>, Meaning>;

export type FailureCode = keyof typeof FAILURES;

/** Longer texts are none of ANTS' messages. Characters. */
const MAX_MESSAGE = 200;

const CODE_BY_MESSAGE: ReadonlyMap<string, AntsCode> = new Map(
  Object.entries(ANTS_MESSAGES).flatMap(([code, { en, th }]) =>
    [en, th].map((text) => [fold(text), code as AntsCode] as const),
  ),
);

/** The four-digit form of a code: public programs show `301`, `"301"` and `"0301"`. */
export function readCode(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const digits = String(value).trim();
  return /^\d{1,4}$/.test(digits) ? digits.padStart(4, '0') : undefined;
}

/**
 * The code whose English or Thai message a text is, for answers without a code. The whole text counts,
 * never a part of it: the Thai message of 9998 ends with that of 9999.
 */
export function readMessage(value: Json | undefined): AntsCode | undefined {
  if (typeof value !== 'string' || value.length > MAX_MESSAGE) return undefined;
  return CODE_BY_MESSAGE.get(fold(value));
}

export function isFailureCode(code: string | undefined): code is FailureCode {
  return isAntsCode(code) && code !== SUCCESS_CODE;
}

/**
 * A text without what does not change its meaning: case, blanks, invisible characters, a full stop at
 * the end, and the different characters with which one Thai syllable can be written.
 */
function fold(text: string): string {
  return (
    text
      // Also makes sara am (U+0E33) the two characters that it may be sent as (U+0E4D U+0E32).
      .normalize('NFKC')
      .replace(/[\p{Cf}\s]+/gu, '')
      // Two sara e look like one sara ae.
      .replace(/\u0e40\u0e40/g, '\u0e41')
      // A tone mark typed before its vowel mark looks the same as after it.
      .replace(/([\u0e48-\u0e4b])([\u0e31\u0e34-\u0e39\u0e4d])/g, '$2$1')
      .replace(/[.!]+$/, '')
      .toLowerCase()
  );
}
