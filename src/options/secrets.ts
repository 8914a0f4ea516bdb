import { tidy } from './checks.js';
import { HiddenValue, OtpConfigError, fail } from './config-error.js';
import type { OtpOptions } from './otp.options.js';

/**
 * Values that pages or examples of this project have printed: whoever has read one can forge proofs. A value
 * that a page ever prints for more than a test belongs here (test/docs/published-secrets.spec.ts).
 */
const PUBLISHED: ReadonlySet<string> = new Set([
  'replace-me-with-48-random-bytes-in-base64',
  'only-for-this-first-try-only-for-this-first-try',
  'only-for-the-simulated-ANTS-of-this-example',
  'a-secret-of-an-app-with-more-than-32-characters',
]);

/** Where a secret may be as simple as a test writes it. */
const LENIENT = ['development', 'test'];

const MIN_DIFFERENT_CHARACTERS = 10;

/** Prints a new secret; `openssl rand -base64 48` does the same. */
const COMMAND = `node -e "console.log(require('crypto').randomBytes(48).toString('base64'))"`;

/** Checks one secret. */
type SecretCheck = (option: string, value: unknown) => string;

/** @param nodeEnv `NODE_ENV`; only `development` and `test` allow a secret that can be guessed */
export const secretCheck =
  (nodeEnv: string | undefined): SecretCheck =>
  (option, value) => {
    const secret = longEnough(option, value);
    const problem = weakness(secret, LENIENT.includes(nodeEnv ?? ''));
    if (problem !== null)
      throw new OtpConfigError(option, `option "${option}" ${problem}. Make a new one: ${COMMAND}`);
    return secret;
  };

function weakness(secret: string, lenient: boolean): string | null {
  if (PUBLISHED.has(secret))
    return 'is a value that the documentation has printed, so anybody can forge proofs with it';
  if (lenient) return null;
  const unless = 'which is allowed only with NODE_ENV=development or NODE_ENV=test';
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS)
    return `has fewer than ${MIN_DIFFERENT_CHARACTERS} different characters, ${unless}`;
  return isRepeated(secret) ? `repeats a shorter text, ${unless}` : null;
}

/** Whether it is a shorter text again and again, the last time perhaps cut off: its end is then its beginning. */
function isRepeated(text: string): boolean {
  const longest = Math.floor((2 * text.length) / 3);
  const lengths = Array.from({ length: longest }, (_, i) => i + 1);
  return lengths.some((length) => text.startsWith(text.slice(length)));
}

export function secretRing(options: OtpOptions, check: SecretCheck): string[] {
  if (options.secret !== undefined && options.secrets !== undefined)
    fail('secrets', new HiddenValue(options.secrets), 'left out when "secret" is given');
  if (options.secrets === undefined) return [check('secret', options.secret)];
  if (!Array.isArray(options.secrets) || options.secrets.length === 0)
    fail('secrets', undefined, 'a list of at least one secret, the newest first');
  return options.secrets.map((value, i) => check(`secrets[${i}]`, value));
}

/** A ring that rotates would otherwise drag the look-up along and reset every limit. */
export function lookupSecret(value: unknown, ring: readonly string[], check: SecretCheck): string {
  const [only, ...more] = ring;
  if (value === undefined && more.length === 0) return only as string;
  return check('lookupSecret', value);
}

/** They sign nothing any more, so weak ones are taken: an app must be able to rotate away from one. */
export function formerLookupSecrets(value: unknown, newest: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    fail('formerLookupSecrets', value, 'a list of secrets, the oldest first');
  const former = value.map((item, i) => longEnough(`formerLookupSecrets[${i}]`, item));
  const twin = former.findIndex((item, i) => item === newest || former.indexOf(item) < i);
  if (twin >= 0)
    fail(
      `formerLookupSecrets[${twin}]`,
      former[twin],
      'another secret than "lookupSecret" and the others',
    );
  return former;
}

function longEnough(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.length < 32)
    fail(option, value, `a random text of at least 32 characters (${COMMAND})`);
  return tidy(option, value);
}
