import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { OtpConfigError } from './config-error.js';
import { OtpSettings } from './otp.settings.js';
import type { OtpOptions } from './otp.options.js';

const ACCOUNT = { username: 'user', password: 'password', otcId: 'F2A1', dailyBudget: false };
const GOOD = randomBytes(48).toString('base64');
const OTHER = randomBytes(48).toString('base64');
const COMMAND = `node -e "console.log(require('crypto').randomBytes(48).toString('base64'))"`;

const boot = (options: OtpOptions, nodeEnv?: string): OtpSettings =>
  new OtpSettings({ ...ACCOUNT, ...options } as OtpOptions, nodeEnv);
function errorOf(options: OtpOptions, nodeEnv?: string): OtpConfigError {
  try {
    boot(options, nodeEnv);
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw error;
  }
  throw new Error('These options were accepted.');
}

/** Each place where a secret signs, seals or keys. */
const PLACES: [option: string, options: (secret: string) => OtpOptions][] = [
  ['secret', (secret) => ({ secret })],
  ['secrets[0]', (secret) => ({ secrets: [secret, GOOD], lookupSecret: GOOD })],
  ['secrets[1]', (secret) => ({ secrets: [GOOD, secret], lookupSecret: GOOD })],
  ['lookupSecret', (secret) => ({ secret: GOOD, lookupSecret: secret })],
];
const ENVIRONMENTS = ['production', undefined, '', 'staging', 'Production', 'development', 'test'];
const LENIENT = ['development', 'test'];

describe.each([
  'replace-me-with-48-random-bytes-in-base64',
  'only-for-this-first-try-only-for-this-first-try',
  'only-for-the-simulated-ANTS-of-this-example',
])('the published secret %s', (published) => {
  it.each(ENVIRONMENTS.flatMap((env) => PLACES.map((place) => [env, ...place] as const)))(
    'is refused with NODE_ENV=%s as %s',
    (nodeEnv, option, options) => {
      const error = errorOf(options(published), nodeEnv);
      expect(error.option).toBe(option);
      expect(error.message).toBe(
        `OtpModule: option "${option}" is a value that the documentation has printed, so anybody can forge proofs with it. Make a new one: ${COMMAND}`,
      );
    },
  );
});

describe.each([
  ['a'.repeat(32), 'has fewer than 10 different characters'],
  ['123456789'.repeat(5), 'has fewer than 10 different characters'],
  ['abcdefghijkl'.repeat(3), 'repeats a shorter text'],
  ['only-for-tests-only-for-tests-only-for-tests', 'repeats a shorter text'],
  ['only-for-development-only-for-development', 'repeats a shorter text'],
  [GOOD.slice(0, 20) + GOOD.slice(0, 20), 'repeats a shorter text'],
])('the weak secret %s', (weak, why) => {
  it.each(
    ENVIRONMENTS.filter((env) => !LENIENT.includes(env ?? '')).flatMap((env) =>
      PLACES.map((place) => [env, ...place] as const),
    ),
  )('is refused with NODE_ENV=%s as %s', (nodeEnv, option, options) => {
    const error = errorOf(options(weak), nodeEnv);
    expect(error.option).toBe(option);
    expect(error.message).toBe(
      `OtpModule: option "${option}" ${why}, which is allowed only with NODE_ENV=development or NODE_ENV=test. Make a new one: ${COMMAND}`,
    );
  });

  it.each(LENIENT.flatMap((env) => PLACES.map((place) => [env, ...place] as const)))(
    'is taken with NODE_ENV=%s as %s',
    (nodeEnv, _, options) => {
      expect(() => boot(options(weak), nodeEnv)).not.toThrow();
    },
  );

  it('may be a former look-up secret, so that an app can rotate away from it', () => {
    const options = { secret: GOOD, lookupSecret: OTHER, formerLookupSecrets: [weak] };
    expect(boot(options, 'production').formerLookupSecrets).toEqual([weak]);
  });
});

describe('a secret that the command printed', () => {
  it.each(PLACES)('is taken in production as %s', (_, options) => {
    expect(() => boot(options(OTHER), 'production')).not.toThrow();
  });

  it.each(['hex', 'base64url'] as const)('is taken in %s', (encoding) => {
    const secret = randomBytes(48).toString(encoding);
    expect(boot({ secret }, 'production').secrets).toEqual([secret]);
  });

  it('with exactly 10 different characters is taken', () => {
    const secret = 'aaaaaaaaaaaaaaaaaaaaaaabcdefghij';
    expect(boot({ secret }, 'production').secrets).toEqual([secret]);
  });
});
