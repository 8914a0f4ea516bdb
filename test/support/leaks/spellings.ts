import { createHash } from 'node:crypto';
import { parseMobile } from '../../../src/domain/mobile.js';
import type { NotedSecret } from './run-record.js';

/** How one secret could be written, by the way it is looked for. */
export interface Spellings {
  /** Runs of digits, with or without separators. */
  digits?: string[];
  /** Runs of letters, digits, `-` and `_`: base64url and hex. */
  words?: string[];
  /** Anywhere in a text. */
  texts?: string[];
}

/** Shorter ones stand in logs and rows by accident: a port, a part of a second. */
const SHORTEST = 8;
/** The example in the message of `invalid_mobile` and on every page. */
const EXAMPLE = '+66812345678';

/** Every spelling of a secret that would betray it, an unkeyed hash of what can be guessed among them. */
export function spellingsOf({ kind, value }: Pick<NotedSecret, 'kind' | 'value'>): Spellings {
  switch (kind) {
    case 'code':
      return isLong(value) ? { digits: [value], words: hashesOf(value) } : {};
    case 'number':
      return spellingsOfNumber(value);
    case 'ticket':
      return { words: [value, hexOf(value)] };
    case 'webhook token': {
      const mac = Buffer.from(value, 'base64url').subarray(16);
      return { words: [value, hexOf(value), mac.toString('hex'), mac.toString('base64url')] };
    }
    case 'proof': {
      // The header is the same in all of them.
      const [, claims, signature] = value.split('.');
      return { words: [claims, signature].filter((part) => part !== undefined) };
    }
    case 'SMS text':
      return { texts: [value] };
    case 'credential':
      return isLong(value)
        ? { texts: [value, encodeURIComponent(value), Buffer.from(value).toString('base64')] }
        : {};
  }
}

function spellingsOfNumber(value: string): Spellings {
  const mobile = parseMobile(value);
  if (!mobile || mobile.e164 === EXAMPLE) return {};
  const national = mobile.wire.slice(2);
  const digits = [national, `0${national}`, `66${national}`, `0066${national}`];
  return { digits, words: [...digits, mobile.e164].flatMap(hashesOf) };
}

function hashesOf(value: string): string[] {
  return ['md5', 'sha1', 'sha256'].flatMap((name) => {
    const hash = createHash(name).update(value).digest();
    return [hash.toString('hex'), hash.toString('base64url')];
  });
}

const hexOf = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');
const isLong = (value: string): boolean => value.length >= SHORTEST;
