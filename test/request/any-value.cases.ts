import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  isOtpException,
  OtpActions,
  OtpControls,
  OtpGuard,
  OtpOutbox,
  RequireOtp,
} from 'nestjs-ants-otp';
import type { OtpChallenge, OtpService } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { everyOr } from '../support/counts.js';
import { runLog } from '../support/leaks/run-log.js';

/** Any value: what plain JavaScript, or a body that nobody validated, can pass where a type is declared. */
type Any = never;

const fails = (): never => {
  throw new Error('This accessor fails.');
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const FIELDS = ['ticket', 'subject', 'purpose', 'mobile', 'range', 'seconds', 'handler', 'eventId'];
const failing = (name: string): object =>
  Object.defineProperty({}, name, { get: fails, enumerable: true });

const VALUES: [name: string, value: unknown][] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['0', 0],
  ['a number', 17],
  ['NaN', NaN],
  ['a BigInt', 10n],
  ['an empty text', ''],
  ['a text', 'text'],
  ['a text with a NUL', 'a\0b'],
  ['half of a character', '\ud800'],
  ['a symbol', Symbol('x')],
  ['an empty list', []],
  ['a list', ['x']],
  ['an object', {}],
  ['an object without a prototype', Object.create(null)],
  ['a function', () => 'x'],
  ['a class', OtpGuard],
  ['a Map', new Map([['ticket', 'x']])],
  ['a Date of no time', new Date(NaN)],
  ['a boxed text', Object('text')],
  ['a promise', Promise.resolve('x')],
  ['an object that is no text', { toString: fails, toJSON: fails, [Symbol.toPrimitive]: fails }],
  ['a revoked proxy', revoked()],
  ['a proxy that fails', new Proxy({}, { get: fails, has: fails, ownKeys: fails })],
  ...FIELDS.map((name): [string, unknown] => [`an object whose ${name} fails`, failing(name)]),
  ...FIELDS.flatMap((name): [string, unknown][] => [
    [`a ${name} that is true`, { [name]: true }],
    [`a ${name} that is a symbol`, { [name]: Symbol('x') }],
    [`a ${name} that is an object`, { [name]: { [Symbol.toPrimitive]: fails } }],
    [`a ${name} that is null`, { [name]: null }],
  ]),
];

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Get()
  @RequireOtp('vault')
  open(): void {
    // open
  }
}

describe('any value to the services', () => {
  const errors: unknown[] = [];
  let t: TestApp;
  let otp: OtpChallenge;
  beforeAll(async () => {
    t = await bootApp({
      options: { subjectSendLimit: { perHour: 1000, perDay: 1000 } },
      setUp: (app) => {
        app.useLogger(runLog({ error: (message: unknown) => void errors.push(message) }));
      },
    });
    otp = await t.otps.request({ mobile: nextMobile() });
  });
  afterAll(() => t.close());
  beforeEach(() => {
    errors.length = 0;
  });

  /** What came of it: the code of a refusal, or the value. */
  const outcome = async (call: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await call();
    } catch (error) {
      if (isOtpException(error)) return error.code;
      throw error;
    }
  };

  it.each(everyOr(3, VALUES))('as a holder, %s is nobody', async (_, value) => {
    const holder = value as Any;
    const code = t.simulator.inbox.at(-1)!.code;
    const calls: [string, (otps: OtpService) => Promise<unknown>][] = [
      ['status', (otps) => otps.status(otp.id, holder)],
      ['cancel', (otps) => otps.cancel(otp.id, holder)],
      ['resend', (otps) => otps.resend(otp.id, holder)],
      ['verify', (otps) => otps.verify(otp.id, code, holder)],
    ];
    for (const [method, call] of calls)
      expect([method, await outcome(() => call(t.otps))]).toEqual([method, 'not_found']);
    expect(errors).toEqual([]);
    expect(await t.otps.status(otp.id)).toMatchObject({ status: 'pending', attemptsLeft: 5 });
  });

  it.each(everyOr(3, VALUES))('as an id, %s names no OTP', async (_, value) => {
    const id = value as Any;
    const { ticket } = otp;
    const actions = t.app.get(OtpActions);
    const calls: [string, () => Promise<unknown>, unknown][] = [
      ['status', () => t.otps.status(id), 'not_found'],
      ['status by a holder', () => t.otps.status(id, { ticket }), 'not_found'],
      ['cancel', () => t.otps.cancel(id), 'not_found'],
      ['resend', () => t.otps.resend(id, { ticket }), 'not_found'],
      ['verify', () => t.otps.verify(id, '123456', { ticket }), 'not_found'],
      ['history', () => t.otps.history(id), 'not_found'],
      ['explain', () => t.otps.explain(id), 'not_found'],
      ['revoke', () => t.otps.revoke(id), false],
      ['OtpActions.cancel', () => actions.cancel(id, 'staff-7'), 'not_found'],
      ['OtpActions.unlock', () => actions.unlock(id, 'staff-7'), 'not_found'],
      ['OtpActions.erase', () => actions.erase(id, 'staff-7'), 'not_found'],
      ['OtpActions.unmask', () => actions.unmask(id, 'staff-7'), 'not_found'],
      ['OtpActions.about', () => actions.about(id), []],
    ];
    for (const [method, call, expected] of calls)
      expect([method, await outcome(call)]).toEqual([method, expected]);
    expect(errors).toEqual([]);
  });

  it.each(everyOr(3, VALUES))(
    '%s is no code, no number, no search and no actor',
    async (_, value) => {
      const any = value as Any;
      const { ticket } = otp;
      expect(await outcome(() => t.otps.verify(otp.id, any, { ticket }))).toBe('invalid_code');
      expect(await outcome(() => t.otps.erase(any))).toBe('invalid_mobile');
      expect(await outcome(() => t.otps.find(any))).toMatch(/^invalid_(request|mobile)$/);
      expect(await outcome(() => t.otps.request(any))).toBe('invalid_mobile');
      const actions = t.app.get(OtpActions);
      const isActor = typeof value === 'string' && /^\w+$/.test(value);
      if (!isActor)
        expect(await outcome(() => actions.cancel(otp.id, any))).toBe('invalid_request');
      expect(errors).toEqual([]);
    },
  );

  it.each(everyOr(3, VALUES))(
    '%s as a field of a request is refused or taken, never a fault',
    async (_, value) => {
      const fields = ['purpose', 'subject', 'binding', 'idempotencyKey', 'ip', 'context'];
      for (const field of [...fields, 'otcId', 'notifyUrl', 'notifyContentType', 'callbackData']) {
        // Any text may be an OTC id: ANTS says which are.
        if (field === 'otcId' && value === 'text') continue;
        const ask = { mobile: nextMobile(), [field]: value } as Any;
        const came = await outcome(() => t.otps.request(ask));
        if (typeof came === 'string') expect([field, came]).toEqual([field, 'invalid_request']);
        else expect(came).toHaveProperty('ticket');
      }
      expect(errors).toEqual([]);
    },
  );

  it.each(everyOr(3, VALUES))('%s stops and replays nothing', async (_, value) => {
    const any = value as Any;
    const actions = t.app.get(OtpActions);
    const controls = t.app.get(OtpControls);
    const outbox = t.app.get(OtpOutbox);
    const calls: [string, () => Promise<unknown>, RegExp][] = [
      ['block', () => controls.block(any), /^invalid_mobile$/],
      ['unblock', () => controls.unblock(any), /^invalid_/],
      ['unlock', () => controls.unlock(any), /^invalid_mobile$/],
      [
        'unlock of a purpose',
        () => controls.unlock(nextMobile(), any),
        /^(invalid_request|false)$/,
      ],
      ['resumeSends', () => controls.resumeSends(any), /^(invalid_request|false)$/],
      ['OtpActions.unblock', () => actions.unblock(any, 'staff-7'), /^invalid_/],
      ['replay', () => outbox.replay(any), /^(invalid_request|0)$/],
    ];
    for (const [method, call, expected] of calls)
      expect([method, String(await outcome(call))]).toEqual([
        method,
        expect.stringMatching(expected),
      ]);
    // A text is a purpose, and what is no object of options has no seconds.
    if (typeof value !== 'string' && value !== null)
      expect(await outcome(() => controls.pauseSends(any))).toBe('invalid_request');
    const isOptions = typeof value === 'object' && value !== null;
    if (!isOptions)
      expect(await outcome(() => controls.pauseSends('p', any))).toBe('invalid_request');
    expect(await controls.stops()).toEqual([]);
    expect(errors).toEqual([]);
  });
});

describe.each(ADAPTERS)('any text to the routes on %s', (adapter) => {
  const errors: unknown[] = [];
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({
      ...{ adapter, extras: { routes: true }, controllers: [VaultController] },
      setUp: (app) => {
        app.useLogger(runLog({ error: (message: unknown) => void errors.push(message) }));
      },
    });
  });
  afterAll(() => t.close());
  beforeEach(() => {
    errors.length = 0;
  });

  const TEXTS = ['', 'text', 'true', 'null', '[]', '{}', '..', 'a.b.c', 'bnVsbA.e30.x', '%00', 'é'];

  it.each(everyOr(3, TEXTS))('%j as a proof opens nothing', async (text) => {
    const sent = request(t.url).get('/vault').set('X-OTP-Proof', text);
    expect((await sent).status).toBe(401);
    expect(errors).toEqual([]);
  });

  it.each(everyOr(3, TEXTS))('%j as a ticket and as an id is nobody', async (text) => {
    const { id } = await t.otps.request({ mobile: nextMobile() });
    await request(t.url).get(`/otp/${id}`).set('X-OTP-Ticket', text).expect(404);
    await request(t.url)
      .get(`/otp/${encodeURIComponent(text)}x`)
      .expect(404);
    const verify = request(t.url).post(`/otp/${id}/verify`).send({ code: '123456', ticket: text });
    expect((await verify).status).toBe(404);
    expect(errors).toEqual([]);
  });
});
