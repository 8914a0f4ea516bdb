import { describe, expect, it } from '@jest/globals';
import { OtpConfigError } from './config-error.js';
import { OtpSettings } from './otp.settings.js';

const SECRET = 'a-secret-of-the-tests-with-more-than-32-characters';
const REQUIRED = { username: 'user', password: 'password', otcId: 'F2A1', secret: SECRET };
const PROVIDER = { send: noop, resend: noop, verify: noop, account: noop, readReports: noop };
function noop(): undefined {
  return undefined;
}

const settings = (options: object): OtpSettings => new OtpSettings({ ...REQUIRED, ...options });
function errorOf(options: object): OtpConfigError {
  try {
    settings(options);
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw error;
  }
  throw new Error('These options were accepted.');
}

/** Every option that is a text, with a good value. */
const TEXTS: [option: string, good: string, options: (value: string) => object][] = [
  ['username', 'shop-account', (username) => ({ username })],
  ['password', 'hunter2hunter2', (password) => ({ password })],
  ['token', 't0k3n-of-1234', (token) => ({ auth: 'bearer', token })],
  ['otcId', '5F0C7A4E-6B1D', (otcId) => ({ otcId })],
  ['secret', SECRET, (secret) => ({ secret })],
  [
    'secrets[1]',
    SECRET,
    (old) => ({ secret: undefined, secrets: [SECRET, old], lookupSecret: SECRET }),
  ],
  ['lookupSecret', SECRET, (lookupSecret) => ({ lookupSecret })],
  ['formerLookupSecrets[0]', `${SECRET}-former`, (former) => ({ formerLookupSecrets: [former] })],
  ['publicUrl', 'https://shop.example', (publicUrl) => ({ publicUrl })],
  ['baseUrl', 'https://ants.example', (baseUrl) => ({ baseUrl })],
  ['proxy', 'http://user:p4ss@proxy.example:3128', (proxy) => ({ proxy })],
  ['webhookAuth.username', 'ants', (username) => ({ webhookAuth: { username, password: 'p' } })],
  [
    'webhookAuth.password',
    'p4ssw0rd',
    (password) => ({ webhookAuth: { username: 'u', password } }),
  ],
  ['webhookAddresses[1]', '203.0.113.0/24', (other) => ({ webhookAddresses: ['::1', other] })],
  ['notifyHosts[0]', 'hooks.example', (host) => ({ notifyHosts: [host] })],
  [
    'notifyUrl',
    'https://hooks.example/otp',
    (notifyUrl) => ({ notifyUrl, notifyHosts: ['hooks.example'] }),
  ],
  ['callbackData', 'order 7', (callbackData) => ({ callbackData })],
  ['blockedNumbers[0]', '081', (number) => ({ blockedNumbers: [number] })],
  ['safeNumbers[0]', '0812345678', (number) => ({ safeNumbers: [number] })],
  [
    'testNumbers[0].mobile',
    '0812345678',
    (mobile) => ({ testNumbers: [{ mobile, code: '424242' }] }),
  ],
  ['purposes.login.otcId', 'B7C2', (otcId) => ({ purposes: { login: { otcId } } })],
  ['proof.header', 'x-otp-proof', (header) => ({ proof: { header } })],
];

const BLANKS = 'begins or ends with a blank, a line end or an invisible character; remove it';
const CONTROL = 'contains a control character, such as a line end or a tab; remove it';
const QUOTES =
  'begins and ends with a quotation mark; remove both: a .env file takes quotes away, but docker --env-file and most dashboards keep them';

const SPOILED: [what: string, spoil: (good: string) => string, problem: string][] = [
  ['a trailing line end', (good) => `${good}\n`, BLANKS],
  ['the line end of Windows', (good) => `${good}\r\n`, BLANKS],
  ['a leading blank', (good) => ` ${good}`, BLANKS],
  ['a trailing blank', (good) => `${good} `, BLANKS],
  ['a trailing tab', (good) => `${good}\t`, BLANKS],
  ['a trailing no-break space', (good) => `${good}\u00a0`, BLANKS],
  ['a byte order mark', (good) => `\ufeff${good}`, BLANKS],
  ['a zero-width space', (good) => `${good}\u200b`, BLANKS],
  ['a line end inside', (good) => `${good}\n${good}`, CONTROL],
  ['an escape sequence', (good) => `${good.slice(0, 1)}\u001b[1m${good.slice(1)}`, CONTROL],
  ['double quotes', (good) => `"${good}"`, QUOTES],
  ['single quotes', (good) => `'${good}'`, QUOTES],
  ['backticks', (good) => `\`${good}\``, QUOTES],
  ['typographic quotes', (good) => `“${good}”`, QUOTES],
];

describe.each(TEXTS)('%s', (option, good, options) => {
  it('is taken as it should be', () => {
    expect(() => settings(options(good))).not.toThrow();
  });

  it.each(SPOILED)('with %s is refused by its name, and not shown', (_, spoil, problem) => {
    const value = spoil(good);
    const error = errorOf(options(value));
    expect(error.option).toBe(option);
    expect(error.message).toBe(
      `OtpModule: option "${option}" ${problem} (its value, ${value.length} characters, is not shown).`,
    );
    expect(error.message).not.toContain(good);
  });
});

describe('a password', () => {
  it.each(['"', "'", 'a"b"', '"begins', "ends'", `"two'`, 'in ner', 'รหัส ผ่าน', '👨‍💻'])(
    'may be %s',
    (password) => {
      expect(settings({ password }).account).toMatchObject({ password });
    },
  );
});

describe('an account of another provider', () => {
  it('needs no otcId, but a clean one', () => {
    const own = { username: undefined, password: undefined, provider: PROVIDER };
    expect(errorOf({ ...own, otcId: 'F2A1\n' }).option).toBe('otcId');
  });
});

it.each(['x otp proof', 'x-otp:proof', 'รหัส'])('a header is not named %j', (header) => {
  expect(errorOf({ proof: { header } }).message).toContain(
    'option "proof.header" must be the name of a header',
  );
});
