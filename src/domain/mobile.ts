import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A Thai mobile number in the forms this module uses. */
export interface Mobile {
  /** E.164, `+66812345678`. */
  e164: string;
  /** The form on ANTS' wire, `66812345678`. */
  wire: string;
  /** For people and logs, `08x-xxx-5678`: its owner knows it, nobody else can complete it. */
  mask: string;
}

const THAI_ZERO = 0x0e50;
/** Longer input cannot be a telephone number; it is refused before any parsing. */
const MAX_INPUT = 64;

/** Thai digits (๐–๙) to ASCII; everything else unchanged. */
export function foldThaiDigits(text: string): string {
  return text.replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - THAI_ZERO));
}

/**
 * Reads a Thai mobile number in any usual spelling: `081-234-5678`, `+66 81 234 5678`, `0066…`,
 * `66812345678`, Thai or full-width digits.
 *
 * @returns the number, or `null` when it is not a Thai mobile number
 */
export function parseMobile(input: string): Mobile | null {
  if (input.length > MAX_INPUT) return null;
  const digits = foldThaiDigits(input.normalize('NFKC')).replace(/[\s().\p{Pd}]/gu, '');
  const international = digits.replace(/^(?:00|\+?)(?=66)/, '+');
  const number = parsePhoneNumberFromString(international, {
    defaultCountry: 'TH',
    extract: false,
  });
  if (number?.country !== 'TH' || number.getType() !== 'MOBILE' || number.ext) return null;
  const national = number.nationalNumber;
  return {
    e164: number.number,
    wire: `66${national}`,
    mask: `0${national.slice(0, 1)}x-xxx-${national.slice(-4)}`,
  };
}

/**
 * The number that a text names, to be compared with one that is known: of a text in ANTS' form it is not asked
 * whether there is such a number, which takes longer than to compare.
 *
 * @returns E.164, or `null` when it names no number
 */
export function e164Of(text: string): string | null {
  return /^66\d{9}$/.test(text) ? `+${text}` : (parseMobile(text)?.e164 ?? null);
}
