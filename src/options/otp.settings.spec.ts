import { describe, expect, it } from '@jest/globals';
import { MAX_CALLBACK_DATA, MAX_NOTIFY_URL, notifyUrlProblem } from './notify.js';
import { OtpConfigError } from './config-error.js';
import { OtpSettings } from './otp.settings.js';
import type { OtpOptions } from './otp.options.js';

const SECRET = 'a-secret-of-the-tests-'.padEnd(40, 's');
const OTHER = 'another-secret-'.padEnd(40, 'o');
const REQUIRED = { username: 'user', password: 'password', otcId: 'F2A1', secret: SECRET };

const noop = () => undefined;

/** Options as plain JavaScript may give them. */
type Loose = { [K in keyof OtpOptions]?: unknown };
const settings = (options: Loose = {}): OtpSettings =>
  new OtpSettings({ ...REQUIRED, ...options } as unknown as OtpOptions);
function errorOf(options: Loose): OtpConfigError {
  try {
    settings(options);
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw error;
  }
  throw new Error('These options were accepted.');
}

describe('a check of the options', () => {
  const whole = (min: number, max: number): string => `a whole number from ${min} to ${max}`;
  const NAME = 'a name of letters, digits, ".", "_" or "-" (at most 64)';
  const https =
    'an https address without credentials, query or fragment (http needs allowInsecure)';

  it.each<[option: string, options: Loose, expected: string, got: string]>([
    ['otcId', { otcId: ' ' }, 'a text that is not empty', '" "'],
    ['publicUrl', { publicUrl: '' }, https, '""'],
    ['publicUrl', { publicUrl: 'shop.example' }, https, '"shop.example"'],
    ['publicUrl', { publicUrl: 'http://shop.example' }, https, '"http://shop.example"'],
    ['publicUrl', { publicUrl: 'https://shop.example/?a=1' }, https, '"https://shop.example/?a=1"'],
    ['publicUrl', { publicUrl: 'https://shop.example/#a' }, https, '"https://shop.example/#a"'],
    ['publicUrl', { publicUrl: null }, https, 'null'],
    ['baseUrl', { baseUrl: 'ftp://ants.example' }, https, '"ftp://ants.example"'],
    [
      'baseUrl',
      { baseUrl: 'ftp://ants.example', allowInsecure: true },
      'an http(s) address without credentials, query or fragment',
      '"ftp://ants.example"',
    ],
    [
      'instance',
      { instance: 'my shop' },
      'a name of letters, digits, ".", "_" or "-" (at most 64)',
      '"my shop"',
    ],
    [
      'instance',
      { instance: 'a'.repeat(65) },
      'a name of letters, digits, ".", "_" or "-" (at most 64)',
      `"${'a'.repeat(65)}"`,
    ],
    ['timeouts.connect', { timeouts: { connect: 0 } }, whole(1, 10_000), '0'],
    ['timeouts.call', { timeouts: { call: 12_001 } }, whole(1, 12_000), '12001'],
    ['proof.ttl', { proof: { ttl: 1.5 } }, whole(1, 86_400), '1.5'],
    ['proof.header', { proof: { header: '' } }, 'a text that is not empty', '""'],
    ['proof.from', { proof: { from: 'query' } }, 'one of header, cookie, body', '"query"'],
    ['proof.cookie', { proof: { cookie: 'a=b' } }, NAME, '"a=b"'],
    ['proof.field', { proof: { field: 'a b' } }, NAME, '"a b"'],
    ['proof.subject', { proof: { subject: 'user' } }, 'a function', '"user"'],
    ['proof.required.purpose', { proof: { required: {} } }, NAME, 'nothing'],
    ['auth', { auth: 'digest' }, 'one of basic, bearer', '"digest"'],
    [
      'auth',
      { token: 't0k3n' },
      '"basic" or "bearer" when both a token and a user name are given',
      'nothing',
    ],
    ['username', { username: undefined, auth: 'basic' }, 'a text that is not empty', 'nothing'],
    [
      'token',
      { auth: 'bearer' },
      'a text of ASCII letters, digits and signs, without blanks',
      'nothing',
    ],
    ['resendBody', { resendBody: 'otpID' }, 'one of otpId, otcId, both', '"otpID"'],
    ['verifyFlags', { verifyFlags: 'right' }, 'one of limit, wrong, swapped', '"right"'],
    ['refusalStatus', { refusalStatus: 400 }, 'one of 401, 403', '400'],
    ['language', { language: 'de' }, 'one of en, th', '"de"'],
    ['language', { language: 'de', messages: { lo: {} } }, 'one of en, th, lo', '"de"'],
    ['acceptLanguage', { acceptLanguage: 'no' }, 'one of true, false', '"no"'],
    ['messages', { messages: 'th' }, 'an object of sentences by language', '"th"'],
    [
      'messages',
      { messages: { zh_CN: {} } },
      'sentences by language, such as th, lo or zh-Hans',
      '"zh_CN"',
    ],
    [
      'messages.th',
      { messages: { th: { wrong_cod: 'ผิด' } } },
      'sentences by error code (docs/errors.md) or "notice"',
      '"wrong_cod"',
    ],
    [
      'messages.th',
      { messages: { th: { toString: 'ผิด' } } },
      'sentences by error code (docs/errors.md) or "notice"',
      '"toString"',
    ],
    ['messages.lo', { messages: { lo: [] } }, 'an object of sentences by error code', '[]'],
    [
      'messages.th.wrong_code',
      { messages: { th: { wrong_code: ' ' } } },
      'a text that is not empty, or a function that gives one',
      '" "',
    ],
    ['messages.th.notice', { messages: { th: { notice: 'ส่งแล้ว' } } }, 'a function', '"ส่งแล้ว"'],
    ['sweepEvery', { sweepEvery: 0 }, whole(1, 3600), '0'],
    ['sweepEvery', { sweepEvery: true }, whole(1, 3600), 'true'],
    ['maxStreamsPerIp', { maxStreamsPerIp: 0 }, whole(1, 10_000), '0'],
    ['maxStreamsPerIp', { maxStreamsPerIp: 10_001 }, whole(1, 10_000), '10001'],
    [
      'webhookAddresses',
      { webhookAddresses: [] },
      'a list of at least one address or network',
      '[]',
    ],
    [
      'webhookAddresses[1]',
      { webhookAddresses: ['203.0.113.7', '203.0.113.0/33'] },
      'an IPv4 or IPv6 address, or a network such as 203.0.113.0/24',
      '"203.0.113.0/33"',
    ],
    ['ttl', { ttl: 601 }, whole(30, 600), '601'],
    ['ttl', { ttl: 29 }, whole(30, 600), '29'],
    ['ttl', { ttl: '300' }, whole(30, 600), '"300"'],
    ['maxAttempts', { maxAttempts: 0 }, whole(1, 100), '0'],
    ['maxResends', { maxResends: -1 }, whole(0, 100), '-1'],
    ['lockout.perHour', { lockout: { perHour: 21 } }, whole(1, 20), '21'],
    ['lockout.perDay', { lockout: { perDay: 0 } }, whole(1, 1000), '0'],
    ['lockout.seconds', { lockout: { seconds: 1.5 } }, whole(1, 86_400), '1.5'],
    ['retention.otps', { retention: { otps: 3 } }, whole(4, 3650), '3'],
    ['retention.history', { retention: { otps: 30, history: 31 } }, whole(4, 30), '31'],
    ...['forever', 'toString', 30, true].map((retention): [string, object, string, string] => [
      'retention',
      { retention },
      'an object with days, false, or one of "pdpa-short", "pdpa-90-days"',
      JSON.stringify(retention),
    ]),
    ['sendLimit.perHour', { sendLimit: { perHour: 11 } }, whole(1, 10), '11'],
    ['subjectSendLimit.perDay', { subjectSendLimit: { perDay: 0 } }, whole(1, 10_000), '0'],
    ['blockLimit', { blockLimit: 0 }, whole(1, 10_000), '0'],
    ['ipLimit.ipv4', { ipLimit: { ipv4: 0 } }, whole(1, 10_000), '0'],
    ['ipLimit.ipv6', { ipLimit: { ipv6: 1.5 } }, whole(1, 10_000), '1.5'],
    ['ipTrusted', { ipTrusted: 'yes' }, 'one of true, false', '"yes"'],
    ['dailyBudget', { dailyBudget: 0 }, whole(1, 100_000_000), '0'],
    ['dailyBudget', { dailyBudget: NaN }, whole(1, 100_000_000), 'NaN'],
    ['cooldown', { cooldown: [] }, 'a list of 1 to 10 waits in seconds', '[]'],
    ['cooldown', { cooldown: 60 }, 'a list of 1 to 10 waits in seconds', '60'],
    ['cooldown[1]', { cooldown: [60, 0] }, whole(1, 86_400), '0'],
    [
      'notifyContentType',
      { notifyContentType: 'text/xml' },
      'one of application/json, application/xml',
      '"text/xml"',
    ],
    [
      'notifyUrl',
      { notifyUrl: 'https://x.example/' },
      'an address whose host stands in "notifyHosts"',
      '"https://x.example/"',
    ],
    ['callbackData', { callbackData: 17 }, 'a text of at most 200 characters', '17'],
    ['callbackData', { callbackData: 'a\0b' }, 'a text of at most 200 characters', '"a\\u0000b"'],
    ['notifyHosts', { notifyHosts: 'hooks.example' }, 'a list of texts', '"hooks.example"'],
    ['ttl', { ttl: NaN }, whole(30, 600), 'NaN'],
    [
      'purposes',
      { purposes: { 'a b': {} } },
      'a name of letters, digits, ".", "_" or "-" (at most 64)',
      '"a b"',
    ],
    ['purposes.login.ttl', { purposes: { login: { ttl: 601 } } }, whole(30, 600), '601'],
    [
      'purposes.login.cooldown[0]',
      { purposes: { login: { cooldown: [1.5] } } },
      whole(1, 86_400),
      '1.5',
    ],
    [
      'purposes.login.otcId',
      { purposes: { login: { otcId: '' } } },
      'a text that is not empty',
      '""',
    ],
  ])('names %s, what it must be and what it was: %j', (option, options, expected, got) => {
    const error = errorOf(options);
    expect(error.option).toBe(option);
    expect(error.message).toBe(`OtpModule: option "${option}" must be ${expected}, got ${got}.`);
  });

  it.each(['username', 'password', 'otcId', 'secret'] as const)('misses %s', (option) => {
    expect(errorOf({ [option]: undefined })).toMatchObject({ name: 'OtpConfigError', option });
  });

  it('says that a missing option is missing', () => {
    expect(errorOf({ username: undefined }).message).toContain('got nothing.');
  });

  it('shortens a long value', () => {
    expect(errorOf({ instance: 'a'.repeat(10_000) }).message.length).toBeLessThan(400);
  });
});

describe('secrets', () => {
  it.each<[string, Loose, string]>([
    ['secret', { secret: 'short-secret-value' }, '18 characters (not shown)'],
    ['secret', { secret: 1234567890 }, 'number'],
    [
      'secrets[1]',
      { secret: undefined, secrets: [SECRET, 'short-secret-value'] },
      '18 characters (not shown)',
    ],
    ['lookupSecret', { lookupSecret: 'short-secret-value' }, '18 characters (not shown)'],
    [
      'formerLookupSecrets',
      { formerLookupSecrets: SECRET },
      `${SECRET.length} characters (not shown)`,
    ],
    [
      'formerLookupSecrets[1]',
      { formerLookupSecrets: [OTHER, 'short-secret-value'] },
      '18 characters (not shown)',
    ],
    [
      'formerLookupSecrets[0]',
      { lookupSecret: OTHER, formerLookupSecrets: [OTHER] },
      `${OTHER.length} characters (not shown)`,
    ],
    [
      'formerLookupSecrets[1]',
      { formerLookupSecrets: [OTHER, OTHER] },
      `${OTHER.length} characters (not shown)`,
    ],
    ['password', { password: 1234567890 }, 'number'],
    ['password', { password: ['hunter2'] }, 'object'],
    ['username', { username: 1234567890 }, 'number'],
    ['username', { username: 'hunter2:hunter2' }, '15 characters (not shown)'],
    ['token', { auth: 'bearer', token: 'hunter2 hunter2' }, '15 characters (not shown)'],
    ['proxy', { proxy: 'socks5://hunter2@proxy.example' }, '30 characters (not shown)'],
    ['webhookAuth', { webhookAuth: 'hunter2:hunter2' }, '15 characters (not shown)'],
    [
      'webhookAuth.username',
      { webhookAuth: { username: 'hunter2:hunter2', password: 'x' } },
      '15 characters (not shown)',
    ],
    ['webhookAuth.password', { webhookAuth: { username: 'ants', password: 1234567890 } }, 'number'],
  ])('are not shown: %s', (option, options, got) => {
    const { message } = errorOf(options);
    expect(message).toContain(`"${option}"`);
    expect(message).toMatch(new RegExp(`got ${got.replace(/[()]/g, '\\$&')}\\.$`));
  });

  it.each(['publicUrl', 'baseUrl', 'notifyUrl'])('are not shown as a part of %s', (option) => {
    const { message } = errorOf({ [option]: 'https://user:hunter2-hunter2@ants.example' });
    expect(message).not.toContain('hunter2');
  });

  it.each(['publicUrl', 'baseUrl'])('have no place in %s, not even without a user', (option) => {
    expect(errorOf({ [option]: 'https://:hunter2@ants.example' }).option).toBe(option);
  });

  it('have 32 characters or more', () => {
    const secret = 'abcdefghijklmnopqrstuvwxyz012345';
    expect(errorOf({ secret: secret.slice(1) }).option).toBe('secret');
    expect(settings({ secret }).secrets).toEqual([secret]);
  });

  it.each([[[]], ['abc'], [null]])('form a ring of at least one: %j', (secrets) => {
    expect(errorOf({ secret: undefined, secrets }).option).toBe('secrets');
  });

  it('are one or a ring, not both', () => {
    expect(errorOf({ secrets: [OTHER] }).message).toContain('left out when "secret" is given');
  });

  it('keep their order in the ring', () => {
    const ring = settings({ secret: undefined, secrets: [OTHER, SECRET], lookupSecret: SECRET });
    expect(ring.secrets).toEqual([OTHER, SECRET]);
  });

  it('look numbers up with the only secret', () => {
    expect(settings().lookupSecret).toBe(SECRET);
  });

  it('look numbers up with the one that is named', () => {
    expect(settings({ lookupSecret: OTHER }).lookupSecret).toBe(OTHER);
  });

  it('need a name for the one that looks numbers up once there are two', () => {
    expect(errorOf({ secret: undefined, secrets: [OTHER, SECRET] }).option).toBe('lookupSecret');
  });
});

/** `test/docs/docs.spec.ts` compares every default that docs/options.md gives as a value. */
describe('defaults', () => {
  it('that docs/options.md gives in words', () => {
    const { retention, ...given } = settings();
    expect(retention).toEqual({ otps: 90, history: 90 });
    expect([given.webhookAuth, given.webhookAddresses, given.publicUrl]).toEqual([
      null,
      null,
      null,
    ]);
    expect(settings().policy('any')).toMatchObject({
      sendLimit: { perHour: 5, perDay: 10 },
      subjectSendLimit: { perHour: 20, perDay: 40 },
    });
  });

  it('go through no former look-up secret, or through those that are named', () => {
    expect(settings().formerLookupSecrets).toEqual([]);
    expect(settings({ formerLookupSecrets: [OTHER] }).formerLookupSecrets).toEqual([OTHER]);
  });

  it.each([
    ['pdpa-short', 7],
    ['pdpa-90-days', 94],
  ] as const)('keep OTPs under %s for %i days', (retention, days) => {
    expect(settings({ retention }).retention).toEqual({ otps: days, history: days });
  });

  it('leave the daily budget open, but not in production', () => {
    expect(settings().dailyBudget).toBe(false);
    const options = { ...REQUIRED, dailyBudget: undefined };
    expect(() => new OtpSettings(options, 'production')).toThrow(
      'OtpModule: option "dailyBudget" must be the number of SMS a day may cost you, or false for no budget, in production, got nothing.',
    );
    expect(new OtpSettings({ ...options, dailyBudget: false }, 'production').dailyBudget).toBe(
      false,
    );
    expect(
      new OtpSettings({ ...options, dailyBudget: 500 }, 'production').sendRules[''],
    ).toMatchObject({
      day: { budget: 500, enforced: true },
    });
  });

  it('leave one half of a pair alone when the other is set', () => {
    const { timeouts, proof } = settings({ timeouts: { call: 5000 }, proof: { header: 'X-Otp' } });
    expect([timeouts, proof]).toMatchObject([
      { connect: 3000, call: 5000 },
      { ttl: 600, header: 'x-otp' },
    ]);
  });
});

describe('the credential', () => {
  it.each<[string, Loose, object]>([
    ['basic', {}, { auth: 'basic', username: 'user', password: 'password' }],
    [
      'bearer for a token alone',
      { username: undefined, password: undefined, token: 't0k3n' },
      { auth: 'bearer', token: 't0k3n' },
    ],
    [
      'basic on demand',
      { auth: 'basic', token: 't0k3n' },
      { auth: 'basic', username: 'user', password: 'password' },
    ],
    [
      'bearer on demand',
      { auth: 'bearer', token: 'a.b-c_d~e+f/g==' },
      { auth: 'bearer', token: 'a.b-c_d~e+f/g==' },
    ],
  ])('is %s', (_, options, expected) => {
    expect(settings(options).account).toEqual(expected);
  });

  it.each(['password', 'token'] as const)('is half a pair without a %s', (missing) => {
    const options = missing === 'token' ? { auth: 'bearer' } : { password: undefined };
    expect(errorOf(options).option).toBe(missing);
  });
});

describe('a provider of your own', () => {
  const methods = { send: noop, resend: noop, verify: noop };
  const provider = { ...methods, account: noop, readReports: noop };

  it('needs no account at ANTS and no otcId', () => {
    const own = new OtpSettings({ secret: SECRET, provider } as unknown as OtpOptions);
    expect(own.account).toEqual({ auth: 'own', provider });
    expect(own.policy('login').otcId).toBe('none');
  });

  it.each([
    null,
    'console',
    {},
    { ...provider, verify: undefined },
    { ...methods, readReports: noop },
  ])('is not %j', (bad) => {
    expect(errorOf({ provider: bad }).option).toBe('provider');
  });

  it('is not shown', () => {
    expect(errorOf({ provider: { apiKey: 'hunter2' } }).message).toMatch(/got object\.$/);
  });
});

describe('numbers for tests', () => {
  const test = { mobile: '081-234-5678', code: '424242' };
  const until = Date.UTC(2027, 0, 1);

  it('have their code until their time is over', () => {
    const given = settings({ testNumbers: [{ ...test, validUntil: new Date(until) }] });
    expect(given.testCode('+66812345678', until - 1)).toBe('424242');
    expect(given.testCode('+66812345678', until)).toBeNull();
    expect(given.testCode('+66812345679', until - 1)).toBeNull();
  });

  it('have it for ever without a time, but not in production', () => {
    expect(settings({ testNumbers: [test] }).testCode('+66812345678', 8e15)).toBe('424242');
    const inProduction = () =>
      new OtpSettings({ ...REQUIRED, dailyBudget: false, testNumbers: [test] }, 'production');
    expect(inProduction).toThrow(
      'option "testNumbers[0].validUntil" must be a date, in production, got nothing',
    );
  });

  it.each<[string, unknown, string]>([
    ['no list', 'x', 'testNumbers'],
    ['the beginning of a number', [{ ...test, mobile: '081' }], 'testNumbers[0].mobile'],
    ['nothing', [null], 'testNumbers[0].mobile'],
    ['twice the same', [test, { ...test, mobile: '+66812345678' }], 'testNumbers[1].mobile'],
    ['a short code', [{ ...test, code: '123' }], 'testNumbers[0].code'],
    ['a code that is a number', [{ ...test, code: 424242 }], 'testNumbers[0].code'],
    ['no date', [{ ...test, validUntil: 'soon' }], 'testNumbers[0].validUntil'],
  ])('are not %s, and nothing of them is shown', (_, testNumbers, option) => {
    const { option: named, message } = errorOf({ testNumbers });
    expect(named).toBe(option);
    expect(message).not.toMatch(/4242|"081"|1234567[^8]/);
  });
});

describe('a proxy', () => {
  it.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128/'],
    ['http://user:p%40%3A%23@[::1]:8080', 'http://user:p%40%3A%23@[::1]:8080/'],
  ])('is %s', (proxy, expected) => {
    expect(settings({ proxy }).proxy).toBe(expected);
  });

  it.each([
    '',
    'proxy:3128',
    'https://proxy.example',
    'http://p.example/x',
    'http://p.example/?x=1',
    'http://u:%ff@p.example',
  ])('is not "%s"', (proxy) => {
    expect(errorOf({ proxy }).option).toBe('proxy');
  });
});

describe('addresses', () => {
  it.each([
    ['https://shop.example/', 'https://shop.example'],
    ['https://shop.example/api//', 'https://shop.example/api'],
    ['https://shop.example:8443', 'https://shop.example:8443'],
  ])('lose their last slash: %s', (publicUrl, expected) => {
    expect(settings({ publicUrl }).publicUrl).toBe(expected);
  });

  it('may be http for the simulator', () => {
    const { baseUrl } = settings({ baseUrl: 'http://127.0.0.1:4010', allowInsecure: true });
    expect(baseUrl).toBe('http://127.0.0.1:4010');
  });

  it.each<[string, unknown, string | null]>([
    ['a listed host', 'https://hooks.example/otp', null],
    ['a listed host with its port', 'http://hooks.example:8080/otp', null],
    [
      'a host that is not listed',
      'https://evil.example/',
      'an address whose host stands in "notifyHosts"',
    ],
    [
      'another port of a listed host',
      'https://hooks.example:1/',
      'an address whose host stands in "notifyHosts"',
    ],
    [
      'a listed host as the user',
      'https://hooks.example@evil.example/',
      'an address without credentials',
    ],
    [
      'a listed host below another one',
      'https://hooks.example.evil.example/',
      'an address whose host stands in "notifyHosts"',
    ],
    [
      'a host that ends like a listed one',
      'https://nothooks.example/',
      'an address whose host stands in "notifyHosts"',
    ],
    ['a password', 'https://:secret@hooks.example/', 'an address without credentials'],
    ['no http', 'ftp://hooks.example/', 'an http(s) address'],
    ['no address', 'hooks', 'an absolute address'],
    ['no text', 7, 'an absolute address'],
    ['150 characters', `https://hooks.example/${'a'.repeat(MAX_NOTIFY_URL - 22)}`, null],
    [
      '151 characters',
      `https://hooks.example/${'a'.repeat(MAX_NOTIFY_URL - 21)}`,
      'at most 150 characters long',
    ],
  ])("of a caller's own receiver: %s", (_, address, problem) => {
    expect(notifyUrlProblem(address, ['hooks.example', 'hooks.example:8080'])).toBe(problem);
  });
});

describe('the addresses of reports', () => {
  const listed = (addresses: unknown[], ip: string): boolean | undefined =>
    settings({ webhookAddresses: addresses }).webhookAddresses?.check(
      ip,
      ip.includes(':') ? 'ipv6' : 'ipv4',
    );

  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.7/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['2001:db8::7', '2001:0db8:0::7', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['0.0.0.0/0', '198.51.100.1', true],
  ])('%s and %s: %s', (address, ip, expected) => {
    expect(listed(['192.0.2.1', address], ip)).toBe(expected);
  });

  it.each(['', '203.0.113', '203.0.113.0/', '/24', '203.0.113.0/-1', '203.0.113.0/2.5', '::/129'])(
    'are not "%s"',
    (address) => {
      expect(errorOf({ webhookAddresses: [address] }).option).toBe('webhookAddresses[0]');
    },
  );

  it.each([' 203.0.113.7', 'ants.example', 'fe80::1%eth0', null, 7])('are not %j', (address) => {
    expect(errorOf({ webhookAddresses: [address] }).option).toBe('webhookAddresses[0]');
  });
});

describe('purposes', () => {
  const shop = settings({
    ttl: 120,
    callbackData: 'shop',
    notifyHosts: ['hooks.example'],
    notifyUrl: 'https://hooks.example/all',
    purposes: {
      transfer: { otcId: 'B7C2', ttl: 60, maxResends: 0, cooldown: [30], callbackData: '' },
      login: {},
    },
  });

  it('override the values of the module', () => {
    expect(shop.policy('transfer')).toMatchObject({
      otcId: 'B7C2',
      ttl: 60,
      maxResends: 0,
      cooldown: [30],
      callbackData: '',
    });
  });

  it('take everything else from the module', () => {
    expect(shop.policy('transfer')).toMatchObject({
      maxAttempts: 5,
      notifyUrl: 'https://hooks.example/all',
    });
  });

  it.each(['login', 'not listed', 'constructor', '__proto__'])(
    'without values of their own use those of the module: %s',
    (purpose) => {
      expect(shop.policy(purpose)).toMatchObject({ otcId: 'F2A1', ttl: 120, callbackData: 'shop' });
    },
  );

  it('are listed by name', () => {
    expect(shop.purposes).toEqual(['transfer', 'login']);
  });

  it('have cool-downs of their own', () => {
    expect(shop.cooldowns).toEqual({
      '': [60, 120, 300],
      transfer: [30],
      login: [60, 120, 300],
    });
  });

  it('take callbackData up to its longest', () => {
    const callbackData = 'x'.repeat(MAX_CALLBACK_DATA);
    expect(settings({ callbackData }).policy('login').callbackData).toBe(callbackData);
    expect(errorOf({ callbackData: `${callbackData}x` }).option).toBe('callbackData');
  });
});
