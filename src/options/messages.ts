import { OTP_ERRORS } from '../domain/errors.js';
import type { OtpErrorCode } from '../domain/errors.js';
import type { NoticeFacts } from '../domain/notice.js';
import type { Sentence } from '../domain/sentence.js';
import { fail } from './config-error.js';

/** An app's own sentences of one language; what is left out is said as the module says it. */
export type OtpSentences = Partial<Record<OtpErrorCode, Sentence>> & {
  /** What a screen should say of an OTP: `message` of its status. */
  notice?: (facts: NoticeFacts) => string;
};

/** Sentences by language, a BCP 47 tag such as `th` or `zh-Hans`. */
export type OtpMessages = Readonly<Record<string, OtpSentences>>;

/** The languages that this module speaks by itself. */
export const OWN_LANGUAGES = ['en', 'th'] as const;

export function messages(given: unknown): OtpMessages {
  const languages = Object.entries(
    objectOf('messages', given, 'an object of sentences by language'),
  );
  return Object.fromEntries(
    languages.map(([tag, sentences]) => [
      languageTag(tag),
      ownSentences(`messages.${tag}`, sentences),
    ]),
  );
}

function languageTag(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? tag;
  } catch {
    return fail('messages', tag, 'sentences by language, such as th, lo or zh-Hans');
  }
}

function ownSentences(option: string, given: unknown): OtpSentences {
  const sentences = objectOf(option, given, 'an object of sentences by error code');
  for (const [code, sentence] of Object.entries(sentences)) {
    if (code === 'notice') {
      if (typeof sentence !== 'function') fail(`${option}.notice`, sentence, 'a function');
    } else if (!Object.hasOwn(OTP_ERRORS, code)) {
      fail(option, code, 'sentences by error code (docs/errors.md) or "notice"');
    } else if (
      typeof sentence !== 'function' &&
      (typeof sentence !== 'string' || !sentence.trim())
    ) {
      fail(`${option}.${code}`, sentence, 'a text that is not empty, or a function that gives one');
    }
  }
  return sentences;
}

function objectOf(option: string, value: unknown, expected: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail(option, value, expected);
  return value as Record<string, unknown>;
}
