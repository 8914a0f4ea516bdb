/* eslint no-restricted-properties: "off" -- the environment is what is tested here */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { otpConfig } from './otp.config.js';
import { OtpConfigError } from './options/config-error.js';
import { OtpSettings } from './options/otp.settings.js';

const NAMES = /^(ANTS|OTP)_/;
const SECRET = 'a-secret-of-the-tests-'.padEnd(40, 's');
const OTHER = 'another-secret-'.padEnd(40, 'o');
const REQUIRED = {
  ANTS_USERNAME: 'user',
  ANTS_PASSWORD: 'password',
  ANTS_OTC_ID: 'F2A1',
  OTP_SECRET: SECRET,
};

describe('otpConfig', () => {
  const before = { ...process.env };
  const set = (names: Record<string, string>): void => {
    Object.assign(process.env, names);
  };

  const errorOf = (): OtpConfigError => {
    try {
      otpConfig();
    } catch (error) {
      if (error instanceof OtpConfigError) return error;
      throw error;
    }
    throw new Error('This environment was accepted.');
  };

  beforeEach(() => {
    process.env = Object.fromEntries(Object.entries(before).filter(([name]) => !NAMES.test(name)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
  });

  it.each([
    ['OTP_DAILY_BUGET', 'OTP_DAILY_BUDGET'],
    ['OTP_PUBLIC_URI', 'OTP_PUBLIC_URL'],
    ['ANTS_BASEURL', 'ANTS_BASE_URL'],
  ])('warns of the misspelled variable %s', (variable, meant) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    set({ ...REQUIRED, [variable]: 'its-value' });
    otpConfig();
    expect(warn.mock.calls.map(([entry]) => String(entry))).toEqual([
      `The variable ${variable} is not read; did you mean ${meant}?`,
    ]);
  });

  it.each([
    ['of the app', { OTP_TEMPLATE: 'x', ANTS_SENDER_NAME: 'x' }],
    ['beside the right one', { OTP_DAILY_BUGET: '1', OTP_DAILY_BUDGET: '1' }],
    ['of the commands', { OTP_SCHEMA: 'otp' }],
  ])('does not warn of a variable %s', (_, variables) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    set({ ...REQUIRED, ...variables });
    otpConfig();
    expect(warn).not.toHaveBeenCalled();
  });

  it('reads the five names of the first page', () => {
    set({ ...REQUIRED, OTP_PUBLIC_URL: 'https://shop.example' });
    expect(otpConfig()).toEqual({
      username: 'user',
      password: 'password',
      otcId: 'F2A1',
      secret: SECRET,
      publicUrl: 'https://shop.example',
      allowInsecure: false,
    });
  });

  it('reads a ring, the look-up secret and the address of ANTS', () => {
    set({
      OTP_SECRETS: `${OTHER},${SECRET}`,
      OTP_LOOKUP_SECRET: SECRET,
      OTP_FORMER_LOOKUP_SECRETS: `first, ${OTHER}`,
      ANTS_BASE_URL: 'https://pub.smsup-plus.com',
    });
    expect(otpConfig()).toMatchObject({
      secrets: [OTHER, SECRET],
      lookupSecret: SECRET,
      formerLookupSecrets: ['first', OTHER],
      baseUrl: 'https://pub.smsup-plus.com',
    });
  });

  it('allows spaces around the secrets of a ring', () => {
    set({ OTP_SECRETS: `${OTHER}, ${SECRET}` });
    expect(otpConfig().secrets).toEqual([OTHER, SECRET]);
  });

  it('takes an empty value for none', () => {
    set({ ...REQUIRED, OTP_PUBLIC_URL: '', OTP_SECRETS: '', ANTS_BASE_URL: '' });
    expect(otpConfig()).toMatchObject({
      publicUrl: undefined,
      secrets: undefined,
      baseUrl: undefined,
    });
  });

  it.each([
    ['true', true],
    ['false', false],
    ['', false],
  ])('allows http only for OTP_ALLOW_INSECURE=true, not for "%s"', (value, allowed) => {
    set({ OTP_ALLOW_INSECURE: value });
    expect(otpConfig().allowInsecure).toBe(allowed);
  });

  it.each(['1', '0', 'yes', 'on', 'TRUE', 'True', 'False', 'tru', 'true,'])(
    'refuses OTP_ALLOW_INSECURE=%s instead of taking it for false',
    (value) => {
      set({ OTP_ALLOW_INSECURE: value });
      expect(errorOf()).toMatchObject({
        option: 'allowInsecure',
        message: `OtpModule: variable OTP_ALLOW_INSECURE (option "allowInsecure") must be true or false, got ${value.length} characters (not shown).`,
      });
    },
  );

  it.each([
    ['5000', 5000],
    ['0', 0],
    ['false', false],
    ['', undefined],
  ])('reads OTP_DAILY_BUDGET=%s', (value, budget) => {
    set({ OTP_DAILY_BUDGET: value });
    expect(otpConfig().dailyBudget).toBe(budget);
  });

  it.each([
    '1,000',
    '1e3',
    '1_000',
    '1.5',
    '-1',
    '+1',
    '0x10',
    'abc',
    'true',
    'FALSE',
    'no',
    '๑๐',
    'NaN',
  ])('refuses OTP_DAILY_BUDGET=%s', (value) => {
    set({ OTP_DAILY_BUDGET: value });
    const error = errorOf();
    expect(error.option).toBe('dailyBudget');
    expect(error.message).toContain(
      'variable OTP_DAILY_BUDGET (option "dailyBudget") must be a whole number in digits alone, such as 5000, or false, got',
    );
  });

  it.each([
    ['ANTS_USERNAME', 'username'],
    ['ANTS_PASSWORD', 'password'],
    ['ANTS_TOKEN', 'token'],
    ['ANTS_OTC_ID', 'otcId'],
    ['OTP_SECRET', 'secret'],
    ['OTP_SECRETS', 'secrets'],
    ['OTP_LOOKUP_SECRET', 'lookupSecret'],
    ['OTP_FORMER_LOOKUP_SECRETS', 'formerLookupSecrets'],
    ['OTP_PUBLIC_URL', 'publicUrl'],
    ['ANTS_BASE_URL', 'baseUrl'],
    ['ANTS_PROXY', 'proxy'],
    ['OTP_WEBHOOK_AUTH', 'webhookAuth'],
    ['OTP_WEBHOOK_ADDRESSES', 'webhookAddresses'],
    ['OTP_DAILY_BUDGET', 'dailyBudget'],
    ['OTP_ALLOW_INSECURE', 'allowInsecure'],
  ])('refuses %s with blanks, line ends or quotes, and never shows it', (variable, option) => {
    for (const [value, problem] of [
      ['true\n', 'begins or ends with a blank'],
      [' hunter2', 'begins or ends with a blank'],
      ['hunter2\t', 'begins or ends with a blank'],
      [' ', 'begins or ends with a blank'],
      ['hunter2\nhunter2', 'contains a control character'],
      ['"hunter2"', 'begins and ends with a quotation mark'],
      ["'hunter2:hunter2,hunter2'", 'begins and ends with a quotation mark'],
    ] as const) {
      set({ [variable]: value });
      const error = errorOf();
      expect(error.option).toBe(option);
      expect(error.message).toContain(`variable ${variable} (option "${option}") ${problem}`);
      expect(error.message).not.toContain('hunter2');
    }
  });

  it.each([
    ['OTP_SECRETS', { secret: undefined }, 'secrets[1]'],
    ['OTP_FORMER_LOOKUP_SECRETS', {}, 'formerLookupSecrets[1]'],
    ['OTP_WEBHOOK_ADDRESSES', {}, 'webhookAddresses[1]'],
  ])('leaves it to the module to refuse an empty entry of %s', (variable, options, option) => {
    const entry = variable === 'OTP_WEBHOOK_ADDRESSES' ? '203.0.113.7' : OTHER;
    set({ ...REQUIRED, OTP_LOOKUP_SECRET: SECRET, [variable]: `${entry},,${entry}` });
    expect(() => new OtpSettings({ ...otpConfig(), ...options })).toThrow(`option "${option}"`);
  });

  it('gives options that the module takes', () => {
    set(REQUIRED);
    expect(new OtpSettings(otpConfig()).account).toEqual({
      auth: 'basic',
      username: 'user',
      password: 'password',
    });
  });

  it('reads a token instead of user name and password, and a proxy', () => {
    set({
      ANTS_TOKEN: 't0k3n',
      ANTS_OTC_ID: 'F2A1',
      OTP_SECRET: SECRET,
      ANTS_PROXY: 'http://proxy.example:3128',
    });
    expect(new OtpSettings(otpConfig())).toMatchObject({
      account: { auth: 'bearer', token: 't0k3n' },
      proxy: 'http://proxy.example:3128/',
    });
  });

  it.each([
    ['ANTS_USERNAME', 'username'],
    ['ANTS_PASSWORD', 'password'],
    ['ANTS_OTC_ID', 'otcId'],
    ['OTP_SECRET', 'secret'],
  ])('leaves it to the module to miss %s', (name, option) => {
    set({ ...REQUIRED, [name]: '' });
    expect(() => new OtpSettings(otpConfig())).toThrow(`option "${option}"`);
  });

  it('is a namespace of @nestjs/config', () => {
    expect(otpConfig.KEY).toBe('CONFIGURATION(otp)');
  });
});
