/** What a sentence about a refusal can say. */
export interface SentenceFacts {
  /** When to try again, in the sentence's own language: `in 2 minutes`. */
  when?: string;
  /** The same in whole seconds. */
  retryAfter?: number;
  /** Wrong codes still allowed for this OTP. */
  attemptsLeft?: number;
  /** The reference code of the newest SMS. */
  referenceCode?: string;
  /** What `beforeSend` wants the client to answer. */
  challenge?: unknown;
  /** Says in English more exactly what is wrong, such as which field. */
  detail?: string;
}

/** What a person reads: a text, or one made of the facts. */
export type Sentence = string | ((facts: SentenceFacts) => string);

/** Says a sentence in its language, a BCP 47 tag. */
export function say(
  sentence: Sentence,
  language: string,
  facts: Omit<SentenceFacts, 'when'>,
): string {
  if (typeof sentence === 'string') return sentence;
  const { retryAfter, attemptsLeft, referenceCode, challenge, detail } = facts;
  const when = retryAfter === undefined ? undefined : whenOf(retryAfter, language);
  return sentence({ when, retryAfter, attemptsLeft, referenceCode, challenge, detail });
}

const UNITS = [
  { unit: 'second', seconds: 1, below: 100 },
  { unit: 'minute', seconds: 60, below: 100 * 60 },
  { unit: 'hour', seconds: 3600, below: 48 * 3600 },
] as const;
const DAY = { unit: 'day', seconds: 86_400 } as const;

/** A wait for people: `in 42 seconds`, `in 2 minutes`. Rounded up, so that nobody comes too early. */
export function whenOf(wait: number, language: string): string {
  const { unit, seconds } = UNITS.find(({ below }) => wait < below) ?? DAY;
  // A language that Node does not know is read as English, not as that of the machine.
  return new Intl.RelativeTimeFormat([language, 'en']).format(Math.ceil(wait / seconds), unit);
}
