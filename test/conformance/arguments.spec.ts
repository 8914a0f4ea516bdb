import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

const LINE =
  '--base-url https://ants.test --username shop --otc-id A --mobile 081-234-5678 --allow-sms 2';

const read = (line: string, secret = 'secret') => readArguments(line.split(' '), secret);

describe('readArguments', () => {
  it('means the simulator without arguments', () => {
    expect(readArguments([])).toEqual({ kind: 'simulator' });
  });

  it('reads an account', () => {
    expect(read(LINE)).toMatchObject({
      kind: 'service',
      baseUrl: 'https://ants.test',
      username: 'shop',
      password: 'secret',
      otcId: 'A',
      mobile: '66812345678',
      allowSms: 2,
      askCode: false,
      waitSeconds: 0,
    });
  });

  it('sends nothing unless it is allowed', () => {
    expect(read(LINE.replace(/ --allow-sms 2$/, ''))).toMatchObject({ allowSms: 0 });
  });

  it('takes a Bearer token', () => {
    expect(read(`${LINE} --bearer`)).toMatchObject({ bearerToken: 'secret' });
  });

  it.each([
    ['--base-url https://ants.test', 'secret', '--username is missing.'],
    [LINE, '', 'ANTS_PASSWORD is not set.'],
    [LINE.replace('https://ants.test', 'ants'), 'secret', '--base-url is no URL: "ants".'],
    [LINE.replace('081-234-5678', '12345'), 'secret', '--mobile must be a Thai mobile number'],
    [
      LINE.replace('sms 2', 'sms many'),
      'secret',
      '--allow-sms must be a whole number, got "many".',
    ],
    ['--other', 'secret', "Unknown option '--other'"],
  ])('refuses %j with the password %j', (line, secret, sentence) => {
    expect(read(line, secret)).toEqual({
      kind: 'refused',
      sentence: expect.stringContaining(sentence),
    });
  });
});
