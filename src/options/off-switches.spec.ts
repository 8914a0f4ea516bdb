import { describe, expect, it } from '@jest/globals';
import { OtpConfigError } from './config-error.js';
import { OtpSettings } from './otp.settings.js';

const settings = (options: object): OtpSettings =>
  new OtpSettings({
    username: 'user',
    password: 'password',
    otcId: 'F2A1',
    secret: 'a-secret-of-the-tests-with-more-than-32-characters',
    ...options,
  });
function errorOf(options: object): OtpConfigError {
  try {
    settings(options);
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw error;
  }
  throw new Error('These options were accepted.');
}

const kinds = (options: object, purpose = ''): string[] =>
  Object.keys(settings(options).limitsOf(purpose)).sort();
const ALL = ['block', 'ipv4', 'ipv6', 'number', 'subject'];

describe('false is "no limit"', () => {
  it.each<[option: string, value: unknown, gone: string[]]>([
    ['sendLimit', false, ['number']],
    ['subjectSendLimit', false, ['subject']],
    ['blockLimit', false, ['block']],
    ['ipLimit', false, ['ipv4', 'ipv6']],
    ['ipLimit', { ipv4: false }, ['ipv4']],
    ['ipLimit', { ipv6: false }, ['ipv6']],
  ])('for %s', (option, value, gone) => {
    expect(kinds({ [option]: value })).toEqual(ALL.filter((kind) => !gone.includes(kind)));
  });

  it('for one purpose', () => {
    const purposes = { login: { sendLimit: false, subjectSendLimit: false } };
    expect(kinds({ purposes }, 'login')).toEqual(['block', 'ipv4', 'ipv6']);
    expect(kinds({ purposes }, 'transfer')).toEqual(ALL);
  });

  it('but not for a purpose that sets one again, with the defaults for the rest', () => {
    const given = settings({
      sendLimit: false,
      purposes: { login: { sendLimit: { perHour: 2 } } },
    });
    expect(given.policy('login').sendLimit).toEqual({ perHour: 2, perDay: 10 });
    expect(given.policy('transfer').sendLimit).toBe(false);
  });

  it('for maxStreamsPerIp', () => {
    expect(settings({ maxStreamsPerIp: false }).maxStreamsPerIp).toBe(Infinity);
  });

  it.each([
    ...['dailyBudget', 'sweepEvery', 'retention', 'conversionGuard'],
    'preparedStatements',
  ] as const)('for %s', (option) => {
    expect(settings({ [option]: false })).toHaveProperty(option, false);
  });
});

describe('false is refused', () => {
  const MUST_HOLD =
    'an object with perHour, perDay and seconds: wrong codes cannot be without a limit';

  it.each<[option: string, options: object, expected: string]>([
    ['lockout', { lockout: false }, MUST_HOLD],
    ['purposes.login.lockout', { purposes: { login: { lockout: false } } }, MUST_HOLD],
    ['lockout.perHour', { lockout: { perHour: false } }, 'a whole number from 1 to 20'],
    ['maxAttempts', { maxAttempts: false }, 'a whole number from 1 to 100'],
    ['maxResends', { maxResends: false }, 'a whole number from 0 to 100'],
    ['ttl', { ttl: false }, 'a whole number from 30 to 600'],
    ['cooldown', { cooldown: false }, 'a list of 1 to 10 waits in seconds'],
    ['sendLimit.perHour', { sendLimit: { perHour: false } }, 'a whole number from 1 to 10'],
    ['limits', { limits: false }, 'a list of at most 10 rules'],
    ['timeouts', { timeouts: false }, 'an object of options'],
    ['timeouts.call', { timeouts: { call: false } }, 'a whole number from 1 to 12000'],
    ['proof', { proof: false }, 'an object of options'],
    ['proof.ttl', { proof: { ttl: false } }, 'a whole number from 1 to 86400'],
    ['proof.subject', { proof: { subject: false } }, 'a function'],
    ['proof.required', { proof: { required: false } }, 'an object of options'],
    ['purposes', { purposes: false }, 'an object of options'],
    ['purposes.login', { purposes: { login: false } }, 'an object of options'],
    ['beforeSend', { beforeSend: false }, 'a function'],
    ['onAlarm', { onAlarm: false }, 'a function'],
    ['telemetry', { telemetry: false }, 'a function'],
    ['retention.otps', { retention: { otps: false } }, 'a whole number from 4 to 3650'],
    ['retention.history', { retention: { history: false } }, 'a whole number from 4 to 90'],
    ['notifyUrl', { notifyUrl: false }, 'an absolute address'],
    ['notifyHosts', { notifyHosts: false }, 'a list of texts'],
    ['messages', { messages: false }, 'an object of sentences by language'],
  ])('for %s: %j', (option, options, expected) => {
    const error = errorOf(options);
    expect(error.message).toBe(`OtpModule: option "${option}" must be ${expected}, got false.`);
    expect(error.option).toBe(option);
  });

  it.each([
    'publicUrl',
    'baseUrl',
    'proxy',
    'provider',
    'otcId',
    'webhookAuth',
    'webhookAddresses',
    'blockedNumbers',
    'safeNumbers',
    'testNumbers',
    'formerLookupSecrets',
    'lookupSecret',
    'callbackData',
    'instance',
    'language',
    'resendBody',
    'refusalStatus',
  ])('for %s', (option) => {
    expect(errorOf({ [option]: false }).option).toBe(option);
  });
});

describe('what is no group of options', () => {
  it.each<[string, object]>([
    ['sendLimit', { sendLimit: 5 }],
    ['sendLimit', { sendLimit: true }],
    ['subjectSendLimit', { subjectSendLimit: 'none' }],
    ['ipLimit', { ipLimit: 100 }],
    ['lockout', { lockout: [10, 20] }],
    ['conversionGuard', { conversionGuard: true }],
    ['preparedStatements', { preparedStatements: 'false' }],
    ['maxStreamsPerIp', { maxStreamsPerIp: true }],
    ['purposes', { purposes: ['login'] }],
    ['purposes', { purposes: new Map([['login', { ttl: 60 }]]) }],
    ['purposes', { purposes: Promise.resolve({ login: { ttl: 60 } }) }],
    ['sendLimit', { sendLimit: Promise.resolve({ perHour: 1 }) }],
    ['conversionGuard', { conversionGuard: new Set(['monitor']) }],
  ])('is refused, not taken for the defaults: %s', (option, options) => {
    expect(errorOf(options).option).toBe(option);
  });
});
