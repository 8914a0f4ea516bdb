import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Post, UseGuards } from '@nestjs/common';
import { OtpGuard, OtpLanguages, RequireOtp } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { EventClient } from '../support/event-client.js';
import { noteSecret } from '../support/leaks/run-record.js';

@Controller('vault')
class VaultController {
  @Post()
  @UseGuards(OtpGuard)
  @RequireOtp('default')
  open(): string {
    return 'open';
  }
}

const inThai = (text: string): string =>
  text.replace(/\d/g, (digit) => '๐๑๒๓๔๕๖๗๘๙'[Number(digit)]!);

describe.each(ADAPTERS)('languages on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      extras: { routes: true },
      controllers: [VaultController],
      options: {
        messages: {
          th: { wrong_code: ({ attemptsLeft }) => `ผิด เหลือ ${attemptsLeft}` },
          lo: {
            wrong_code: 'ລະຫັດບໍ່ຖືກຕ້ອງ',
            cooldown: ({ when }) => `ລໍຖ້າ: ${when}`,
            notice: ({ next }) => `ຂໍ: ${next}`,
          },
        },
      },
    });
  });
  afterAll(() => t.close());

  const post = (path: string, language: string, body?: object) =>
    request(t.url).post(path).set('Accept-Language', language).send(body);

  async function ask(): Promise<OtpChallenge & { mobile: string }> {
    const mobile = nextMobile();
    const answer = await post('/otp', 'en', { mobile }).expect(201);
    return { ...(answer.body as OtpChallenge), mobile };
  }

  it.each([
    [{}, 'mobile must be a text of at most 64 characters.', 'mobile ต้องเป็นข้อความไม่เกิน 64 ตัวอักษร'],
    [{ mobile: 'x', admin: 1 }, 'admin is no field of this request.', 'คำขอนี้ไม่มีช่องข้อมูล admin'],
    [{ mobile: 'x', purpose: 'new' }, /^This purpose is not offered/, /^ไม่เปิดให้ใช้ purpose/],
    [{ mobile: '0812345678', callbackData: '', idempotencyKey: '' }, /not be empty\.$/, /ค่าว่าง$/],
    [{ mobile: '1' }, /^This is not a Thai mobile number/, /^หมายเลขโทรศัพท์มือถือไม่ถูกต้อง/],
  ])('complains of %j in both', async (body, en, th) => {
    for (const [language, text] of [
      ['en', en],
      ['th', th],
      ['lo', en],
    ] as const) {
      const { message } = (await post('/otp', language, body).expect(400)).body as {
        message: string;
      };
      if (typeof text === 'string') expect(message).toBe(text);
      else expect(message).toMatch(text);
    }
  });

  it('complains in both of a body that the parser refuses', async () => {
    for (const [language, message] of [
      ['th', 'เนื้อหาของคำขอต้องเป็น JSON object ที่ถูกต้อง'],
      ['en', 'The body must be a JSON object, and is not.'],
    ]) {
      const answer = await request(t.url)
        .post('/otp')
        .set({ 'Content-Type': 'application/json', 'Accept-Language': language! })
        .send('{"mobile":')
        .expect(400);
      expect(answer.body).toMatchObject({ code: 'invalid_request', message });
    }
  });

  it("says what the app says in its place, in Thai and in the app's own language", async () => {
    const { id, ticket, mobile } = await ask();
    const code = t.simulator.codeFor(mobile) === '000000' ? '111111' : '000000';
    const wrong = async (language: string) =>
      (await post(`/otp/${id}/verify`, language, { code, ticket }).expect(422)).body as object;
    expect(await wrong('th')).toMatchObject({ message: 'ผิด เหลือ 4', attemptsLeft: 4 });
    expect(await wrong('lo-LA, en;q=0.5')).toMatchObject({ message: 'ລະຫັດບໍ່ຖືກຕ້ອງ' });
    expect(await wrong('fr')).toMatchObject({
      message: 'The code is wrong. You can try 2 more times.',
    });
  });

  it('says the wait in the language of the sentence', async () => {
    const { mobile } = await ask();
    const waiting = async (language: string) =>
      (await post('/otp', language, { mobile }).expect(429)).body as {
        message: string;
        retryAfter: number;
      };
    const thai = await waiting('th');
    expect(thai.message).toContain(`ในอีก ${thai.retryAfter} วินาที`);
    const lao = await waiting('lo');
    expect(lao.message).toBe(`ລໍຖ້າ: ໃນອີກ ${lao.retryAfter} ວິນາທີ`);
  });

  it('says the status, once and as a stream', async () => {
    const { id, ticket } = await ask();
    const headers = { 'x-otp-ticket': ticket, 'accept-language': 'lo' };
    const status = await request(t.url).get(`/otp/${id}`).set(headers).expect(200);
    expect(status.body).toMatchObject({ message: 'ຂໍ: resend' });
    const stream = await EventClient.open(`${t.url}/otp/${id}/events`, headers);
    expect(await stream.status()).toMatchObject({ message: 'ຂໍ: resend' });
    stream.response.destroy();
  });

  it('lets a controller of the app say a notice', async () => {
    const { id } = await ask();
    const languages = t.app.get(OtpLanguages);
    const { notice } = await t.otps.status(id);
    expect(languages.noticeIn(languages.of('lo'), notice)).toBe('ຂໍ: resend');
    expect(languages.noticeIn(languages.of('th'), notice)).toBe(notice.th);
  });

  it('asks for a proof in the language of the reader', async () => {
    const thai = await post('/vault', 'th').expect(401);
    expect(thai.body).toMatchObject({ message: 'กรุณายืนยันรายการนี้ด้วยรหัสจาก SMS ก่อน' });
    const lao = await post('/vault', 'lo').expect(401);
    expect(lao.body).toMatchObject({ message: 'Confirm this action with a code by SMS first.' });
  });

  it('takes Thai digits for a number and a code, and says all times in ISO 8601 with a zone', async () => {
    const mobile = nextMobile();
    noteSecret('number', inThai(mobile));
    const asked = await post('/otp', 'th', { mobile: inThai(mobile) }).expect(201);
    const { id, ticket } = asked.body as OtpChallenge;
    const status = await request(t.url).get(`/otp/${id}`).set('x-otp-ticket', ticket).expect(200);
    const code = inThai(t.simulator.codeFor(mobile));
    const right = await post(`/otp/${id}/verify`, 'th', { code, ticket }).expect(200);
    expect((await t.otps.find({ mobile: inThai(mobile) })).map((found) => found.id)).toEqual([id]);
    expect(await t.otps.erase(inThai(mobile))).toBe(1);
    const times = [asked, status, right].flatMap(({ body }) =>
      Object.entries(body as object).filter(([field]) => /(?:At|Available)/.test(field)),
    );
    expect(times.map(([field]) => field)).toEqual([
      ...['expiresAt', 'resendAvailableAt', 'expiresAt', 'resendAvailableAt', 'verifiedAt'],
    ]);
    for (const [, time] of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
