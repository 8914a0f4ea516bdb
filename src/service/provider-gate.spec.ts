import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { SendOutcome } from '../ports/otp-provider.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Alarms } from './alarms.js';
import { NoTelemetry } from './no-telemetry.js';
import { ProviderGate } from './provider-gate.js';

const SENT: SendOutcome = { kind: 'sent', providerOtpId: 'p', referenceCode: 'r' };
const LOST: SendOutcome = { kind: 'unknown', detail: 'no answer' };
const UNREACHED: SendOutcome = { kind: 'not_reached', detail: 'refused' };
const refusedFor = (reason: 'credit' | 'credentials' | 'number'): SendOutcome => ({
  kind: 'refused',
  reason,
  detail: 'no',
});
/** More turns of the event loop than any step of the gate takes. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 50; n++) await Promise.resolve();
};

describe('the gate before ANTS', () => {
  const alarms = new Alarms({ onAlarm: undefined, instance: 'default' }, new NoTelemetry());
  let clock: FakeClock;
  let gate: ProviderGate;

  beforeEach(() => {
    Logger.overrideLogger(false);
    clock = new FakeClock();
    gate = new ProviderGate(clock, alarms);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const call = (outcome: SendOutcome) => gate.call(() => Promise.resolve(outcome));
  const send = (outcome: SendOutcome) => gate.enter('send', () => call(outcome));
  const fail = async (times: number, outcome: SendOutcome = LOST) => {
    for (let n = 0; n < times; n++) await send(outcome);
  };

  it('is open for calls and healthy at first', async () => {
    expect(await send(SENT)).toBe(SENT);
    expect(gate.health).toEqual({ circuit: 'closed', credit: 'ok', configuration: 'ok' });
  });

  it.each([
    ['lost answers', LOST],
    ['failed connections', UNREACHED],
  ])('closes after five %s in a row, before anything is written', async (_, outcome) => {
    await fail(5, outcome);
    const useCase = jest.fn(() => call(SENT));
    await expect(gate.enter('send', useCase)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 15,
    });
    await expect(gate.enter('check', useCase)).rejects.toMatchObject({ code: 'unavailable' });
    expect(useCase).not.toHaveBeenCalled();
    expect(gate.health.circuit).toBe('open');
  });

  it.each([UNREACHED, LOST])(
    'logs a call that failed, at most once a minute: %j',
    async (outcome) => {
      const warn = jest.spyOn(Logger.prototype, 'warn');
      await fail(4, outcome);
      expect(warn).toHaveBeenCalledTimes(1);
      expect(String(warn.mock.calls[0]![0])).toContain('detail' in outcome ? outcome.detail : '');
      await send(SENT);
      clock.advance(60);
      await fail(2, outcome);
      expect(warn).toHaveBeenCalledTimes(2);
    },
  );

  it('logs nothing of the kind for an answer', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await send(SENT);
    await fail(3, refusedFor('number'));
    expect(warn).not.toHaveBeenCalled();
  });

  it('stays open when an answer came in between', async () => {
    await fail(4);
    await send(SENT);
    await fail(4);
    expect(await send(SENT)).toBe(SENT);
  });

  it('takes a refusal for an answer, not for an outage', async () => {
    await fail(9, refusedFor('number'));
    expect(gate.health.circuit).toBe('closed');
  });

  it('lets one call try again after 15 s, and opens when it is answered', async () => {
    await fail(5);
    clock.advance(15);
    expect(gate.health.circuit).toBe('half-open');
    await send(SENT);
    expect(gate.health.circuit).toBe('closed');
  });

  it('closes for another 15 s when the try fails', async () => {
    await fail(5);
    clock.advance(15);
    await send(LOST);
    await expect(send(SENT)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 15 });
  });

  it('lets nobody in beside the one that tries again, who would write first and wait then', async () => {
    await fail(5);
    clock.advance(15);
    let answer = (): void => undefined;
    const trial = gate.enter('check', () =>
      gate.call(
        () =>
          new Promise<SendOutcome>(
            (resolve) =>
              (answer = () => {
                resolve(SENT);
              }),
          ),
      ),
    );
    const useCase = jest.fn(() => call(SENT));
    for (const purpose of ['send', 'check'] as const)
      await expect(gate.enter(purpose, useCase)).rejects.toMatchObject({ code: 'unavailable' });
    expect(useCase).not.toHaveBeenCalled();
    answer();
    expect(await trial).toBe(SENT);
    expect(await gate.enter('send', useCase)).toBe(SENT);
  });

  it.each([
    ['the circuit opens', LOST, 15],
    ['the credit is out', refusedFor('credit'), 60],
  ])(
    'refuses who stands in line when %s, before anything is written',
    async (_, outcome, after) => {
      let answer = (): void => undefined;
      const held = new Promise<void>((resolve) => (answer = resolve));
      const inside = Array.from({ length: 20 }, () =>
        gate.enter('send', async () => {
          await held;
          return call(outcome);
        }),
      );
      const useCase = jest.fn(() => call(SENT));
      const inLine = Array.from({ length: 40 }, () =>
        gate.enter('send', useCase).catch((error: unknown) => error),
      );
      await settle();
      answer();
      await Promise.all(inside);
      for (const refusal of await Promise.all(inLine))
        expect(refusal).toMatchObject({ code: 'unavailable', retryAfter: after });
      expect(useCase).not.toHaveBeenCalled();
    },
  );

  it('answers a use case that was already inside as not reached', async () => {
    const inside = gate.enter('send', async () => {
      await fail(5);
      return call(SENT);
    });
    expect(await inside).toMatchObject({ kind: 'not_reached' });
  });

  it('stops sends for 60 s when the credit is out, and no checks', async () => {
    await send(refusedFor('credit'));
    await expect(send(SENT)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 60 });
    expect(await gate.enter('check', () => call(SENT))).toBe(SENT);
    expect(gate.health.credit).toBe('out');
    clock.advance(60);
    expect(await send(SENT)).toBe(SENT);
    expect(gate.health.credit).toBe('ok');
  });

  it('says that the configuration is refused until a call is answered', async () => {
    await send(refusedFor('credentials'));
    expect(gate.health.configuration).toBe('refused');
    await send(SENT);
    expect(gate.health.configuration).toBe('ok');
  });

  it.each([
    [
      { kind: 'refused', reason: 'credentials', antsCode: '9998', detail: 'no' },
      /credentials.*9998/,
    ],
    [{ kind: 'refused', reason: 'config', antsCode: '0301', detail: 'no' }, /config.*0301/],
    [{ kind: 'refused', reason: 'credit', antsCode: '9995', detail: 'no' }, /credit.*9995/],
  ] as [SendOutcome, RegExp][])('raises an alarm for %j', async (outcome, text) => {
    const alarms = jest.spyOn(Logger.prototype, 'error');
    await send(outcome);
    expect(alarms.mock.calls.map(String)).toEqual([expect.stringMatching(/^ALARM: /)]);
    expect(String(alarms.mock.calls[0])).toMatch(text);
  });

  it('raises one alarm when the circuit opens', async () => {
    const alarms = jest.spyOn(Logger.prototype, 'error');
    await fail(5);
    expect(alarms.mock.calls.map(String)).toEqual([
      expect.stringMatching(/^ALARM: ANTS does not answer/),
    ]);
  });

  it('raises none for what is no fault of ours', async () => {
    const alarms = jest.spyOn(Logger.prototype, 'error');
    await fail(9, refusedFor('number'));
    await fail(4);
    expect(alarms).not.toHaveBeenCalled();
  });

  it('stands before one account: another one stays open', async () => {
    await fail(5);
    const other = new ProviderGate(clock, alarms);
    expect(await other.enter('send', () => other.call(() => Promise.resolve(SENT)))).toBe(SENT);
  });

  describe('with 20 calls under way', () => {
    let release: () => void;
    let busy: Promise<unknown>[];
    beforeEach(async () => {
      const held = new Promise<void>((resolve) => (release = resolve));
      busy = Array.from({ length: 20 }, () => gate.enter('send', () => held));
      await settle();
    });
    afterEach(async () => {
      release();
      await Promise.all(busy);
    });

    it('lets the next one wait for a slot', async () => {
      const useCase = jest.fn(() => Promise.resolve('done'));
      const waiting = gate.enter('send', useCase);
      await settle();
      expect(useCase).not.toHaveBeenCalled();
      release();
      expect(await waiting).toBe('done');
    });

    it('refuses it after 2 s, and never runs it', async () => {
      const useCase = jest.fn(() => Promise.resolve('done'));
      const waiting = gate.enter('send', useCase);
      const refused = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
      await settle();
      clock.advance(2);
      await refused;
      release();
      await Promise.all(busy);
      await settle();
      expect(useCase).not.toHaveBeenCalled();
    });
  });

  it('lets nobody in at shutdown and waits for who is inside', async () => {
    let finish: (outcome: SendOutcome) => void = () => undefined;
    const inside = gate.enter('send', () => new Promise<SendOutcome>((end) => (finish = end)));
    let drained = false;
    const draining = gate.beforeApplicationShutdown().then(() => (drained = true));
    const useCase = jest.fn(() => call(SENT));
    await expect(gate.enter('check', useCase)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 1,
    });
    expect(useCase).not.toHaveBeenCalled();
    await settle();
    expect(drained).toBe(false);
    finish(SENT);
    await expect(inside).resolves.toBe(SENT);
    await draining;
  });

  it('waits at shutdown no longer than 12 s', async () => {
    void gate.enter('send', () => new Promise<SendOutcome>(() => undefined));
    const draining = gate.beforeApplicationShutdown();
    await settle();
    clock.advance(12);
    await draining;
  });
});
