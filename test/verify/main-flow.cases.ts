import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Post, UseGuards } from '@nestjs/common';
import { OtpGuard, OtpProof, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import { randomUUID } from 'node:crypto';
import request from '../support/request.js';
import { BOTH_ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { EVERYTHING } from '../support/counts.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

@Controller('vault')
class VaultController {
  @Post()
  @UseGuards(OtpGuard)
  @RequireOtp('default')
  open(@VerifiedOtp() proof: OtpProof): { mobile: string } {
    return { mobile: proof.mobile };
  }
}

const FORMS = ['forRoot', 'forRootAsync'] as const;
const PATHS = [undefined, 'hooks/ants'] as const;
const TABLE = EVERYTHING
  ? BOTH_ADAPTERS.flatMap((adapter) =>
      FORMS.flatMap((form) => PATHS.map((path) => [adapter, form, path] as const)),
    )
  : // Each value of each column once.
    BOTH_ADAPTERS.map((adapter, n) => [adapter, FORMS[n]!, PATHS[n]] as const);

describe.each(TABLE)('one OTP on %s by %s with webhook path %s', (adapter, form, path) => {
  let t: TestApp;
  // Reports that come when the test says so, not in a race with the answer to the request.
  const simulator = recordedSimulator({ reports: 'manual' });
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({
      simulator,
      adapter,
      form,
      extras: { routes: true, webhook: { path } },
      controllers: [VaultController],
    });
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  it('goes from the request to the guarded route', async () => {
    const mobile = nextMobile();
    const asked = await request(t.url)
      .post('/otp')
      .send({ mobile, callbackData: 'order-17' })
      .expect(201);
    const { id, ticket, referenceCode } = asked.body as Record<string, string>;
    expect(asked.body).toEqual({
      id,
      ticket,
      referenceCode: t.simulator.lastSms(mobile)!.referenceCode,
      mobileMask: `${mobile.slice(0, 2)}x-xxx-${mobile.slice(-4)}`,
      expiresAt: expect.any(String),
      resendAvailableAt: expect.any(String),
      attemptsLeft: 5,
      delivery: 'none',
    });

    const sms = t.simulator.lastSms(mobile)!;
    const prefix = `${t.url}/${path ?? 'otp/delivery-reports'}/`;
    expect(sms.notifyUrl!.startsWith(prefix)).toBe(true);
    expect(sms.notifyUrl!.slice(prefix.length)).toMatch(/^[\w-]{43}$/);
    expect(sms.callbackData).toBe('order-17');
    expect(await simulator.report(sms, { status: 'DELIVERED' })).toEqual([200]);
    const status = await request(t.url).get(`/otp/${id}`).set('X-OTP-Ticket', ticket!).expect(200);
    expect(status.body).toEqual({
      id,
      purpose: 'default',
      status: 'pending',
      delivery: 'delivered',
      mobileMask: expect.any(String),
      referenceCode,
      attemptsLeft: 5,
      expiresAt: expect.any(String),
      resendAvailableAt: expect.any(String),
      message: expect.stringMatching(
        /^The SMS was delivered\. Check your messages; you can ask for another in \d\d s\.$/,
      ),
    });
    const thai = await request(t.url)
      .get(`/otp/${id}`)
      .set({ 'X-OTP-Ticket': ticket!, 'Accept-Language': 'th-TH,th;q=0.9,en;q=0.8' });
    expect(thai.body).toMatchObject({
      message: expect.stringMatching(/^SMS ส่งถึงโทรศัพท์ของคุณแล้ว .+ \d\d วินาที$/),
    });

    const code = t.simulator.codeFor(mobile);
    const wrongCode = code === '000000' ? '111111' : '000000';
    const wrong = await request(t.url)
      .post(`/otp/${id}/verify`)
      .send({ code: wrongCode, ticket })
      .expect(422);
    expect(wrong.body).toEqual({
      statusCode: 422,
      code: 'wrong_code',
      message: 'The code is wrong. You can try 4 more times.',
      attemptsLeft: 4,
    });

    const right = await request(t.url).post(`/otp/${id}/verify`).send({ code, ticket }).expect(200);
    expect(right.body).toEqual({
      proof: expect.any(String),
      purpose: 'default',
      verifiedAt: expect.any(String),
      repeated: false,
    });
    const { proof } = right.body as { proof: string };

    await request(t.url).post('/vault').expect(401);
    const opened = await request(t.url).post('/vault').set('X-OTP-Proof', proof).expect(201);
    expect(opened.body).toEqual({ mobile: `+66${mobile.slice(1)}` });
    const again = await request(t.url).post('/vault').set('X-OTP-Proof', proof).expect(401);
    expect(again.body).toMatchObject({ code: 'proof_consumed' });

    const replay = await request(t.url).post(`/otp/${id}/verify`).send({ code }).expect(400);
    expect(replay.body).toMatchObject({ code: 'invalid_request' });
    await request(t.url).post(`/otp/${id}/verify`).send({ code, ticket: 'x' }).expect(404);

    const history = (await t.otps.history(id!)).map(({ type }) => type);
    expect(history).toEqual([
      'requested',
      'sent',
      'delivered',
      'wrong_code',
      'verified',
      'consumed',
    ]);
    const { summary, lines, mobileMask } = await t.otps.explain(id!);
    expect(mobileMask).toBe(`${mobile.slice(0, 2)}x-xxx-${mobile.slice(-4)}`);
    expect(summary.en).toMatch(/^The code was right and the confirmation was used\./);
    expect(lines.map(({ en }) => en.replace(/\d+ s after/, 'soon after'))).toEqual([
      'A code was requested.',
      `ANTS took the SMS (Ref ${referenceCode}).`,
      expect.stringMatching(/^The operator reported DELIVERED soon after the SMS/),
      'A wrong code was entered soon after the SMS.',
      'The right code was entered soon after the SMS.',
      'The confirmation was used by your application.',
    ]);
    await expect(t.otps.explain(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(t.otps.explain('x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('sends another SMS on demand and refuses the cool-down with Retry-After', async () => {
    const mobile = nextMobile();
    const asked = await request(t.url).post('/otp').send({ mobile }).expect(201);
    const { id, ticket } = asked.body as Record<string, string>;
    const early = await request(t.url).post(`/otp/${id}/resend`).send({ ticket }).expect(429);
    expect(early.body).toMatchObject({ code: 'cooldown' });
    expect(Number(early.headers['retry-after'])).toBeGreaterThan(50);
    const other = await request(t.url).post('/otp').send({ mobile }).expect(429);
    expect(Number(other.headers['retry-after'])).toBeGreaterThan(50);

    await t.database.age('61 s');
    const oldCode = t.simulator.codeFor(mobile);
    const again = await request(t.url).post(`/otp/${id}/resend`).send({ ticket }).expect(200);
    const { referenceCode } = t.simulator.lastSms(mobile)!;
    expect(again.body).toMatchObject({ id, ticket, referenceCode });
    const code = t.simulator.codeFor(mobile);
    if (oldCode !== code) {
      const old = await request(t.url)
        .post(`/otp/${id}/verify`)
        .send({ code: oldCode, ticket })
        .expect(422);
      expect(old.body).toMatchObject({ code: 'wrong_code', referenceCode });
    }
    await request(t.url).post(`/otp/${id}/verify`).send({ code, ticket }).expect(200);
  });

  it('answers in Thai when the client asks for it', async () => {
    const refused = await request(t.url)
      .post('/otp')
      .set('Accept-Language', 'th-TH,en;q=0.5')
      .send({ mobile: '123' })
      .expect(400);
    expect(refused.body).toMatchObject({
      code: 'invalid_mobile',
      message: expect.stringMatching(/หมายเลข/),
    });
  });
});
