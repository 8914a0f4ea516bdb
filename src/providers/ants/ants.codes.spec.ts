import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpService } from '@nestjs/axios';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import type { AntsCode } from '../../domain/ants-code.js';
import type { AntsCode as PublicCode, OtpAlarm, OtpEventOf, OtpException } from '../../index.js';
import type { OtpHistoryEntry } from '../../index.js';
import type { SendOutcome, VerifyOutcome } from '../../ports/otp-provider.js';
import { antsError, AntsSimulator } from '../../testing/index.js';
import { AntsClient } from './ants.client.js';
import { readMessage } from './ants.codes.js';

type Kind = SendOutcome['kind'] | VerifyOutcome['kind'];
type Meaning = [kind: Kind, reason?: string];

/** ANTS' documentation, and what each code means for a send and for a check. */
const CODES: Record<AntsCode, [en: string, th: string, send: Meaning, verify: Meaning]> = {
  '0000': ['Success', 'สำเร็จ', ['sent'], ['right']],
  '9999': ['Exception', 'ผิดพลาด', ['unknown'], ['unknown']],
  '9998': [
    'Authentication failed',
    'username or password ผิดพลาด',
    ['refused', 'credentials'],
    ['refused', 'credentials'],
  ],
  '9996': ['Bad Request', 'คำสั่งไม่ถูกต้อง', ['refused', 'request'], ['refused', 'request']],
  '9995': ['Credit not enough', 'เครดิตหมด', ['refused', 'credit'], ['refused', 'credit']],
  '0301': ['Invalid OTP Config', 'ตั้งค่า OTP ไม่ถูกต้อง', ['refused', 'config'], ['refused', 'config']],
  '0302': ['Number Prefix Missing', 'ไม่มีคำนำหน้า', ['refused', 'number'], ['refused', 'number']],
  '0303': ['No Data Available OTP', 'ไม่พบข้อมูล OTP', ['refused', 'ended'], ['refused', 'not_found']],
  '0304': ['Over Limit Usage', 'กรอกข้อมูลเกินจำนวนครั้งที่กำหนด', ['refused', 'ended'], ['limit']],
  '0305': ['OTP Code Expired', 'OTP Code หมดอายุ', ['refused', 'ended'], ['expired']],
  '0306': ['OTP Code Confirmed', 'OTP Code ยืนยันตัวตนไปแล้ว', ['refused', 'ended'], ['already_used']],
  '0307': ['Invalid Number', 'หมายเลขไม่ถูกต้อง', ['refused', 'number'], ['refused', 'number']],
};
const TABLE = Object.entries(CODES) as [AntsCode, (typeof CODES)[AntsCode]][];

const IDS = { otcId: 'F2A1', otpId: 'P-1', referenceCode: 'aB3dE5fG7' };
const CHECKED = { otpId: 'P-1', result: true, isErrorCount: false, isExprCode: false };

const REQUEST = { otcId: 'F2A1', mobile: '66812345678' };

const username = 'user';
const password = 'password';
const credential = { auth: 'basic' as const, username, password };
let simulator: AntsSimulator;
let client: AntsClient;
beforeAll(async () => {
  simulator = new AntsSimulator({ username, password });
  const baseUrl = await simulator.start();
  client = new AntsClient(new HttpService(axios.create()), { baseUrl, credential });
});
afterAll(async () => {
  client.onApplicationShutdown();
  await simulator.stop();
});

const CALLS: Record<'requestOTP' | 'resendOTP' | 'verifyOTP', () => Promise<{ kind: Kind }>> = {
  requestOTP: () => client.send(REQUEST),
  resendOTP: () => client.resend({ otcId: 'F2A1', otpId: 'P-1' }),
  verifyOTP: () => client.verify({ otpId: 'P-1', otpCode: '123456' }),
};
type Call = keyof typeof CALLS;

function answer(call: Call, body: object) {
  simulator.next(call, { body });
  return CALLS[call]();
}

/** How a failure, or a success, can say what it is; `ants.mapper.spec.ts` has the code itself and the English message. */
const FORMS: [form: string, fields: (code: string, en: string, th: string) => object][] = [
  ['Thai message', (_, __, message) => ({ message })],
  ['English description', (_, description) => ({ message: '', description })],
  ['Thai description', (_, __, description) => ({ message: 'OTP', description })],
  ['Thai message, English description', (_, description, message) => ({ message, description })],
  ['English status', (_, status) => ({ status })],
  ['Thai status', (_, __, status) => ({ status })],
];

const CASES = TABLE.flatMap(([code, [en, th, send, verify]]) =>
  FORMS.flatMap(([form, fields]) =>
    (Object.keys(CALLS) as Call[]).map((call) => ({
      ...{ code, form, call, part: fields(code, en, th) },
      meaning: call === 'verifyOTP' ? verify : send,
    })),
  ),
);

/** What belongs to the success of a call. */
const successOf = (call: Call): object => (call === 'verifyOTP' ? CHECKED : IDS);

describe('every documented code, in each call', () => {
  it.each(CASES)('$code by $form in $call', async ({ code, form, call, part, meaning }) => {
    const [kind, reason] = meaning;
    const success = code === '0000';
    const expected = { kind, ...(reason && { reason }), ...(!success && { antsCode: code }) };

    const named = success ? { ...successOf(call), success: part } : { error: part };
    expect(await answer(call, named)).toMatchObject(expected);

    // At the root, and beside what would be a success.
    expect(await answer(call, { ...successOf(call), ...part })).toMatchObject(expected);
    // As the error itself.
    if (!success && 'message' in part && form.endsWith(' message'))
      expect(await answer(call, { error: part.message })).toMatchObject(expected);
  });

  it.each(TABLE)('%s is one message in each language and no other code’s', (code, [en, th]) => {
    expect([readMessage(en), readMessage(th)]).toEqual([code, code]);
    expect(TABLE.filter(([, texts]) => texts.slice(0, 2).includes(th))).toHaveLength(1);
  });
});

const nfd = (text: string) => text.normalize('NFKD');
const SAME: [what: string, text: string, code: AntsCode][] = [
  ['blanks around it', ' \n เครดิตหมด\t', '9995'],
  ['a no-break space', 'Credit not enough', '9995'],
  ['two blanks', 'ตั้งค่า  OTP  ไม่ถูกต้อง', '0301'],
  ['no blank', 'ไม่พบข้อมูลOTP', '0303'],
  ['another case', 'otp code หมดอายุ', '0305'],
  ['a full stop', 'เครดิตหมด.', '9995'],
  ['exclamation marks', 'CREDIT NOT ENOUGH!!', '9995'],
  ['a zero-width space between words', 'เครดิต\u200bหมด', '9995'],
  ['a byte order mark', '\ufeffผิดพลาด', '9999'],
  ['a soft hyphen', 'ผิด\u00adพลาด', '9999'],
  ['sara am in two characters', nfd('ไม่มีคำนำหน้า'), '0302'],
  ['sara am in two characters, success', nfd('สำเร็จ'), '0000'],
  ['two sara e for sara ae', 'OTP Code ยืนยันตัวตนไปเเล้ว', '0306'],
  ['a tone mark before its vowel mark', 'คำส\u0e48\u0e31งไม่ถูกต้อง', '9996'],
  ['wide Latin letters', 'ＯＴＰ Code หมดอายุ', '0305'],
];

const OTHER: [what: string, text: string][] = [
  ['a longer text with that of 9999 at its end', 'เกิดข้อผิดพลาด'],
  ['a longer text with that of 9999 in it', 'ผิดพลาดบางอย่าง'],
  ['the text of 9998 cut before its end', 'username or password'],
  ['the text of 9998 without its password', 'username ผิดพลาด'],
  ['a text around that of 9995', 'ขออภัย เครดิตหมด กรุณาเติมเงิน'],
  ['half of 9995', 'เครดิต'],
  ['half of the English 9995', 'Credit'],
  ['the denial of 9995', 'เครดิตไม่หมด'],
  ['0307 without its negation', 'หมายเลขถูกต้อง'],
  ['9996 without its negation', 'คำสั่งถูกต้อง'],
  ['the negation of a success', 'ไม่สำเร็จ'],
  ['the negation of a success in English', 'Not Success'],
  ['two messages in one', 'Exception Credit not enough'],
  ['the name of a code', '9995: เครดิตหมด'],
  ['another tone mark', 'หมายเลขไม่ถูกต๊อง'],
  ['another vowel', 'เครดิตหมัด'],
  ['a full stop inside', 'Credit. not enough'],
  ['no text', ''],
  ['blanks alone', ' \u200b '],
  ['a very long text', `เครดิตหมด${' '.repeat(10_000)}`],
];

describe('a message', () => {
  it.each(SAME)('is known with %s', (_, text, code) => {
    expect(readMessage(text)).toBe(code);
  });

  it.each(OTHER)('is not taken for another: %s', async (_, text) => {
    expect(readMessage(text)).toBeUndefined();
    for (const call of Object.keys(CALLS) as Call[]) {
      const outcome = await answer(call, { error: { message: text } });
      expect(outcome).toMatchObject({ kind: 'unknown' });
      expect(outcome).not.toHaveProperty('antsCode');
    }
  });

  it.each(TABLE)('does not decide against the code: %s', async (code, [, , send, verify]) => {
    for (const [other, [en, th]] of TABLE.filter(([name]) => name !== code && name !== '0000'))
      for (const message of [en, th])
        for (const [call, [kind]] of [
          ['resendOTP', send],
          ['verifyOTP', verify],
        ] as const) {
          const body = { ...successOf(call), error: { message, code } };
          const outcome = await answer(call, body);
          // A success that its own text denies is none.
          if (code === '0000') expect([other, outcome.kind]).toEqual([other, 'unknown']);
          else expect(outcome).toMatchObject({ kind, antsCode: code });
        }
  });

  it('that says more than "Exception" decides beside it', async () => {
    for (const error of [
      { message: 'ผิดพลาด', description: 'เครดิตหมด' },
      { message: 'Credit not enough', description: 'Exception' },
    ])
      expect(await answer('requestOTP', { error })).toMatchObject({ antsCode: '9995' });
  });

  it('decides where the code is not documented', async () => {
    const error = { message: 'เครดิตหมด', code: '9994' };
    expect(await answer('requestOTP', { error })).toMatchObject({ antsCode: '9995' });
  });

  it('is read in the charset of the answer', async () => {
    const text = '{"error":{"message":"เครดิตหมด"}}';
    // The Thai letters of windows-874 stand 0xD60 below those of Unicode.
    const bytes = Array.from(text, (letter) => letter.charCodeAt(0)).map((n) =>
      n > 255 ? n - 0xd60 : n,
    );
    const server = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json; charset=windows-874');
      response.end(Buffer.from(bytes));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = new AntsClient(new HttpService(axios.create()), { baseUrl, credential });
    expect(await other.send(REQUEST)).toMatchObject({ reason: 'credit', antsCode: '9995' });
    other.onApplicationShutdown();
    server.close();
  });
});

describe('a code that ANTS does not document', () => {
  it.each(Object.keys(CALLS) as Call[])('is kept apart from antsCode in %s', async (call) => {
    const outcome = await answer(call, { error: { message: 'New', code: '9990' } });
    expect(outcome).toMatchObject({ kind: 'unknown', unlistedCode: '9990' });
    expect(outcome).not.toHaveProperty('antsCode');
  });

  it('is not kept if it could be the code of a user', async () => {
    const outcome = await answer('verifyOTP', { error: { message: 'New', code: '4821' } });
    expect(outcome).not.toHaveProperty('unlistedCode');
  });
});

it('AntsCode is the type of antsCode wherever the app meets it', () => {
  const typed = (
    exception: OtpException,
    entry: OtpHistoryEntry,
    alarm: OtpAlarm,
    event: OtpEventOf<'send_failed'>,
    outcome: Extract<SendOutcome, { kind: 'refused' }>,
  ): (PublicCode | undefined)[] => {
    // @ts-expect-error no code of ANTS
    const none: (typeof exception)['antsCode'] = '9997';
    return [
      ...[exception.antsCode, entry.data.antsCode, alarm.facts.antsCode],
      ...[event.data.antsCode, outcome.antsCode, none],
    ];
  };
  const all: Record<PublicCode, unknown> = CODES;
  expect([typeof typed, Object.keys(all).length]).toEqual(['function', 12]);
});

it('the simulator answers by the same texts', () => {
  for (const [code, [en]] of TABLE)
    if (code !== '0000') expect(antsError(code).error).toMatchObject({ message: en, code });
});
