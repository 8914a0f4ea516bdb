import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { isOtpException } from 'nestjs-ants-otp';
import type { OtpChallenge, OtpRequest } from 'nestjs-ants-otp';
import { antsError } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

const PAYMENT = { to: '123-4-56789', amount: 100 };

describe.each(ADAPTERS)('a repeated request on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter, extras: { routes: true }, poolSize: 1 });
  });
  afterAll(() => t.close());

  /** One number's asks, by an app's own code and by the ready route. */
  const oneNumber = () => {
    const mobile = nextMobile();
    return {
      ask: (fields: Partial<OtpRequest> = {}) => t.otps.request({ mobile, ...fields }),
      post: (fields: Partial<OtpRequest> = {}) =>
        request(t.url)
          .post('/otp')
          .send({ mobile, ...fields }),
      /** How many SMS went to it. */
      sms: () => t.simulator.inbox.filter(({ to }) => to.endsWith(mobile.slice(1))).length,
      code: () => t.simulator.codeFor(mobile),
    };
  };
  /** Why it was refused. */
  const refusal = async (call: Promise<unknown>): Promise<{ code: string; status: number }> => {
    const error = await call.catch((thrown: unknown) => thrown);
    if (!isOtpException(error)) throw new Error('This was accepted.', { cause: error });
    return { code: error.code, status: error.getStatus() };
  };
  const COOLDOWN = { code: 'cooldown', status: 429 };
  const MISMATCH = { code: 'idempotency_mismatch', status: 422 };
  /** The one connection serves in turn: when a late ask is refused, the earlier ones have looked. */
  const otherAsksHaveRead = async (ask: () => Promise<unknown>): Promise<void> => {
    expect(await refusal(ask())).toEqual(COOLDOWN);
  };

  describe('with the same idempotencyKey', () => {
    it('gets the same OTP and sends nothing', async () => {
      const { post, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const first = await post({ idempotencyKey }).expect(201);
      await t.simulator.reportsSettled();
      const again = await post({ idempotencyKey }).expect(201);
      expect(again.body).toEqual({ ...(first.body as OtpChallenge), delivery: 'delivered' });
      expect(sms()).toBe(1);
    });

    it('waits while the first is still sending', async () => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const hold = t.simulator.hold('requestOTP');
      const first = ask({ idempotencyKey });
      await hold.arrived;
      const repeats = [ask({ idempotencyKey }), ask({ idempotencyKey })];
      await otherAsksHaveRead(ask);
      hold.release();
      const { id, ticket, referenceCode } = await first;
      for (const repeat of repeats)
        expect(await repeat).toMatchObject({ id, ticket, referenceCode });
      expect(sms()).toBe(1);
    });

    it('fails as the first does that is still sending', async () => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const hold = t.simulator.hold('requestOTP');
      t.simulator.next('requestOTP', { body: antsError('0301') });
      const asked = [refusal(ask({ idempotencyKey }))];
      await hold.arrived;
      asked.push(refusal(ask({ idempotencyKey })));
      await otherAsksHaveRead(ask);
      hold.release();
      const failed = { code: 'send_failed', status: 503 };
      expect(await Promise.all(asked)).toEqual([failed, failed]);
      expect(sms()).toBe(0);
    });

    it('gets the same OTP after the cool-down', async () => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const { id, ticket } = await ask({ idempotencyKey });
      await t.database.age('61 s');
      expect(await ask({ idempotencyKey })).toMatchObject({ id, ticket });
      expect(sms()).toBe(1);
    });

    it('gets a new OTP once the first has ended', async () => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const { id } = await ask({ idempotencyKey });
      await t.database.age('301 s');
      expect((await ask({ idempotencyKey })).id).not.toBe(id);
      expect(await t.otps.status(id)).toMatchObject({ status: 'expired' });
      expect(sms()).toBe(2);
    });

    it('gets no verified OTP back', async () => {
      const { ask, code } = oneNumber();
      const idempotencyKey = randomUUID();
      const { id, ticket } = await ask({ idempotencyKey });
      await t.otps.verify(id, code(), { ticket });
      expect(await refusal(ask({ idempotencyKey }))).toEqual(COOLDOWN);
      await t.database.age('61 s');
      expect((await ask({ idempotencyKey })).id).not.toBe(id);
    });

    it.each<[name: string, first: Partial<OtpRequest>, second: Partial<OtpRequest>]>([
      ['another subject', { subject: 'user-1' }, { subject: 'user-2' }],
      ['no subject', { subject: 'user-1' }, {}],
      ['a subject', {}, { subject: 'user-1' }],
      ['another binding', { binding: PAYMENT }, { binding: { ...PAYMENT, amount: 101 } }],
      ['no binding', { binding: PAYMENT }, {}],
      ['a binding', {}, { binding: PAYMENT }],
      ['an empty binding', {}, { binding: null }],
    ])('is a mistake with %s, also after the cool-down', async (_, first, second) => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const { id } = await ask({ idempotencyKey, ...first });
      expect(await refusal(ask({ idempotencyKey, ...second }))).toEqual(MISMATCH);
      await t.database.age('61 s');
      expect(await refusal(ask({ idempotencyKey, ...second }))).toEqual(MISMATCH);
      expect(await t.otps.status(id)).toMatchObject({ status: 'pending' });
      expect(sms()).toBe(1);
    });

    it('sends again when the SMS surely did not leave', async () => {
      const { post, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      t.simulator.next('requestOTP', { body: antsError('0301') });
      const failed = await post({ idempotencyKey }).expect(503);
      expect(failed.body).toMatchObject({ code: 'send_failed' });
      await post({ idempotencyKey }).expect(201);
      expect(sms()).toBe(1);
    });

    it('is free for another number', async () => {
      const idempotencyKey = randomUUID();
      const one = await oneNumber().ask({ idempotencyKey });
      const two = await oneNumber().ask({ idempotencyKey });
      expect(two.id).not.toBe(one.id);
    });

    it('is free for another purpose', async () => {
      const { ask, sms } = oneNumber();
      const idempotencyKey = randomUUID();
      const login = await ask({ idempotencyKey, purpose: 'login' });
      const transfer = await ask({ idempotencyKey, purpose: 'transfer' });
      expect(transfer.id).not.toBe(login.id);
      expect(sms()).toBe(2);
    });
  });

  describe('without an idempotencyKey, within the cool-down', () => {
    it.each<[name: string, binding: unknown, repeated: unknown]>([
      ['no binding', undefined, undefined],
      ['the same binding', PAYMENT, { amount: 100, to: '123-4-56789' }],
    ])('gets the same OTP for the same subject and %s', async (_, binding, repeated) => {
      const { ask, sms } = oneNumber();
      const { id, ticket } = await ask({ subject: 'user-1', binding });
      expect(await ask({ subject: 'user-1', binding: repeated })).toMatchObject({ id, ticket });
      expect(sms()).toBe(1);
    });

    it.each<[name: string, first: Partial<OtpRequest>, second: Partial<OtpRequest>]>([
      ['nobody', {}, {}],
      ['nobody with the same binding', { binding: PAYMENT }, { binding: PAYMENT }],
      ['nobody after somebody', { subject: 'user-1' }, {}],
      ['somebody after nobody', {}, { subject: 'user-1' }],
      ['another subject', { subject: 'user-1' }, { subject: 'user-2' }],
      [
        'the same subject with another binding',
        { subject: 'user-1', binding: PAYMENT },
        { subject: 'user-1', binding: { ...PAYMENT, amount: '100' } },
      ],
      ['another idempotencyKey', { idempotencyKey: 'first' }, { idempotencyKey: 'second' }],
    ])('is too early for %s', async (_, first, second) => {
      const { ask, sms } = oneNumber();
      await ask(first);
      expect(await refusal(ask(second))).toEqual(COOLDOWN);
      expect(sms()).toBe(1);
    });

    it('tells the seconds to wait', async () => {
      const { post } = oneNumber();
      await post().expect(201);
      const early = await post().expect(429);
      expect(Number(early.headers['retry-after'])).toBeGreaterThan(50);
    });
  });

  describe('after the cool-down', () => {
    it.each<[name: string, first: Partial<OtpRequest>, second: Partial<OtpRequest>]>([
      ['nobody', {}, {}],
      ['the same subject', { subject: 'user-1' }, { subject: 'user-1' }],
      ['another subject', { subject: 'user-1' }, { subject: 'user-2' }],
      ['another idempotencyKey', { idempotencyKey: 'first' }, { idempotencyKey: 'second' }],
    ])('gets a new OTP for %s, and the old one is superseded', async (_, first, second) => {
      const { ask, code, sms } = oneNumber();
      const old = await ask(first);
      const oldCode = code();
      await t.database.age('61 s');
      const { id, ticket } = await ask(second);
      expect(id).not.toBe(old.id);
      expect(await t.otps.status(old.id)).toMatchObject({ status: 'superseded' });
      expect(await refusal(t.otps.verify(old.id, oldCode, { ticket: old.ticket }))).toEqual({
        code: 'superseded',
        status: 410,
      });
      expect(await t.otps.verify(id, code(), { ticket })).toMatchObject({ repeated: false });
      expect(sms()).toBe(2);
    });
  });
});
