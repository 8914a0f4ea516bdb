import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readArguments } from '../cli/ants-simulator.arguments.js';
import { OPTION_CHECKS } from './ants-simulator.changes.js';
import { simulatorSettings } from './ants-simulator.options.js';
import { AntsSimulator, OtpTestingModule } from './index.js';
import type { AntsFault, AntsReportOptions, AntsSimulatorOptions } from './index.js';

type Bad<T> = Record<keyof T, readonly [valid: string, ...values: unknown[]]>;

const FLAG = ['true or false', 'yes', 0, null] as const;
const TEXT = ['a text that is not empty', '', 7, null] as const;
const WHOLE = ['a whole number from 0', -1, 1.5, '1', NaN, null] as const;
const FUNCTION = ['a function', 'Date.now', 17] as const;
const STATUS = ['a whole number from 200 to 599', 199, 600, '200'] as const;
const oneOf = (...values: string[]) => [`one of ${values.join(', ')}`, 'other', 1, true] as const;
const NULLABLE = ['a text that is not empty, or null', '', 7] as const;

const SHAPE: Bad<
  Pick<
    AntsReportOptions,
    | 'reportLayout'
    | 'reportCallbackData'
    | 'reportNumericIds'
    | 'reportBulkId'
    | 'reportStatusName'
    | 'reportStatusCode'
    | 'reportXmlType'
    | 'reportXmlNames'
  >
> = {
  reportLayout: oneOf(
    ...['documented', 'statusArray', 'statusText', 'detailsObject', 'flat', 'infobip'],
  ),
  reportCallbackData: oneOf('detail', 'root', 'status'),
  reportNumericIds: FLAG,
  reportBulkId: FLAG,
  reportStatusName: NULLABLE,
  reportStatusCode: NULLABLE,
  reportXmlType: oneOf('application/xml', 'text/xml'),
  reportXmlNames: oneOf('plain', 'namespaces'),
};

/** What no option may be, with what the refusal says instead. The compiler wants every option. */
const OPTIONS: Bad<Required<AntsSimulatorOptions>> = {
  port: ['a whole number from 0 to 65535', -1, 65_536, '8090'],
  username: TEXT,
  password: TEXT,
  bearerToken: NULLABLE,
  otcIds: ['a list, each a text that is not empty', [], ['A', ''], 'A', [1]],
  from: TEXT,
  codeLength: ['a whole number from 4 to 10', 3, 11, '6'],
  ttl: WHOLE,
  maxAttempts: WHOLE,
  credit: WHOLE,
  verifyRefusal: oneOf('flags', 'codes'),
  failureStatus: STATUS,
  credentialStatus: STATUS,
  answerFormat: oneOf('accept', 'json'),
  accountType: oneOf('prepaid', 'postpaid'),
  mobileForm: oneOf('66', 'any'),
  mobileSevens: FLAG,
  confirmedRefusal: oneOf('any', 'same'),
  resendReads: oneOf('otpId', 'otcId', 'both'),
  resendNewOtpId: FLAG,
  resendEndsOld: FLAG,
  resendNewCode: FLAG,
  resendNewReference: FLAG,
  resendNewExpiry: FLAG,
  resendNotify: oneOf('all', 'url', 'none'),
  keyCase: oneOf('camel', 'pascal', 'lower', 'upper'),
  failurePlace: oneOf('error', 'root', 'status'),
  codeForm: oneOf('padded', 'short', 'number', 'none'),
  messageLanguage: oneOf('en', 'th'),
  referenceKey: oneOf('referenceCode', 'referrenceCode'),
  verifyFlags: oneOf('documented', 'wrong', 'swapped'),
  reports: [
    'one of delivered, early, late, repeated, shuffled, batched, manual',
    ...['none', '', 'Manual', false, null],
  ],
  reportDelayMs: WHOLE,
  ...SHAPE,
  magicNumbers: FLAG,
  latencyMs: ['a whole number from 0, or two of them, the lower one first', [9, 1], [1], 'fast'],
  failRate: ['a number from 0 to 1', -0.1, 2, '0.5', NaN],
  seed: WHOLE,
  now: FUNCTION,
  onSms: FUNCTION,
};
const STATUSES =
  'one of ACCEPTED, PENDING, UNDELIVERED, UNDELIVERABLE, DELIVERED, EXPIRED, REJECTED, COMPLETED';
const REPORT: Bad<Required<AntsReportOptions>> = {
  status: [`${STATUSES}, or a list, each ${STATUSES}`, 'LOST', [], ['DELIVERED', 'LOST'], 3],
  times: ['a whole number from 1 to 1000', 0, 1001, '2'],
  ...SHAPE,
  patch: FUNCTION,
  root: FUNCTION,
};
const CODES = '9999, 9998, 9996, 9995, 0301, 0302, 0303, 0304, 0305, 0306, 0307';
const FAULT: Bad<Required<AntsFault>> = {
  error: [`one of `, '9997', '0000', 9995, '301'],
  status: STATUS,
  body: ['a text, or an object', 7, null, true],
  headers: ['an object of header names', 'a: b', { 'a b': 'c' }, { a: 'ก' }, { a: 1 }, []],
  hang: ['one of true, after', false, 'before', 'never'],
  drop: ['one of before, after', true, 'during'],
  cut: ['one of true', false, 'half'],
  delayMs: WHOLE,
};
const CALLS = 'one of requestOTP, resendOTP, verifyOTP, balance';

const rowsOf = (bad: Bad<Record<string, unknown>>) =>
  Object.entries(bad).flatMap(([name, [valid, ...values]]) =>
    values.map((value) => ({ name, value, valid })),
  );
/** A child of `Object.prototype` is no option either. */
const UNKNOWN = ['report', 'Reports', 'reportStatus', 'toString', '__proto_', 'constructor', ''];

let simulator: AntsSimulator;
let url: string;
beforeEach(async () => {
  simulator = new AntsSimulator();
  url = await simulator.start();
});
afterEach(() => simulator.stop());

/** What a call throws, or rejects with. */
async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'It was accepted.';
}
async function control(method: string, path: string, body?: unknown): Promise<[number, string]> {
  const answer = await fetch(`${url}/_simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return [answer.status, ((await answer.json()) as { error?: string }).error ?? ''];
}
const isJson = (value: unknown) => !Number.isNaN(value) && typeof value !== 'function';

describe('a wrong value of an option', () => {
  it.each(rowsOf(OPTIONS))('$name: $value', async ({ name, value, valid }) => {
    const said = `"${name}" must be ${valid}`;
    const options = { [name]: value };
    const own = await refusal(() => new AntsSimulator(options));
    expect(own).toContain(`AntsSimulator: ${said}`);
    if (name !== 'now')
      expect(await refusal(() => OtpTestingModule.forTest({ ants: options }))).toContain(said);
    const isFixed = ['port', 'now', 'onSms'].includes(name);
    const before = { ...simulator.settings };
    expect(
      await refusal(() => {
        simulator.configure(options);
      }),
    ).toContain(isFixed ? `there is no "${name}", only username, password` : said);
    if (isJson(value)) {
      const [status, sentence] = await control('PATCH', 'settings', options);
      expect([status, sentence]).toEqual([
        400,
        expect.stringContaining(isFixed ? `there is no "${name}"` : said),
      ]);
    }
    expect(simulator.settings).toEqual(before);
    if (name === 'password' || name === 'bearerToken') expect(own).toMatch(/got \(not shown\)\.$/);
    else expect(own).toContain('got ');
  });

  it.each(
    rowsOf(OPTIONS).filter(
      // A text from a command line may be meant.
      ({ name, value }) =>
        typeof value === 'string' && !/^\d/.test(value) && !['now', 'onSms'].includes(name),
    ),
  )('--set $name=$value', ({ name, value, valid }) => {
    expect(readArguments(['--set', `${name}=${value as string}`])).toEqual({
      kind: 'refused',
      sentence: expect.stringContaining(`--set ${name} must be ${valid}`),
    });
  });

  it('is one of a field that is there and undefined: it counts as not given', () => {
    const none = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, undefined]));
    expect(simulatorSettings(none)).toEqual(simulatorSettings({}));
    const before = { ...simulator.settings };
    simulator.configure({ ttl: undefined });
    expect(simulator.settings).toEqual(before);
  });
});

describe('a name that no option has', () => {
  it.each(UNKNOWN)('%j', async (name) => {
    const only = (...valid: string[]) =>
      expect.stringContaining(`there is no "${name}", only ${valid.join(', ')}.`);
    const options = { [name]: 1 };
    const all = Object.keys(OPTION_CHECKS);
    const changes = all.filter((option) => !['port', 'now', 'onSms'].includes(option));
    expect(await refusal(() => new AntsSimulator(options))).toEqual(only(...all));
    expect(await refusal(() => OtpTestingModule.forTest({ ants: options }))).toEqual(
      only('port', ...changes, 'onSms'),
    );
    expect(await refusal(() => OtpTestingModule.forTest(options))).toContain(
      `there is no option "forTest.${name}"`,
    );
    expect(
      await refusal(() => {
        simulator.configure(options);
      }),
    ).toEqual(only(...changes));
    expect(await control('PATCH', 'settings', options)).toEqual([400, only(...changes)]);
    const faults = Object.keys(FAULT);
    expect(
      await refusal(() => {
        simulator.next('requestOTP', options);
      }),
    ).toEqual(only(...faults));
    expect(await control('POST', 'faults', { call: 'requestOTP', ...options })).toEqual([
      ...[400, only('call', 'times', ...faults)],
    ]);
    const reports = Object.keys(REPORT);
    expect(await refusal(() => simulator.report([] as never, options))).toEqual(only(...reports));
    expect(await control('POST', 'reports', options)).toEqual([
      ...[400, only('mobile', 'messageId', ...reports.slice(0, -2))],
    ]);
    expect(readArguments(['--set', `${name}=1`])).toEqual({
      kind: 'refused',
      sentence: only('port', ...changes),
    });
  });

  it.each([
    ['POST', 'holds', { call: 'verifyOTP', calls: 1 }, 'there is no "calls", only call.'],
    ['POST', 'clock', { seconds: 1 }, 'there is no "seconds", only advance.'],
    ['POST', 'expire', { number: '0812345678' }, 'there is no "number", only mobile.'],
    ['POST', 'reset', { settings: true }, 'there is no "settings", it takes none.'],
    ['GET', 'inbox?number=0812345678', undefined, 'there is no "number", only mobile.'],
    ['GET', 'code?number=0812345678', undefined, 'there is no "number", only mobile.'],
    ['GET', 'requests?calls=verifyOTP', undefined, 'there is no "calls", only call.'],
    ['GET', 'requests?call=verify', undefined, `"call" must be ${CALLS}, got "verify".`],
    ['GET', 'settings?only=ttl', undefined, 'there is no "only", it takes none.'],
    ['DELETE', 'holds/1?now=1', undefined, 'there is no "now", it takes none.'],
    ['PATCH', 'settings', ['ttl'], 'it must be an object'],
  ])('%s %s %j', async (method, path, body, sentence) => {
    expect(await control(method, path, body)).toEqual([400, expect.stringContaining(sentence)]);
  });

  it('is no flag of the command', () => {
    expect(readArguments(['--report', 'manual'])).toEqual({
      kind: 'refused',
      sentence: expect.stringMatching(
        /Unknown option '--report'.*The flags are --port, .*--reports,/,
      ),
    });
  });
});

describe('a wrong value', () => {
  it.each(rowsOf(FAULT))('of a fault, $name: $value', async ({ name, value, valid }) => {
    const said = expect.stringContaining(`"${name}" must be ${valid}`);
    const fault = { [name]: value };
    expect(
      await refusal(() => {
        simulator.next('requestOTP', fault);
      }),
    ).toEqual(said);
    if (isJson(value))
      expect(await control('POST', 'faults', { call: 'requestOTP', ...fault })).toEqual([
        400,
        said,
      ]);
  });

  it('of a fault names every code', async () => {
    const said = await refusal(() => {
      simulator.next('requestOTP', { error: '1' as never });
    });
    for (const code of CODES.split(', ')) expect(said).toContain(code);
  });

  it.each(rowsOf(REPORT))('of a report, $name: $value', async ({ name, value, valid }) => {
    const said = expect.stringContaining(`"${name}" must be ${valid}`);
    const options = { [name]: value };
    expect(await refusal(() => simulator.report([] as never, options))).toEqual(said);
    if (isJson(value) && !['patch', 'root'].includes(name))
      expect(await control('POST', 'reports', options)).toEqual([400, said]);
  });

  it.each<[string, (simulator: AntsSimulator) => unknown, string]>([
    [
      'call of next',
      (s) => {
        s.next('request' as never, {});
      },
      `next(): "call" must be ${CALLS}, got "request".`,
    ],
    [
      'times of next',
      (s) => {
        s.next('balance', {}, 0);
      },
      'next(): "times" must be a whole number from 1',
    ],
    [
      'fault of next',
      (s) => {
        s.next('balance', '9995' as never);
      },
      'next(): it must be an object',
    ],
    ['call of hold', (s) => s.hold('verify' as never), `hold(): "call" must be ${CALLS}`],
    ['call of count', (s) => s.count('verify' as never), `count(): "call" must be ${CALLS}`],
    [
      'seconds of advance',
      (s) => {
        s.advance(-1);
      },
      'advance(): "seconds" must be a number from 0, got -1.',
    ],
    [
      'seconds of advance',
      (s) => {
        s.advance(NaN);
      },
      'advance(): "seconds" must be a number from 0, got NaN.',
    ],
    [
      'credit',
      (s) => {
        s.credit = -1;
      },
      'credit must be a whole number from 0, got -1.',
    ],
    ['a start', () => simulator.start({ keepalive: true } as never), 'there is no "keepalive"'],
    [
      'a start',
      () => simulator.start({ keepAlive: 'no' as never }),
      'start(): "keepAlive" must be true or false, got "no".',
    ],
    ['a start', () => simulator.start(null as never), 'start(): it must be an object'],
    ['options', () => new AntsSimulator(null as never), 'AntsSimulator: it must be an object'],
    ['options', () => new AntsSimulator('manual' as never), 'AntsSimulator: it must be an object'],
  ])('of %s', async (_, call, sentence) => {
    expect(await refusal(() => call(simulator))).toContain(sentence);
  });

  it('of a fault changes nothing: the next call works', async () => {
    await refusal(() => {
      simulator.next('balance', { statu: 500 } as never);
    });
    const { username, password } = simulator.settings;
    const answer = await fetch(`${url}/account/balance`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
    });
    expect(answer.status).toBe(200);
  });
});

it('is refused by the compiler too', () => {
  const typed = (): void => {
    // @ts-expect-error no such value
    new AntsSimulator({ reports: 'none' });
    // @ts-expect-error no such name
    new AntsSimulator({ report: 'manual' });
    // @ts-expect-error not while it runs
    simulator.configure({ port: 1 });
    // @ts-expect-error no such call
    simulator.next('request', {});
    // @ts-expect-error no such field
    simulator.next('requestOTP', { statuss: 500 });
    // @ts-expect-error no such code
    simulator.next('requestOTP', { error: '9997' });
    // @ts-expect-error no such status
    void simulator.report(simulator.lastSms()!, { status: 'LOST' });
    // @ts-expect-error no such option
    OtpTestingModule.forTest({ ants: { report: 'manual' } });
  };
  expect(typed).toEqual(expect.any(Function));
});
