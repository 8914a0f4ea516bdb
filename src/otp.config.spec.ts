/* eslint no-restricted-properties: "off" -- the environment is what is tested here */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { otpConfig } from './otp.config.js';
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

  beforeEach(() => {
    process.env = Object.fromEntries(Object.entries(before).filter(([name]) => !NAMES.test(name)));
  });
  afterEach(() => {
    process.env = { ...before };
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
    ['1', false],
    ['', false],
  ])('allows http only for OTP_ALLOW_INSECURE=true, not for "%s"', (value, allowed) => {
    set({ OTP_ALLOW_INSECURE: value });
    expect(otpConfig().allowInsecure).toBe(allowed);
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
