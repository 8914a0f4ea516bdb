import { describe, expect, it } from '@jest/globals';
import { OtpConfigError } from './config-error.js';
import { checkAsyncNames, checkExtraNames } from './option-names.js';
import { OtpSettings } from './otp.settings.js';
import type { OtpOptions } from './otp.options.js';

const REQUIRED = {
  username: 'user',
  password: 'password',
  otcId: 'F2A1',
  secret: 'a-secret-of-the-tests-with-more-than-32-characters',
};
const settings = (options: object): OtpSettings => new OtpSettings({ ...REQUIRED, ...options });
function errorOf(work: () => unknown): OtpConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw error;
  }
  throw new Error('These options were accepted.');
}

const noop = (): undefined => undefined;
const rule = { name: 'device', key: noop, max: 1, per: 60 };
const test = { mobile: '0812345678', code: '424242' };

describe('an unknown option', () => {
  it.each<[option: string, options: object, advice: string]>([
    ['maxAttemps', { maxAttemps: 3 }, '; did you mean "maxAttempts"?'],
    ['max_attempts', { max_attempts: 3 }, '; did you mean "maxAttempts"?'],
    ['TTL', { TTL: 60 }, '; did you mean "ttl"?'],
    ['pasword', { pasword: 'hunter2hunter2' }, '; did you mean "password"?'],
    ['maxAttemps', { maxAttemps: undefined }, '; did you mean "maxAttempts"?'],
    ['lockout.perhour', { lockout: { perhour: 3 } }, '; did you mean "lockout.perHour"?'],
    ['sendLimit.perHuor', { sendLimit: { perHuor: 3 } }, '; did you mean "sendLimit.perHour"?'],
    ['proof.heder', { proof: { heder: 'x' } }, '; did you mean "proof.header"?'],
    [
      'proof.required.maxage',
      { proof: { required: { purpose: 'login', maxage: 3 } } },
      '; did you mean "proof.required.maxAge"?',
    ],
    ['timeouts.cal', { timeouts: { cal: 3 } }, '; did you mean "timeouts.call"?'],
    ['ipLimit.ipv5', { ipLimit: { ipv5: 3 } }, '; did you mean "ipLimit.ipv4"?'],
    ['retention.otp', { retention: { otp: 3 } }, '; did you mean "retention.otps"?'],
    [
      'conversionGuard.send',
      { conversionGuard: { send: 3 } },
      '; did you mean "conversionGuard.sends"?',
    ],
    [
      'webhookAuth.user',
      { webhookAuth: { user: 'ants', password: 'hunter2hunter2' } },
      '; see docs/options.md. Known here: username, password.',
    ],
    [
      'limits[0].monitr',
      { limits: [{ ...rule, monitr: true }] },
      '; did you mean "limits[0].monitor"?',
    ],
    [
      'testNumbers[1].validUntill',
      { testNumbers: [test, { ...test, validUntill: 'x' }] },
      '; did you mean "testNumbers[1].validUntil"?',
    ],
    [
      'purposes.login.tttl',
      { purposes: { login: { tttl: 60 } } },
      '; did you mean "purposes.login.ttl"?',
    ],
    [
      'purposes.login.lockout.second',
      { purposes: { login: { lockout: { second: 60 } } } },
      '; did you mean "purposes.login.lockout.seconds"?',
    ],
  ])('%s is named, with the nearest known one', (option, options, advice) => {
    const error = errorOf(() => settings(options));
    expect(error.option).toBe(option);
    expect(error.message).toBe(`OtpModule: there is no option "${option}"${advice}`);
    expect(error.message).not.toContain('hunter2');
  });

  it.each<[option: string, options: object, where: string]>([
    ['proof.maxAttempts', { proof: { maxAttempts: 3 } }, 'at the top level'],
    ['lockout.ttl', { lockout: { ttl: 3 } }, 'at the top level or in "proof"'],
    [
      'purposes.login.username',
      { purposes: { login: { username: 'u' } } },
      'at the top level or in "webhookAuth"',
    ],
    ['purposes.login.header', { purposes: { login: { header: 'x' } } }, 'in "proof"'],
    ['connect', { connect: 3 }, 'in "timeouts"'],
    ['perHour', { perHour: 3 }, 'in "lockout" or in "sendLimit" or in "subjectSendLimit"'],
    [
      'routes',
      { routes: true },
      'beside useFactory, not in what it returns (with forRoot: at the top level)',
    ],
    [
      'proof.isGlobal',
      { proof: { isGlobal: true } },
      'beside useFactory, not in what it returns (with forRoot: at the top level)',
    ],
  ])('%s is in the wrong place, and told where it belongs', (option, options, where) => {
    const name = option.split('.').at(-1)!;
    const error = errorOf(() => settings(options));
    expect(error.option).toBe(option);
    expect(error.message).toBe(
      `OtpModule: there is no option "${option}"; "${name}" belongs ${where}.`,
    );
  });

  it('is found elsewhere although it is misspelled', () => {
    expect(errorOf(() => settings({ rotues: true })).message).toBe(
      'OtpModule: there is no option "rotues"; did you mean "routes", which belongs beside useFactory, not in what it returns (with forRoot: at the top level)?',
    );
  });

  it('is refused without advice if nothing is near', () => {
    expect(errorOf(() => settings({ timeouts: { banana: 1 } })).message).toBe(
      'OtpModule: there is no option "timeouts.banana"; see docs/options.md. Known here: connect, call.',
    );
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('can be %s', (name) => {
    const options = JSON.parse(`{"${name}":1}`) as object;
    expect(errorOf(() => settings({ timeouts: options })).option).toBe(`timeouts.${name}`);
  });

  it('is not shown in full if it is endless', () => {
    const { message } = errorOf(() => settings({ timeouts: { ['x'.repeat(10_000)]: 1 } }));
    expect(message.length).toBeLessThan(300);
  });
});

describe('what has names of its own is not looked into', () => {
  class Own {
    readonly maxAttemps = 1;
  }
  const methods = { send: noop, resend: noop, verify: noop, account: noop, readReports: noop };

  it.each<[string, object]>([
    ['a provider', { provider: { ...methods, anything: 1 } }],
    ['a function', { onAlarm: Object.assign(noop, { maxAttemps: 1 }) }],
    ['the names of purposes', { purposes: { maxAttemps: {}, proof: {}, username: {} } }],
    ['sentences by language', { messages: { lo: { wrong_code: 'x' } } }],
    ['class instances', { timeouts: new Own() }],
  ])('%s', (_, options) => {
    expect(() => settings(options)).not.toThrow();
  });

  it('options that are a class instance', () => {
    const options = Object.assign(new Own(), REQUIRED) as unknown as OtpOptions;
    expect(() => new OtpSettings(options)).not.toThrow();
  });

  it('TLS options of a database', () => {
    const database = { url: 'postgres://x', ssl: { ca: 'x', anything: { at: 'all' } } };
    expect(() => {
      checkExtraNames({ database });
    }).not.toThrow();
  });
});

describe('what stands beside the options', () => {
  it.each<[option: string, given: object, advice: string]>([
    ['webhook.pth', { webhook: { pth: 'x' } }, '; did you mean "webhook.path"?'],
    ['routes.paths', { routes: { paths: 'x' } }, '; did you mean "routes.path"?'],
    ['database.uri', { database: { uri: 'x' } }, '; did you mean "database.url"?'],
    ['webhook.ttl', { webhook: { ttl: 3 } }, '; "ttl" belongs at the top level or in "proof".'],
  ])('has known names only, with forRoot: %s', (option, given, advice) => {
    const error = errorOf(() => {
      checkExtraNames({ ...REQUIRED, ...given });
    });
    expect(error.message).toBe(`OtpModule: there is no option "${option}"${advice}`);
  });

  it.each<[option: string, given: object, advice: string]>([
    ['rotues', { rotues: true }, '; did you mean "routes"?'],
    ['useFactroy', { useFactroy: noop }, '; did you mean "useFactory"?'],
    ['ttl', { ttl: 60 }, '; "ttl" belongs in what useFactory returns or in "proof".'],
    ['webhook.pth', { webhook: { pth: 'x' } }, '; did you mean "webhook.path"?'],
  ])('has known names only, with forRootAsync: %s', (option, given, advice) => {
    const error = errorOf(() => {
      checkAsyncNames({ useFactory: noop, ...given });
    });
    expect(error.message).toBe(`OtpModule: there is no option "${option}"${advice}`);
  });
});
