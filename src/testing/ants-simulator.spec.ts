import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  antsError,
  AntsSimulator,
  type AntsErrorCode,
  type AntsReport,
  type AntsReportDetail,
  type AntsReportStatus,
  type AntsSimulatorOptions,
} from './index.js';

const MOBILE = '66812345678';
const PATHS = {
  requestOTP: '/otp/requestOTP',
  resendOTP: '/otp/resendOTP',
  verifyOTP: '/otp/verifyOTP',
  balance: '/account/balance',
};
type Json = Record<string, unknown>;

let clock: number;
let simulator: AntsSimulator;
let baseUrl: string;

async function restart(options: AntsSimulatorOptions = {}): Promise<void> {
  await simulator.stop();
  simulator = new AntsSimulator({ now: () => clock, ...options });
  baseUrl = await simulator.start();
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function call(
  name: keyof typeof PATHS,
  body: unknown,
  { authorization, signal }: { authorization?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const { username, password } = simulator.settings;
  return fetch(baseUrl + PATHS[name], {
    method: 'POST',
    headers: {
      authorization: authorization ?? basic(username, password),
      'content-type': 'application/json',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal,
  });
}

async function ask(name: keyof typeof PATHS, body: unknown = {}): Promise<Json> {
  return (await (await call(name, body)).json()) as Json;
}

function otpRequest(extra: Json = {}): Json {
  return { otcId: simulator.settings.otcIds[0], mobile: MOBILE, ...extra };
}

async function sendOtp(extra: Json = {}): Promise<{ otpId: string; code: string }> {
  const { otpId } = await ask('requestOTP', otpRequest(extra));
  return { otpId: otpId as string, code: simulator.codeFor(MOBILE) };
}

function wrong(code: string): string {
  return code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10));
}

async function tryWrongCodes({ otpId, code }: { otpId: string; code: string }, times: number) {
  for (let i = 0; i < times; i += 1) await ask('verifyOTP', { otpId, otpCode: wrong(code) });
}

beforeEach(async () => {
  clock = Date.parse('2026-03-01T10:00:00.000Z');
  simulator = new AntsSimulator({ now: () => clock });
  baseUrl = await simulator.start();
});

afterEach(() => simulator.stop());

describe('credentials', () => {
  it.each([
    ['a wrong password', basic('ants-user', 'other')],
    ['a wrong user name', basic('other', 'ants-password')],
    ['no Basic credential', 'Bearer token'],
  ])('answers 401 and 9998 to %s', async (_, authorization) => {
    const response = await call('requestOTP', otpRequest(), { authorization });

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(antsError('9998'));
    expect(simulator.inbox).toEqual([]);
  });

  it('takes a configured credential with colons, signs and Thai letters', async () => {
    const credential = { username: 'ร้าน', password: 'p:%#$ก' };
    await restart(credential);

    expect((await call('requestOTP', otpRequest())).status).toBe(200);
  });
});

describe('requestOTP', () => {
  it('answers the ids, the reference and success', async () => {
    const answer = await ask('requestOTP', otpRequest());

    expect(answer).toEqual({
      otcId: simulator.settings.otcIds[0],
      otpId: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      referenceCode: expect.stringMatching(/^[\dA-Za-z]{9}$/),
      success: { message: 'Success', description: 'Success', code: '0000' },
    });
  });

  it('sends codes of the configured length', async () => {
    await restart({ codeLength: 4 });
    const { code } = await sendOtp();

    expect(code).toMatch(/^\d{4}$/);
  });

  it.each<[AntsErrorCode, string, Json]>([
    ['0301', 'an unknown otcId', { otcId: 'OTHER' }],
    ['0302', 'a number without 66', { mobile: '0812345678' }],
    ['0302', 'a number with a plus', { mobile: '+66812345678' }],
    ['0307', 'a number that is too short', { mobile: '6681234567' }],
    ['0307', 'a land line', { mobile: '6621234567' }],
    ['9996', 'no mobile', { mobile: undefined }],
    ['9996', 'an empty otcId', { otcId: '' }],
    ['9996', 'a number that is no string', { mobile: 66812345678 }],
    ['9996', 'null for an optional field', { callbackData: null }],
    ['9996', 'a notifyUrl that is no URL', { notifyUrl: 'example.com/report' }],
    ['9996', 'a notifyUrl over 150 characters', { notifyUrl: `https://e.com/${'a'.repeat(137)}` }],
    ['9996', 'an unknown notifyContentType', { notifyContentType: 'text/plain' }],
  ])('refuses with %s %s', async (code, _, extra) => {
    expect(await ask('requestOTP', otpRequest(extra))).toEqual(antsError(code));
    expect(simulator.inbox).toEqual([]);
  });

  it.each([MOBILE, '0812345678', '+66812345678'])(
    'takes %s by option, and keeps it as 66…',
    async (mobile) => {
      await restart({ mobileForm: 'any' });

      const { otpId } = await ask('requestOTP', otpRequest({ mobile }));

      expect(simulator.inbox).toMatchObject([{ to: MOBILE, otpId }]);
    },
  );

  it.each<[AntsErrorCode, string]>([
    ['0302', '812345678'],
    ['0307', '081234567'],
    ['0307', '+660812345678'],
    ['0307', '021234567'],
    // A magic number, in any form too.
    ['0301', '0800000301'],
  ])('refuses with %s %s where any form is taken', async (code, mobile) => {
    await restart({ mobileForm: 'any' });

    expect(await ask('requestOTP', otpRequest({ mobile }))).toEqual(antsError(code));
    expect(simulator.inbox).toEqual([]);
  });

  it.each(['{"otcId":', '"text"', 'null', '[]', ''])(
    'refuses the body %j with 9996',
    async (body) => {
      expect(await ask('requestOTP', body)).toEqual(antsError('9996'));
    },
  );

  it('refuses with 9995 when the credit is used up', async () => {
    await restart({ credit: 1 });
    await sendOtp();

    expect(await ask('requestOTP', otpRequest())).toEqual(antsError('9995'));
  });

  it.each([true, false])('takes a number 667… by option: %s', async (mobileSevens) => {
    await restart({ mobileSevens });

    const answer = await ask('requestOTP', otpRequest({ mobile: '66712345678' }));

    expect('success' in answer).toBe(mobileSevens);
    if (!mobileSevens) expect(answer).toEqual(antsError('0307'));
  });

  it('answers failures with the configured status', async () => {
    await restart({ failureStatus: 400 });

    expect((await call('requestOTP', {})).status).toBe(400);
  });
});

describe('verifyOTP', () => {
  it('confirms the right code', async () => {
    const { otpId, code } = await sendOtp();

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual({
      otpId,
      result: true,
      isErrorCount: false,
      isExprCode: false,
    });
  });

  it('answers a wrong code with result false and no flag', async () => {
    const { otpId, code } = await sendOtp();

    expect(await ask('verifyOTP', { otpId, otpCode: wrong(code) })).toEqual({
      otpId,
      result: false,
      isErrorCount: false,
      isExprCode: false,
    });
  });

  it('takes the right code after one wrong code less than the limit', async () => {
    const otp = await sendOtp();
    await tryWrongCodes(otp, 4);

    const answer = await ask('verifyOTP', { otpId: otp.otpId, otpCode: otp.code });

    expect(answer.result).toBe(true);
  });

  it('answers even the right code with isErrorCount when the attempts are used up', async () => {
    const otp = await sendOtp();
    await tryWrongCodes(otp, 5);

    expect(await ask('verifyOTP', { otpId: otp.otpId, otpCode: otp.code })).toEqual({
      otpId: otp.otpId,
      result: false,
      isErrorCount: true,
      isExprCode: false,
    });
  });

  it('takes the right code in the last millisecond', async () => {
    const { otpId, code } = await sendOtp();
    clock += 300_000 - 1;

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toMatchObject({ result: true });
  });

  it('answers the right code with isExprCode when it is expired', async () => {
    const { otpId, code } = await sendOtp();
    clock += 300_000;

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual({
      otpId,
      result: false,
      isErrorCount: false,
      isExprCode: true,
    });
  });

  it('refuses a confirmed code with 0306', async () => {
    const { otpId, code } = await sendOtp();
    await ask('verifyOTP', { otpId, otpCode: code });

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0306'));
  });

  it.each([
    ['any', antsError('0306')],
    ['same', { result: false, isErrorCount: false, isExprCode: false }],
  ] as const)('answers another code of a confirmed OTP, by %s, with %j', async (rule, expected) => {
    await restart({ confirmedRefusal: rule });
    const { otpId, code } = await sendOtp();
    await ask('verifyOTP', { otpId, otpCode: code });

    expect(await ask('verifyOTP', { otpId, otpCode: wrong(code) })).toMatchObject(expected);
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0306'));
  });

  it('refuses an unknown otpId with 0303', async () => {
    expect(await ask('verifyOTP', { otpId: 'other', otpCode: '123456' })).toEqual(
      antsError('0303'),
    );
  });

  it('refuses an otcId in place of the otpId with 9996', async () => {
    const { code } = await sendOtp();

    expect(await ask('verifyOTP', { otcId: otpRequest().otcId, otpCode: code })).toEqual(
      antsError('9996'),
    );
  });

  it('says expired with 0305 when refusals are codes', async () => {
    await restart({ verifyRefusal: 'codes', ttl: 60 });
    const { otpId, code } = await sendOtp();
    clock += 60_000;

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0305'));
  });

  it('says attempts used up with 0304 when refusals are codes', async () => {
    await restart({ verifyRefusal: 'codes', maxAttempts: 1 });
    const otp = await sendOtp();
    await tryWrongCodes(otp, 1);

    expect(await ask('verifyOTP', { otpId: otp.otpId, otpCode: otp.code })).toEqual(
      antsError('0304'),
    );
  });

  it('confirms once when the same code comes many times at once', async () => {
    const { otpId, code } = await sendOtp();

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask('verifyOTP', { otpId, otpCode: code })),
    );

    expect(answers.filter((answer) => answer.result === true)).toHaveLength(1);
  });
});

describe('resendOTP', () => {
  it('answers the shape of the request with a new otpId and reference', async () => {
    const first = await ask('requestOTP', otpRequest());

    const second = await ask('resendOTP', { otpId: first.otpId });

    expect(Object.keys(second)).toEqual(Object.keys(first));
    expect(second.otpId).not.toBe(first.otpId);
    expect(second.referenceCode).not.toBe(first.referenceCode);
  });

  it('forgets the old otpId', async () => {
    const { otpId, code } = await sendOtp();
    await ask('resendOTP', { otpId });

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0303'));
  });

  it('restarts the expiry and the attempts', async () => {
    const otp = await sendOtp();
    await tryWrongCodes(otp, 5);
    clock += 299_000;
    const { otpId } = await ask('resendOTP', { otpId: otp.otpId });
    clock += 299_000;

    const answer = await ask('verifyOTP', { otpId, otpCode: simulator.codeFor(MOBILE) });

    expect(answer.result).toBe(true);
  });

  it('keeps the otpId and its spent attempts by option', async () => {
    await restart({ resendNewOtpId: false });
    const otp = await sendOtp();
    await tryWrongCodes(otp, 5);

    const { otpId } = await ask('resendOTP', { otpId: otp.otpId });

    expect(otpId).toBe(otp.otpId);
    expect(await ask('verifyOTP', { otpId, otpCode: simulator.codeFor(MOBILE) })).toMatchObject({
      isErrorCount: true,
    });
  });

  it('keeps the code by option', async () => {
    await restart({ resendNewCode: false });
    const { otpId, code } = await sendOtp();
    await ask('resendOTP', { otpId });

    expect(simulator.codeFor(MOBILE)).toBe(code);
  });

  it.each([true, false])('has a new reference by option: %s', async (resendNewReference) => {
    await restart({ resendNewReference });
    const first = await ask('requestOTP', otpRequest());
    const second = await ask('resendOTP', { otpId: first.otpId });

    expect(second.referenceCode !== first.referenceCode).toBe(resendNewReference);
    expect(simulator.lastSms()?.text).toContain(second.referenceCode);
  });

  it('leaves the old otpId good for its own code by option', async () => {
    await restart({ resendEndsOld: false });
    const old = await sendOtp();
    const { otpId } = await ask('resendOTP', { otpId: old.otpId });
    const otpCode = simulator.codeFor(MOBILE);

    expect(await ask('verifyOTP', { otpId: old.otpId, otpCode: old.code })).toMatchObject({
      result: true,
    });
    expect(await ask('verifyOTP', { otpId, otpCode })).toMatchObject({ result: true });
  });

  it('keeps the expiry by option', async () => {
    await restart({ resendNewExpiry: false });
    const old = await sendOtp();
    clock += 299_000;
    const { otpId } = await ask('resendOTP', { otpId: old.otpId });
    clock += 1000;

    expect(await ask('verifyOTP', { otpId, otpCode: simulator.codeFor(MOBILE) })).toMatchObject({
      isExprCode: true,
    });
  });

  it.each([
    ['url', { notifyUrl: 'http://127.0.0.1:9/report', callbackData: undefined }],
    ['none', { notifyUrl: undefined, callbackData: undefined }],
  ] as const)('goes on with %s of what the request asked for', async (resendNotify, expected) => {
    await restart({ reports: 'manual', resendNotify });
    const { otpId } = await sendOtp({
      notifyUrl: 'http://127.0.0.1:9/report',
      callbackData: 'order-17',
    });
    await ask('resendOTP', { otpId });
    const { notifyUrl, callbackData } = simulator.inbox[1]!;

    expect({ notifyUrl, callbackData }).toEqual(expected);
  });

  it('goes on with the notifyUrl and callbackData of the request', async () => {
    const notify = { notifyUrl: 'http://127.0.0.1:9/report', callbackData: 'order-17' };
    await restart({ reports: 'manual' });
    const { otpId } = await sendOtp(notify);
    await ask('resendOTP', { otpId });

    expect(simulator.inbox[1]).toMatchObject(notify);
  });

  it('refuses an unknown otpId with 0303', async () => {
    expect(await ask('resendOTP', { otpId: 'other' })).toEqual(antsError('0303'));
  });

  it('refuses a confirmed OTP with 0306', async () => {
    const { otpId, code } = await sendOtp();
    await ask('verifyOTP', { otpId, otpCode: code });

    expect(await ask('resendOTP', { otpId })).toEqual(antsError('0306'));
  });

  it('keeps the old OTP alive when the credit is used up', async () => {
    await restart({ credit: 1 });
    const { otpId, code } = await sendOtp();

    expect(await ask('resendOTP', { otpId })).toEqual(antsError('9995'));
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toMatchObject({ result: true });
  });

  it('refuses an otcId alone with 9996', async () => {
    await sendOtp();

    expect(await ask('resendOTP', { otcId: otpRequest().otcId })).toEqual(antsError('9996'));
  });

  describe('that reads the otcId', () => {
    beforeEach(() => restart({ resendReads: 'otcId' }));

    it('sends the newest OTP of the configuration again', async () => {
      await ask('requestOTP', otpRequest({ mobile: '66898765432' }));
      await sendOtp();
      await ask('resendOTP', { otcId: otpRequest().otcId });

      expect(simulator.inbox.map((sms) => sms.to)).toEqual(['66898765432', MOBILE, MOBILE]);
    });

    it('refuses with 0303 when nothing was requested', async () => {
      expect(await ask('resendOTP', { otcId: otpRequest().otcId })).toEqual(antsError('0303'));
    });

    it('refuses an unknown otcId with 0301', async () => {
      expect(await ask('resendOTP', { otcId: 'OTHER' })).toEqual(antsError('0301'));
    });
  });

  it('wants both ids by option', async () => {
    await restart({ resendReads: 'both' });
    const { otpId } = await sendOtp();

    expect(await ask('resendOTP', { otpId })).toEqual(antsError('9996'));
    expect(await ask('resendOTP', { otpId, otcId: otpRequest().otcId })).toHaveProperty('success');
  });
});

describe('balance', () => {
  it('answers the credit left', async () => {
    await restart({ credit: 10 });
    await sendOtp();

    expect(await ask('balance')).toEqual({ type: 'prepaid', credit: 9 });
  });

  it('can be set in the middle of a test', async () => {
    simulator.credit = 0;

    expect(await ask('requestOTP', otpRequest())).toEqual(antsError('9995'));
  });

  it('needs no body', async () => {
    expect(await ask('balance', '')).toHaveProperty('credit');
  });
});

describe('inbox', () => {
  it('holds the SMS that was sent', async () => {
    await restart({ from: 'SHOP' });
    const answer = await ask('requestOTP', otpRequest({ callbackData: 'order-17' }));

    expect(simulator.inbox).toEqual([
      {
        to: MOBILE,
        from: 'SHOP',
        text: expect.stringContaining(simulator.codeFor(MOBILE)),
        otpId: answer.otpId,
        referenceCode: answer.referenceCode,
        code: expect.stringMatching(/^\d{6}$/),
        messageId: expect.stringMatching(/^[2-9]\d{19}$/),
        bulkId: expect.any(String),
        sentAt: clock,
        callbackData: 'order-17',
      },
    ]);
  });

  it('shows the reference in the text', async () => {
    await sendOtp();
    const sms = simulator.lastSms()!;

    expect(sms.text).toContain(sms.referenceCode);
  });

  it.each(['66812345678', '0812345678', '+66 81-234-5678'])(
    'finds the newest SMS to %s',
    async (mobile) => {
      await sendOtp();
      const { otpId } = await sendOtp();
      await sendOtp({ mobile: '66898765432' });

      expect(simulator.lastSms(mobile)?.otpId).toBe(otpId);
    },
  );

  it('gives no code of a number without an SMS', () => {
    expect(() => simulator.codeFor(MOBILE)).toThrow('no SMS');
  });

  // Part of a number was once enough, and the code of a stranger came.
  it.each(['abc', '8', '', '12345678', '0812345678x', '+1 555 123 45678'])(
    'finds nobody by %j, which is no number',
    async (text) => {
      await sendOtp();

      expect(() => simulator.codeFor(text)).toThrow('is no number');
      expect(() => simulator.messages(text)).toThrow('is no number');
      expect(() => {
        simulator.expire(text);
      }).toThrow('is no number');
    },
  );
});

describe('requests', () => {
  it('keeps what came, without the credential', async () => {
    await call('verifyOTP', { otpId: 'a', otpCode: '1' });

    expect(simulator.requests).toEqual([
      {
        call: 'verifyOTP',
        method: 'POST',
        path: '/otp/verifyOTP',
        headers: expect.objectContaining({
          'content-type': 'application/json',
          authorization: 'Basic [hidden]',
        }),
        body: { otpId: 'a', otpCode: '1' },
        at: clock,
      },
    ]);
  });

  it('hides a credential that has no scheme', async () => {
    await call('balance', {}, { authorization: 'secret' });

    expect(simulator.requests[0]?.headers.authorization).toBe('[hidden]');
  });

  it('keeps a body that is no JSON as text', async () => {
    await call('requestOTP', '{"otcId":');

    expect(simulator.requests[0]?.body).toBe('{"otcId":');
  });

  it('counts by call', async () => {
    await sendOtp();
    await sendOtp();
    await ask('balance');

    expect(simulator.count('requestOTP')).toBe(2);
    expect(simulator.count('verifyOTP')).toBe(0);
  });

  it.each([
    ['GET', '/otp/requestOTP'],
    ['POST', '/otp/other'],
  ])('keeps %s %s, which is no call, and answers 404', async (method, path) => {
    const authorization = basic(simulator.settings.username, simulator.settings.password);
    const response = await fetch(baseUrl + path, { method, headers: { authorization } });

    expect(response.status).toBe(404);
    expect(simulator.requests[0]).toMatchObject({ call: undefined, method, path });
  });
});

describe('delivery reports', () => {
  let receiver: Server;
  let received: { contentType?: string; authorization?: string; body: string }[];
  let notifyUrl: string;

  beforeEach(async () => {
    received = [];
    receiver = createServer((request, response) => {
      void text(request).then((body) => {
        const { 'content-type': contentType, authorization } = request.headers;
        received.push({ contentType, authorization, body });
        response.writeHead(202).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    notifyUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/reports/token`;
  });

  afterEach(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  function report(index = 0): AntsReport & { details: [AntsReportDetail] } {
    return JSON.parse(received[index]!.body) as AntsReport & { details: [AntsReportDetail] };
  }

  it('posts one DELIVERED report after an answer', async () => {
    await sendOtp({ notifyUrl });
    await simulator.reportsSettled();

    expect(received).toHaveLength(1);
    expect(report().details[0].status.name).toBe('DELIVERED');
  });

  it('posts one for a resend too', async () => {
    const { otpId } = await sendOtp({ notifyUrl });
    await ask('resendOTP', { otpId });
    await simulator.reportsSettled();

    const messageIds = received.map((_, index) => report(index).details[0].messageId).sort();
    expect(messageIds).toEqual(simulator.inbox.map((sms) => sms.messageId).sort());
  });

  it('posts nothing when the answer is a failure', async () => {
    await ask('requestOTP', otpRequest({ notifyUrl, mobile: '0812345678' }));
    await simulator.reportsSettled();

    expect(received).toEqual([]);
  });

  it('posts one although the caller never saw the answer', async () => {
    simulator.next('requestOTP', { drop: 'after' });
    await expect(call('requestOTP', otpRequest({ notifyUrl }))).rejects.toThrow();
    await simulator.reportsSettled();

    expect(received).toHaveLength(1);
  });

  it('posts one although the caller went away before the answer', async () => {
    const held = simulator.hold('requestOTP');
    const caller = new AbortController();
    const answer = call('requestOTP', otpRequest({ notifyUrl }), { signal: caller.signal });
    await held.arrived;
    caller.abort();
    await expect(answer).rejects.toThrow();
    held.release();
    await ask('balance');
    await simulator.reportsSettled();

    expect(received).toHaveLength(1);
  });

  it.each(['late', 'delivered'] as const)(
    'posts no %s one on an SMS that a reset forgot',
    async (reports) => {
      simulator.configure({ reports, reportDelayMs: 3_600_000 });
      const held = simulator.hold('requestOTP');
      const answer = ask('requestOTP', otpRequest({ notifyUrl }));
      await held.arrived;
      if (reports === 'late') {
        held.release();
        await answer;
      }

      simulator.reset();

      await answer;
      await simulator.reportsSettled();
      expect(received).toEqual([]);
    },
  );

  it('drops an automatic report that nobody takes', async () => {
    await sendOtp({ notifyUrl: 'http://127.0.0.1:1/' });

    await expect(simulator.reportsSettled()).resolves.toBeUndefined();
  });

  describe('by hand', () => {
    beforeEach(() => restart({ reports: 'manual' }));

    it('come only when asked for', async () => {
      await sendOtp({ notifyUrl });
      await simulator.reportsSettled();

      expect(received).toEqual([]);
    });

    it('have the documented fields in order', async () => {
      await sendOtp({ notifyUrl, callbackData: 'order-17' });
      const sms = simulator.lastSms()!;
      clock += 1500;
      await simulator.report(sms);

      expect(received).toEqual([
        {
          contentType: 'application/json',
          authorization: undefined,
          body: JSON.stringify({
            bulkId: sms.bulkId,
            details: [
              {
                messageId: sms.messageId,
                to: MOBILE,
                from: 'ANTS',
                text: sms.text,
                credit: 1,
                sendDate: '2026-03-01T17:00:00.00',
                doneDate: '2026-03-01T17:00:01.50',
                status: {
                  code: '3',
                  name: 'DELIVERED',
                  description: 'Message delivered to handset',
                },
                callbackData: 'order-17',
              },
            ],
          }),
        },
      ]);
    });

    it('have no callbackData when the request had none', async () => {
      await sendOtp({ notifyUrl });
      await simulator.report(simulator.lastSms()!);

      expect(report().details[0]).not.toHaveProperty('callbackData');
    });

    it.each<[AntsReportStatus, string]>([
      ['ACCEPTED', '0'],
      ['PENDING', '1'],
      ['UNDELIVERED', '2'],
      ['DELIVERED', '3'],
      ['EXPIRED', '4'],
      ['REJECTED', '5'],
      ['COMPLETED', '6'],
    ])('say %s with code %s', async (status, code) => {
      await sendOtp({ notifyUrl });
      await simulator.report(simulator.lastSms()!, { status });

      expect(report().details[0].status).toMatchObject({ name: status, code });
    });

    it('come as often as asked and give each HTTP status', async () => {
      await sendOtp({ notifyUrl });

      expect(await simulator.report(simulator.lastSms()!, { times: 2 })).toEqual([202, 202]);
      expect(received[1]).toEqual(received[0]);
    });

    it('can have another detail', async () => {
      await sendOtp({ notifyUrl });
      await simulator.report(simulator.lastSms()!, {
        patch: ({ status, ...detail }) => ({ ...detail, status: [status] }),
      });

      expect(report().details[0].status).toEqual([expect.objectContaining({ code: '3' })]);
    });

    it('can have another root', async () => {
      await sendOtp({ notifyUrl });
      await simulator.report(simulator.lastSms()!, {
        root: ({ details }) => ({ details: details[0], callbackData: 'at the root' }),
      });

      expect(JSON.parse(received[0]!.body)).toEqual({
        details: expect.objectContaining({ to: MOBILE }),
        callbackData: 'at the root',
      });
    });

    it('bring the credential of the notifyUrl as HTTP Basic', async () => {
      await sendOtp({ notifyUrl: notifyUrl.replace('//', '//user:secret@') });
      await simulator.report(simulator.lastSms()!);

      expect(received[0]?.authorization).toBe(basic('user', 'secret'));
    });

    it('can come before the answer of the request', async () => {
      const held = simulator.hold('requestOTP');
      const answer = ask('requestOTP', otpRequest({ notifyUrl }));
      await held.arrived;

      expect(await simulator.report(simulator.lastSms()!)).toEqual([202]);
      held.release();
      expect(await answer).toHaveProperty('success');
    });

    it('need a notifyUrl', async () => {
      await sendOtp();

      await expect(simulator.report(simulator.lastSms()!)).rejects.toThrow('no notifyUrl');
    });

    it('need a content type the simulator can write', async () => {
      await sendOtp({ notifyUrl });
      const sms = { ...simulator.lastSms()!, notifyContentType: 'text/plain' };

      await expect(simulator.report(sms)).rejects.toThrow('no text/plain reports');
    });

    it('fail when nobody takes them', async () => {
      await sendOtp({ notifyUrl: 'http://127.0.0.1:1/' });

      await expect(simulator.report(simulator.lastSms()!)).rejects.toThrow('ECONNREFUSED');
    });
  });
});

describe('faults', () => {
  it('answer a status, headers and text instead of doing the work', async () => {
    simulator.next('requestOTP', {
      status: 502,
      body: '<h1>Bad Gateway</h1>',
      headers: { 'content-type': 'text/html' },
    });
    const response = await call('requestOTP', otpRequest());

    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toBe('<h1>Bad Gateway</h1>');
    expect(simulator.inbox).toEqual([]);
  });

  it('answer an object as JSON with status 200', async () => {
    simulator.next('requestOTP', { body: antsError('9999') });
    const response = await call('requestOTP', otpRequest());

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(antsError('9999'));
  });

  it('answer an empty body to a status alone', async () => {
    simulator.next('requestOTP', { status: 429, headers: { 'retry-after': '5' } });
    const response = await call('requestOTP', otpRequest());

    expect(await response.text()).toBe('');
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it('hit one call of their name only', async () => {
    simulator.next('verifyOTP', { status: 500 });
    const { otpId, code } = await sendOtp();

    expect((await call('verifyOTP', { otpId, otpCode: code })).status).toBe(500);
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toMatchObject({ result: true });
  });

  it('hit as many calls as asked, in the order they were queued', async () => {
    simulator.next('balance', { status: 500 }, 2);
    simulator.next('balance', { status: 503 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await call('balance', {})).status);

    expect(statuses).toEqual([500, 500, 503, 200]);
  });

  it('can close the connection before the work', async () => {
    simulator.next('requestOTP', { drop: 'before' });

    await expect(call('requestOTP', otpRequest())).rejects.toThrow();
    expect(simulator.inbox).toEqual([]);
  });

  it('can close the connection after the work', async () => {
    const { otpId, code } = await sendOtp();
    simulator.next('verifyOTP', { drop: 'after' });

    await expect(call('verifyOTP', { otpId, otpCode: code })).rejects.toThrow();
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0306'));
  });

  it('can hang without the work until the simulator stops', async () => {
    simulator.next('requestOTP', { hang: true });
    const held = simulator.hold('requestOTP');
    const answer = call('requestOTP', otpRequest());
    await held.arrived;
    held.release();

    expect(simulator.inbox).toEqual([]);
    await Promise.all([expect(answer).rejects.toThrow(), simulator.stop()]);
  });

  it('can delay the answer, with the work done at once', async () => {
    simulator.next('requestOTP', { delayMs: 3_600_000 });
    const held = simulator.hold('requestOTP');
    const answer = call('requestOTP', otpRequest());
    await held.arrived;
    held.release();

    expect(simulator.inbox).toHaveLength(1);
    await Promise.all([expect(answer).rejects.toThrow(), simulator.stop()]);
  });

  it('can delay many answers at once', async () => {
    simulator.next('balance', { delayMs: 20 }, 50);

    const answers = await Promise.all(Array.from({ length: 50 }, () => call('balance', {})));

    expect(answers.every((answer) => answer.ok)).toBe(true);
  });

  it('can delay by a moment and then answer', async () => {
    simulator.next('requestOTP', { delayMs: 1 });

    expect(await ask('requestOTP', otpRequest())).toHaveProperty('success');
  });
});

describe('latency', () => {
  it.each<[string, number | [number, number]]>([
    ['fixed', 1],
    ['between two bounds', [0, 2]],
  ])('can be %s', async (_, latencyMs) => {
    await restart({ latencyMs });

    expect(await ask('requestOTP', otpRequest())).toHaveProperty('success');
  });
});

describe('hold', () => {
  it('stops a call between its work and its answer', async () => {
    const { otpId, code } = await sendOtp();
    const held = simulator.hold('verifyOTP');
    const first = ask('verifyOTP', { otpId, otpCode: code });
    await held.arrived;

    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0306'));
    held.release();
    expect(await first).toMatchObject({ result: true });
  });

  it('ends with a reset: nobody is left to release the call', async () => {
    const held = simulator.hold('requestOTP');
    const answer = ask('requestOTP', otpRequest());
    await held.arrived;

    simulator.reset();

    expect(await answer).toHaveProperty('success');
  });

  it('survives a caller that goes away', async () => {
    const held = simulator.hold('requestOTP');
    const caller = new AbortController();
    const answer = call('requestOTP', otpRequest(), { signal: caller.signal });
    await held.arrived;
    caller.abort();
    await expect(answer).rejects.toThrow();
    held.release();

    expect(await ask('balance')).toHaveProperty('credit');
  });
});

describe('lifecycle', () => {
  it('listens on 127.0.0.1', () => {
    expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('comes back on the same port with its OTPs', async () => {
    const { otpId, code } = await sendOtp();
    await simulator.stop();
    await expect(call('balance', {})).rejects.toThrow();

    expect(await simulator.start()).toBe(baseUrl);
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toMatchObject({ result: true });
  });

  it('refuses to start twice', async () => {
    await expect(simulator.start()).rejects.toThrow('already running');
  });

  it('refuses a second start while the first one runs', async () => {
    await simulator.stop();

    const [first, second] = await Promise.allSettled([simulator.start(), simulator.start()]);

    expect(first).toEqual({ status: 'fulfilled', value: baseUrl });
    expect(second).toMatchObject({ reason: { message: 'The simulator is already running.' } });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['twice', () => simulator.stop().then(() => simulator.stop())],
    ['twice at once', () => Promise.all([simulator.stop(), simulator.stop()])],
    ['before its start', () => (simulator = new AntsSimulator()).stop()],
    [
      'while it starts',
      async () => {
        await simulator.stop();
        await Promise.all([simulator.start(), simulator.stop()]);
      },
    ],
    [
      'after a start that failed',
      async () => {
        const taken = new AntsSimulator({ port: Number(new URL(baseUrl).port) });
        await expect(taken.start()).rejects.toThrow('EADDRINUSE');
        await taken.stop();
        await simulator.stop();
        simulator = taken;
      },
    ],
  ])('can be stopped %s, and started then', async (_, stopping) => {
    await stopping();
    expect(() => simulator.url).toThrow('call start()');

    await expect(simulator.start()).resolves.toMatch(/^http/);
  });

  it('reports nothing when it is stopped', async () => {
    await sendOtp({ notifyUrl: 'http://127.0.0.1:1/' });
    await simulator.stop();

    await expect(simulator.report(simulator.lastSms()!)).rejects.toThrow('start()');
  });

  it('forgets SMS, requests, OTPs and faults on reset and gives the credit back', async () => {
    await restart({ credit: 1 });
    const { otpId, code } = await sendOtp();
    simulator.next('verifyOTP', { status: 500 });

    simulator.reset();

    expect(simulator.inbox).toEqual([]);
    expect(simulator.requests).toEqual([]);
    expect(simulator.credit).toBe(1);
    expect(await ask('verifyOTP', { otpId, otpCode: code })).toEqual(antsError('0303'));
  });
});
