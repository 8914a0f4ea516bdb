import type { RefusalReason } from '../../ports/otp-provider.js';
import type { Json } from './ants.json.js';

/** What a code means: a reason makes the call refused, the rest are outcomes of their own. */
interface Meaning {
  /** The English text that ANTS sends with, or instead of, the code. */
  message: string;
  /** For a first SMS and for a resend. */
  send: RefusalReason | 'unknown';
  verify: RefusalReason | 'not_found' | 'expired' | 'limit' | 'already_used' | 'unknown';
  detail: string;
}

/** Every failure code of ANTS' documentation. */
export const FAILURES = {
  '9999': {
    message: 'Exception',
    send: 'unknown',
    verify: 'unknown',
    detail: 'ANTS reports a fault of its own.',
  },
  '9998': {
    message: 'Authentication failed',
    send: 'credentials',
    verify: 'credentials',
    detail: 'ANTS does not accept the user name or the password.',
  },
  '9996': {
    message: 'Bad Request',
    send: 'request',
    verify: 'request',
    detail: 'ANTS does not accept the form of the request.',
  },
  '9995': {
    message: 'Credit not enough',
    send: 'credit',
    verify: 'credit',
    detail: 'The ANTS account has no credit left.',
  },
  '0301': {
    message: 'Invalid OTP Config',
    send: 'config',
    verify: 'config',
    detail: 'ANTS does not know the otcId.',
  },
  '0302': {
    message: 'Number Prefix Missing',
    send: 'number',
    verify: 'number',
    detail: 'ANTS misses the country code of the mobile number.',
  },
  '0303': {
    message: 'No Data Available OTP',
    send: 'ended',
    verify: 'not_found',
    detail: 'ANTS does not know the otpId.',
  },
  '0304': {
    message: 'Over Limit Usage',
    send: 'ended',
    verify: 'limit',
    detail: 'The attempts of the OTP are used up at ANTS.',
  },
  '0305': {
    message: 'OTP Code Expired',
    send: 'ended',
    verify: 'expired',
    detail: 'The OTP has expired at ANTS.',
  },
  '0306': {
    message: 'OTP Code Confirmed',
    send: 'ended',
    verify: 'already_used',
    detail: 'The OTP was already used at ANTS.',
  },
  '0307': {
    message: 'Invalid Number',
    send: 'number',
    verify: 'number',
    detail: 'ANTS does not accept the mobile number.',
  },
} as const satisfies Record<string, Meaning>;

export type FailureCode = keyof typeof FAILURES;

/** The code of a success, and its documented English and Thai text. */
export const SUCCESS_CODE = '0000';
const SUCCESS_MESSAGES = ['Success', 'สำเร็จ'];

/** A code that this version can judge. */
export type KnownCode = FailureCode | typeof SUCCESS_CODE;

const CODE_BY_MESSAGE = new Map<string, KnownCode>([
  ...SUCCESS_MESSAGES.map((text) => [fold(text), SUCCESS_CODE] as const),
  ...Object.entries(FAILURES).map(
    ([code, { message }]) => [fold(message), code as FailureCode] as const,
  ),
]);

/** The four-digit form of a code: public programs show `301`, `"301"` and `"0301"`. */
export function readCode(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const digits = String(value).trim();
  return /^\d{1,4}$/.test(digits) ? digits.padStart(4, '0') : undefined;
}

/** The code that belongs to a text, for answers that carry the text alone. */
export function readMessage(value: Json | undefined): KnownCode | undefined {
  return typeof value === 'string' ? CODE_BY_MESSAGE.get(fold(value)) : undefined;
}

export function isKnownCode(code: string | undefined): code is KnownCode {
  return code !== undefined && (code === SUCCESS_CODE || Object.hasOwn(FAILURES, code));
}

function fold(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replace(/\.$/, '').toLowerCase();
}
