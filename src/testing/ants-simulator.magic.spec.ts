import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AntsCaller, type RawAnswer } from '../../test/conformance/ants-caller.js';
import { parseMobile } from '../domain/mobile.js';
import { ANTS_MAGIC_NUMBERS, antsError, AntsSimulator, type AntsErrorCode } from './index.js';

let simulator: AntsSimulator;
let caller: AntsCaller;

beforeEach(async () => {
  simulator = new AntsSimulator();
  const { username, password } = simulator.settings;
  caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
});

afterEach(() => simulator.stop());

function request(last3: string): Promise<RawAnswer> {
  const mobile = `66800000${last3}`;
  return caller.post('/otp/requestOTP', { otcId: simulator.settings.otcIds[0], mobile });
}

async function verify(last3: string, right = true): Promise<RawAnswer> {
  const { otpId } = (await request(last3)).json as { otpId: string };
  const code = simulator.codeFor(`0800000${last3}`);
  return caller.post('/otp/verifyOTP', { otpId, otpCode: right ? code : 'wrong' });
}

describe('the table', () => {
  it('names each number once', () => {
    const numbers = ANTS_MAGIC_NUMBERS.map(({ mobile }) => mobile);

    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it.each(ANTS_MAGIC_NUMBERS)('$mobile is a Thai mobile number', ({ mobile }) => {
    expect(parseMobile(mobile)?.wire).toBe(`66${mobile.slice(1)}`);
  });
});

describe('a request for', () => {
  it.each<AntsErrorCode>([
    '0301',
    '0302',
    '0303',
    '0304',
    '0305',
    '0306',
    '0307',
    '9995',
    '9996',
    '9998',
    '9999',
  ])('the last three digits of %s is refused with it, without an SMS', async (code) => {
    expect((await request(code.slice(1))).json).toEqual(antsError(code));
    expect(simulator.inbox).toEqual([]);
  });

  it.each([
    ['200', 200, ''],
    ['201', 200, '<h1>Welcome</h1>'],
    ['203', 200, '{}'],
    ['401', 401, ''],
    ['429', 429, ''],
    ['500', 500, ''],
    ['502', 502, '<h1>502 Bad Gateway</h1>'],
  ])('…%s answers %i and %j, without an SMS', async (last3, status, text) => {
    expect(await request(last3)).toMatchObject({ status, text });
    expect(simulator.inbox).toEqual([]);
  });

  it.each([
    ['202', 1],
    ['212', 0],
    ['213', 1],
  ])('…%s loses the connection, with %i SMS', async (last3, count) => {
    await expect(request(last3)).rejects.toThrow();
    expect(simulator.inbox).toHaveLength(count);
  });

  it('…429 says when to come again', async () => {
    const { username, password, otcIds } = simulator.settings;
    const response = await fetch(`${simulator.url}/otp/requestOTP`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body: JSON.stringify({ otcId: otcIds[0], mobile: '66800000429' }),
    });

    expect(response.headers.get('retry-after')).toBe('30');
  });

  it.each<[string, number, AntsErrorCode]>([
    ['400', 400, '9996'],
    ['402', 402, '9995'],
  ])('…%s is refused under HTTP %i with %s, without an SMS', async (last3, status, code) => {
    expect(await request(last3)).toMatchObject({ status, json: antsError(code) });
    expect(simulator.inbox).toEqual([]);
  });

  it('…214 sends the SMS at once and answers 3 s later', async () => {
    const asked = performance.now();
    const held = simulator.hold('requestOTP');
    const answer = request('214');
    await held.arrived;
    expect(simulator.inbox).toHaveLength(1);
    held.release();

    expect((await answer).json).toHaveProperty('success');
    expect(performance.now() - asked).toBeGreaterThan(2900);
  });

  it.each([
    ['210', 0],
    ['211', 1],
  ])('…%s does not answer soon, with %i SMS', async (last3, count) => {
    const held = simulator.hold('requestOTP');
    const answer = request(last3);
    await held.arrived;
    held.release();

    expect(simulator.inbox).toHaveLength(count);
    await Promise.all([expect(answer).rejects.toThrow(), simulator.stop()]);
  });
});

describe('a verify of', () => {
  it('…000 takes 123456', async () => {
    await request('000');

    expect(simulator.codeFor('0800000000')).toBe('123456');
  });

  it('…000 takes 1234 where codes have four digits', async () => {
    simulator.configure({ codeLength: 4 });
    await request('000');

    expect(simulator.codeFor('0800000000')).toBe('1234');
  });

  it.each([
    ['700', { result: false, isExprCode: true, isErrorCount: false }],
    ['701', { result: false, isExprCode: false, isErrorCount: true }],
    ['705', antsError('0306')],
    ['706', antsError('0303')],
    ['707', antsError('9999')],
    ['708', { result: true, isErrorCount: false, isExprCode: true }],
    ['714', { result: true, isErrorCount: true, isExprCode: false }],
    ['715', { result: true, isErrorCount: true, isExprCode: true }],
    ['716', { result: false, isErrorCount: true, isExprCode: true }],
    ['717', antsError('0305')],
    ['731', antsError('0301')],
    ['734', antsError('0304')],
    ['735', antsError('0305')],
    ['795', antsError('9995')],
    ['796', antsError('9996')],
    ['798', antsError('9998')],
  ])('the right code of …%s is answered %j', async (last3, expected) => {
    expect((await verify(last3)).json).toMatchObject(expected);
  });

  it.each([
    ['709', 200, '<h1>Welcome</h1>'],
    ['710', 200, ''],
    ['711', 500, ''],
    ['717', 400, JSON.stringify(antsError('0305'))],
  ])('…%s is answered %i and %j', async (last3, status, text) => {
    expect(await verify(last3)).toMatchObject({ status, text });
  });

  it.each([
    ['703', antsError('0306')],
    ['712', { result: true }],
    ['713', antsError('0306')],
  ])('…%s loses the connection; asked again without magic: %j', async (last3, later) => {
    await expect(verify(last3)).rejects.toThrow();

    const { otpId, code } = simulator.lastSms(`0800000${last3}`)!;
    simulator.configure({ magicNumbers: false });
    const { json } = await caller.post('/otp/verifyOTP', { otpId, otpCode: code });
    expect(json).toMatchObject(later);
  });

  it.each([
    ['702', antsError('0306')],
    ['704', { result: true }],
  ])('…%s never answers; asked again without magic: %j', async (last3, later) => {
    const held = simulator.hold('verifyOTP');
    const answer = verify(last3);
    await held.arrived;
    held.release();
    const { otpId, code } = simulator.lastSms()!;
    simulator.configure({ magicNumbers: false });

    const { json } = await caller.post('/otp/verifyOTP', { otpId, otpCode: code });

    expect(json).toMatchObject(later);
    await Promise.all([expect(answer).rejects.toThrow(), simulator.stop()]);
  });
});

describe('a resend to', () => {
  it.each<[string, AntsErrorCode]>([
    ['720', '9999'],
    ['721', '9995'],
    ['723', '0303'],
    ['724', '0304'],
    ['725', '0305'],
    ['726', '0306'],
  ])('…%s is refused with %s', async (last3, code) => {
    const { otpId } = (await request(last3)).json as { otpId: string };

    expect((await caller.post('/otp/resendOTP', { otpId })).json).toEqual(antsError(code));
  });

  it.each([
    ['727', 1],
    ['728', 2],
    ['729', 2],
  ])('…%s loses the connection, with %i SMS in all', async (last3, count) => {
    const { otpId } = (await request(last3)).json as { otpId: string };

    await expect(caller.post('/otp/resendOTP', { otpId })).rejects.toThrow();
    expect(simulator.inbox).toHaveLength(count);
  });

  it('…722 sends the SMS, but never answers', async () => {
    const { otpId } = (await request('722')).json as { otpId: string };
    const held = simulator.hold('resendOTP');
    const answer = caller.post('/otp/resendOTP', { otpId });
    await held.arrived;
    held.release();

    expect(simulator.inbox).toHaveLength(2);
    await Promise.all([expect(answer).rejects.toThrow(), simulator.stop()]);
  });
});

describe('magic', () => {
  it('gives way to a fault queued by the test', async () => {
    simulator.next('requestOTP', { status: 418 });

    expect(await request('301')).toMatchObject({ status: 418 });
    expect((await request('301')).json).toEqual(antsError('0301'));
  });

  it('can be turned off', async () => {
    simulator.configure({ magicNumbers: false });

    expect((await request('301')).json).toHaveProperty('success');
  });
});
