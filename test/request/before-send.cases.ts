import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OtpControls, OtpSweeper } from 'nestjs-ants-otp';
import type { OtpAsk, OtpChallenge, OtpVerdict } from 'nestjs-ants-otp';
import { antsError, FakeClock } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { OtpEventDispatcher } from '../../src/service/events/otp-event-dispatcher.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { OtpClient } from '../support/otp-client.js';
import type { Answer } from '../support/otp-client.js';
import { Heard } from '../support/heard.js';
import { outcomes } from '../support/outcomes.js';

describe('beforeSend', () => {
  const asks: OtpAsk[] = [];
  let verdict: (ask: OtpAsk) => OtpVerdict | Promise<OtpVerdict>;
  let t: TestApp;
  let client: OtpClient;
  beforeAll(async () => {
    t = await bootApp({
      extras: { routes: true },
      providers: [Heard],
      options: {
        dailyBudget: 1000,
        purposes: { pumped: {}, transfer: {} },
        conversionGuard: { sends: 5 },
        beforeSend: (ask) => {
          asks.push(ask);
          return verdict(ask);
        },
      },
    });
    client = new OtpClient(t.url);
    // From now on a decoy takes as long as these.
    verdict = () => 'allow';
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
  });
  beforeEach(() => {
    asks.length = 0;
    verdict = () => 'allow';
  });
  afterAll(async () => {
    client.close();
    await t.close();
  });

  const callsTo = (mobile: string): number =>
    t.simulator.requests.filter(({ body }) => JSON.stringify(body).includes(`66${mobile.slice(1)}`))
      .length;
  const rowsOf = async (mobile: string) => (await t.otps.find({ mobile })).length;
  const post = async (body: object): Promise<{ status: number; body: unknown }> =>
    request(t.url).post('/otp').send(body);
  /** A suppressed ask over HTTP. */
  const decoy = async (mobile = nextMobile()): Promise<OtpChallenge & { mobile: string }> => {
    verdict = () => 'suppress';
    const { ok } = await client.request(mobile);
    return { ...ok!, mobile };
  };

  it('hears what the ask says, in canonical form', async () => {
    const mobile = nextMobile();
    const context = { device: 'd1' };
    await t.otps.request({
      mobile,
      purpose: 'transfer',
      subject: 'u1',
      ip: '203.0.113.7',
      context,
    });
    const e164 = `+66${mobile.slice(1)}`;
    expect(asks).toEqual([
      { mobile: e164, purpose: 'transfer', subject: 'u1', ip: '203.0.113.7', context },
    ]);
  });

  it('is not asked about resends, which belong to an OTP it has seen', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    await t.database.age('61 s');
    await t.otps.resend(id, { ticket });
    expect(asks).toHaveLength(1);
  });

  it('denies with nothing written', async () => {
    const mobile = nextMobile();
    verdict = () => 'deny';
    const { status, body } = await post({ mobile });
    expect({ status, body }).toEqual({
      status: 403,
      body: { statusCode: 403, code: 'send_denied', message: expect.any(String) },
    });
    expect([await rowsOf(mobile), callsTo(mobile)]).toEqual([0, 0]);
    verdict = () => 'allow';
    expect((await post({ mobile })).status).toBe(201);
  });

  it('asks for a captcha, and lets its answer through', async () => {
    const mobile = nextMobile();
    verdict = ({ context }) =>
      context['captcha'] === 'solved' ? 'allow' : { challenge: { siteKey: 'k1' } };
    const { status, body } = await post({ mobile });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'challenge_required', challenge: { siteKey: 'k1' } });
    expect(await rowsOf(mobile)).toBe(0);
    expect((await post({ mobile, captcha: 'solved' })).status).toBe(201);
  });

  it('may ask for a challenge without saying which', async () => {
    verdict = () => 'challenge';
    const { status, body } = await post({ mobile: nextMobile() });
    expect(status).toBe(403);
    expect(body).not.toHaveProperty('challenge');
  });

  it.each<[string, () => OtpVerdict | Promise<OtpVerdict>]>([
    [
      'throws',
      () => {
        throw new Error('the risk service is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the risk service is down'))],
    ['answers what is no verdict', () => 'maybe' as OtpVerdict],
    ['answers nothing', () => undefined as unknown as OtpVerdict],
  ])('that %s sends nothing', async (_, given) => {
    const mobile = nextMobile();
    verdict = given;
    const { status, body } = await post({ mobile });
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'unavailable', retryAfter: 1 });
    expect([await rowsOf(mobile), callsTo(mobile)]).toEqual([0, 0]);
  });

  describe('that suppresses', () => {
    it('answers like a send, and sends nothing', async () => {
      const real = (await client.request(nextMobile())).ok!;
      const { mobile, ...fake } = await decoy();
      expect(Object.keys(fake)).toEqual(Object.keys(real));
      expect(fake.referenceCode).toMatch(/^[A-Za-z0-9]+$/);
      expect(fake.referenceCode).toHaveLength(real.referenceCode.length);
      expect(fake).toMatchObject({ attemptsLeft: 5, delivery: 'none' });
      expect(callsTo(mobile)).toBe(0);
    });

    it('lives like a send from beginning to end', async () => {
      const life = async (given: OtpVerdict): Promise<unknown[]> => {
        verdict = () => given;
        const mobile = nextMobile();
        const { id, ticket, ...first } = (await client.request(mobile, 'key-1')).ok!;
        const seen: unknown[] = [{ ...first, delivery: 'none' }];
        const see = async (...calls: (() => Promise<unknown>)[]) => {
          for (const call of calls) seen.push(await call());
        };
        const ask = (key: string) => () => client.request(mobile, key);
        const status = () => client.status(id, ticket);
        // The simulator's report on a new SMS may be there before the answer.
        const fresh = ({ ok, refused }: Answer<OtpChallenge>) =>
          ok ? { ...ok, delivery: 'none' } : refused;
        const resend = async () => fresh(await client.resend(id, ticket));
        const askAnew = async () => fresh(await client.request(mobile, 'key-1'));
        const guess = () => client.verify(id, '0000000000', ticket);
        const pass = async (seconds: number) => {
          await t.simulator.reportsSettled();
          await t.database.age(`${seconds} s`);
        };
        await pass(11);
        await see(ask('key-1'), ask('key-2'), status, guess, resend);
        await pass(61);
        await see(resend);
        await pass(11);
        await see(status, guess);
        await pass(110);
        await see(resend);
        await pass(301);
        await see(status, guess, resend, askAnew, status);
        return seen.map((answer) =>
          JSON.stringify(answer)
            .replace(/"(id|ticket|referenceCode|mobileMask)":"[^"]+"/g, '"$1"')
            .replace(/"\d{4}-\d\d-\d\dT[^"]+"/g, 'a time')
            // A slow machine may be a second later.
            .replace(/(retryAfter":|in |min )\d+/g, '$1'),
        );
      };
      const real = await life('allow');
      expect(real.join()).toContain('"delivery":"delivered"');
      expect(await life('suppress')).toEqual(real);
    });

    it('spends attempts on every code, and ends like any OTP', async () => {
      const { id, ticket } = await decoy();
      const before = t.simulator.requests.length;
      const answers = [];
      for (let n = 0; n < 6; n++)
        answers.push((await client.verify(id, `12345${n}`, ticket)).refused);
      expect(answers.map((refused) => [refused?.code, refused?.attemptsLeft])).toEqual([
        ...[4, 3, 2, 1].map((left) => ['wrong_code', left]),
        ['max_attempts_reached', 0],
        ['max_attempts_reached', undefined],
      ]);
      expect(t.simulator.requests).toHaveLength(before);
    });

    it('cools down, resends and locks like any OTP', async () => {
      const { id, ticket, mobile } = await decoy();
      expect((await client.request(mobile)).refused).toMatchObject({
        code: 'cooldown',
        retryAfter: 60,
      });
      await t.database.age('61 s');
      const again = (await client.resend(id, ticket)).ok!;
      expect(again.referenceCode).toMatch(/^[A-Za-z0-9]+$/);
      expect((await client.resend(id, ticket)).refused).toMatchObject({ code: 'cooldown' });
      const codes = [];
      for (let n = 0; n < 2; n++) {
        await t.database.age('301 s');
        const { ok } = await client.request(mobile);
        for (let k = 0; k < 5; k++)
          codes.push((await client.verify(ok!.id, `4444${k}`, ok!.ticket)).refused?.code);
      }
      expect(codes.filter((code) => code === 'wrong_code')).toHaveLength(8);
      await t.database.age('301 s');
      expect((await client.request(mobile)).refused).toMatchObject({ code: 'locked' });
      expect(callsTo(mobile)).toBe(0);
    });

    it('seems delivered to its holder after some seconds, and never to the server', async () => {
      const { id, ticket } = await decoy();
      expect((await client.status(id, ticket)).ok).toMatchObject({ delivery: 'none' });
      await t.database.age('11 s');
      const real = (await client.status(id, ticket)).ok!;
      expect(real).toMatchObject({ delivery: 'delivered', status: 'pending' });
      expect(real).not.toHaveProperty('channel');
      expect(await t.otps.status(id, { ticket })).toMatchObject({ channel: 'provider' });
      expect(await t.otps.status(id)).toMatchObject({ channel: 'decoy', delivery: 'none' });
      const { summary } = await t.otps.explain(id);
      expect(summary.en).toContain('suppressed this request');
    });

    it('shows its holder no more of ids than a real one does', async () => {
      verdict = () => 'allow';
      const real = (await client.request(nextMobile())).ok!;
      const fake = await decoy();
      const ids = async ({ id, ticket }: OtpChallenge) => {
        const { otpId, messageId } = await t.otps.status(id, { ticket });
        return { otpId, messageId };
      };
      expect(await ids(fake)).toEqual(await ids(real));
      expect((await t.otps.status(fake.id)).otpId).toBe(`decoy-${fake.id}`);
    });

    it('is told to handlers of events as what it is', async () => {
      const { id } = await decoy();
      await t.app.get(OtpEventDispatcher).idle();
      const own = t.app.get(Heard).events.filter(({ otpId }) => otpId === id);
      expect(own.map(({ type, channel }) => [type, channel])).toEqual([
        ['requested', 'decoy'],
        ['sent', 'decoy'],
      ]);
    });

    it('costs no budget, but is refused with it', async () => {
      const spent = async (): Promise<unknown> => {
        const { rows } = await t.database.query(
          `SELECT coalesce(sum(count), 0)::int AS spent FROM otp_limits WHERE key LIKE 'day:%'`,
        );
        return rows[0]?.['spent'];
      };
      const before = await spent();
      const { id, ticket } = await decoy();
      expect(await spent()).toBe(before);
      await t.database.query(`UPDATE otp_limits SET count = 1000 WHERE key LIKE 'day:%'`);
      expect((await client.request(nextMobile())).refused).toMatchObject({ code: 'unavailable' });
      await t.database.age('61 s');
      expect((await client.resend(id, ticket)).refused).toMatchObject({ code: 'unavailable' });
      await t.database.query(`UPDATE otp_limits SET count = 0 WHERE key LIKE 'day:%'`);
    });

    it('does not close the block of numbers to those who get SMS', async () => {
      const block = nextMobile().slice(0, 6);
      const numbers = Array.from({ length: 22 }, (_, n) => `${block}${String(n).padStart(4, '0')}`);
      verdict = () => 'suppress';
      const { done, refused } = await outcomes(numbers.map((mobile) => t.otps.request({ mobile })));
      expect([done.length, new Set(refused)]).toEqual([20, new Set(['too_many_sends'])]);
      verdict = () => 'allow';
      await t.otps.request({ mobile: `${block}9999` });
    });

    it('is no sign of pumping', async () => {
      verdict = () => 'suppress';
      const range = nextMobile().slice(0, 5);
      for (let n = 0; n < 6; n++)
        await t.otps.request({
          mobile: `${range}${n}${nextMobile().slice(6)}`,
          purpose: 'pumped',
          subject: 'u1',
        });
      await t.database.age('331 s');
      await t.app.get(OtpSweeper).guard();
      expect(await t.app.get(OtpControls).stops()).not.toContainEqual(
        expect.objectContaining({ purpose: 'pumped' }),
      );
    });
  });
});

describe('a suppressed ask while ANTS is in trouble', () => {
  let verdict: OtpVerdict;
  let clock: FakeClock;
  let t: TestApp;
  let client: OtpClient;
  beforeEach(async () => {
    // Only the test lets time pass, so what waits would wait for ever.
    clock = new FakeClock(Date.now());
    t = await bootApp({
      clock,
      extras: { routes: true },
      options: { beforeSend: () => verdict },
    });
    client = new OtpClient(t.url);
  });
  afterEach(async () => {
    client.close();
    clock.advance(60);
    await t.close();
  });

  const ask = (given: OtpVerdict, mobile = nextMobile()) => {
    verdict = given;
    return client.request(mobile);
  };

  it('looks like one that ANTS did not serve, and so do its resend and its check', async () => {
    const [known, other] = [nextMobile(), nextMobile()];
    const real = (await ask('allow', known)).ok!;
    const fake = (await ask('suppress', other)).ok!;
    await t.database.age('61 s');
    for (const antsCode of ['9998', '0301'] as const) {
      t.simulator.next('requestOTP', { body: antsError(antsCode) });
      const { refused } = await ask('allow');
      expect(refused).toMatchObject({ code: 'send_failed' });
      expect((await ask('suppress')).refused).toEqual(refused);
    }
    await t.simulator.stop();
    const calls = [
      ({ id, ticket }: OtpChallenge) => client.resend(id, ticket),
      ({ id, ticket }: OtpChallenge) => client.verify(id, '0000000000', ticket),
    ];
    for (const call of calls) {
      const { refused } = await call(real);
      expect(refused).toMatchObject({ status: 503 });
      // Only a check after a resend names the newest one's Ref.
      const { referenceCode } = (await client.status(fake.id, fake.ticket)).ok!;
      const sameBut = 'referenceCode' in refused! ? { referenceCode } : {};
      expect((await call(fake)).refused).toEqual({ ...refused, ...sameBut });
    }
    await t.simulator.start();
    expect((await ask('allow')).ok).toBeDefined();
    expect((await ask('suppress')).ok).toBeDefined();
  });

  it('keeps nobody out who could find out that ANTS is back', async () => {
    await t.simulator.stop();
    for (let n = 0; n < 5; n++) await ask('allow');
    expect((await ask('suppress')).refused).toMatchObject({ code: 'unavailable', retryAfter: 15 });
    clock.advance(16);
    await t.simulator.start();
    expect((await ask('suppress')).refused).toMatchObject({ code: 'send_failed' });
    expect((await ask('allow')).ok).toBeDefined();
    expect(t.otps.health()).toMatchObject({ circuit: 'closed' });
  });
});
