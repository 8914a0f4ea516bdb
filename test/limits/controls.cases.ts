import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { OtpControls, OtpSweeper } from 'nestjs-ants-otp';
import type { OtpAlarm, OtpService } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes } from '../support/outcomes.js';

const refusal = async (call: Promise<unknown>): Promise<string> =>
  (await outcomes([call])).refused[0] ?? 'done';

describe('controls of sends, on two apps with one database', () => {
  const alarms: OtpAlarm[] = [];
  const safe = nextMobile();
  const options = {
    safeNumbers: [safe],
    blockedNumbers: ['081-000'],
    blockLimit: false as const,
    sendLimit: { perHour: 100, perDay: 100 },
    purposes: { pumped: {}, lure: {}, patient: { cooldown: [1] } },
    conversionGuard: { sends: 10 },
    limits: [
      {
        name: 'device',
        key: (ask: { mobile: string; context: object }) => {
          const { device } = ask.context as { device?: string };
          if (device === 'broken') throw new Error(`no device of ${ask.mobile}`);
          return device;
        },
        max: 3,
        per: 60,
      },
    ],
    onAlarm: (alarm: OtpAlarm) => alarms.push(alarm),
  };
  let one: TestApp;
  let two: TestApp;
  let apps: OtpService[];
  let controls: OtpControls;
  beforeAll(async () => {
    one = await bootApp({ options });
    two = await bootApp({ options, database: one.database, simulator: one.simulator });
    apps = [one.otps, two.otps];
    controls = one.app.get(OtpControls);
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });
  const smsTo = (mobile: string): number =>
    one.simulator.inbox.filter(({ to }) => to === `66${mobile.slice(1)}`).length;

  it('a pause of a purpose stops its requests and resends everywhere, not its codes', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await one.otps.request({ mobile, purpose: 'patient' });
    await controls.pauseSends('patient');
    await one.database.age('61 s');
    for (const otps of apps) {
      const ask = { mobile: nextMobile(), purpose: 'patient' };
      await expect(otps.request(ask)).rejects.toMatchObject({
        code: 'unavailable',
        retryAfter: 3600,
      });
      await expect(otps.resend(id, { ticket })).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(await controls.stops()).toEqual([{ kind: 'pause', purpose: 'patient', until: null }]);
    expect(await refusal(two.otps.request({ mobile: nextMobile() }))).toBe('done');
    await two.otps.verify(id, one.simulator.codeFor(mobile), { ticket });
    expect(smsTo(mobile)).toBe(1);
    expect(await controls.resumeSends('patient')).toBe(true);
    expect(await controls.resumeSends('patient')).toBe(false);
    expect(await refusal(two.otps.request({ mobile: nextMobile(), purpose: 'patient' }))).toBe(
      'done',
    );
  });

  it('a pause of everything ends by itself if it was given a time', async () => {
    await controls.pauseSends(undefined, { seconds: 120 });
    expect(await refusal(two.otps.request({ mobile: nextMobile() }))).toBe('unavailable');
    await one.database.age('121 s');
    expect(await refusal(two.otps.request({ mobile: nextMobile() }))).toBe('done');
    await expect(controls.pauseSends('login', { seconds: 0 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('a misspelled time stops nothing, instead of stopping it without an end', async () => {
    const options = { second: 120 } as { seconds?: number };
    const stops = await controls.stops();
    expect(await refusal(controls.pauseSends('login', options))).toBe('invalid_request');
    expect(await refusal(controls.block(nextMobile(), options))).toBe('invalid_request');
    expect(await controls.stops()).toEqual(stops);
  });

  it('a blocked number gets no SMS in any spelling, and others do', async () => {
    const mobile = nextMobile();
    await controls.block(mobile);
    for (const spelling of [mobile, `+66 ${mobile.slice(1)}`, `0066${mobile.slice(1)}`])
      expect(await refusal(two.otps.request({ mobile: spelling }))).toBe('number_rejected');
    expect(smsTo(mobile)).toBe(0);
    expect(await refusal(two.otps.request({ mobile: nextMobile() }))).toBe('done');
    expect(await controls.unblock({ mobile: `66${mobile.slice(1)}` })).toBe(true);
    expect(await refusal(two.otps.request({ mobile }))).toBe('done');
    expect(await refusal(one.otps.request({ mobile: '0810001234' }))).toBe('number_rejected');
  });

  it('unlock opens a number that wrong codes have locked', async () => {
    const mobile = nextMobile();
    for (let n = 0; n < 2; n++) {
      const { id, ticket } = await one.otps.request({ mobile, purpose: 'patient' });
      for (let guess = 0; guess < 5; guess++)
        await outcomes([one.otps.verify(id, '000000', { ticket })]);
      await one.database.age('2 s');
    }
    expect(await refusal(two.otps.request({ mobile, purpose: 'patient' }))).toBe('locked');
    expect(await controls.unlock(mobile, 'patient')).toBe(true);
    expect(await refusal(two.otps.request({ mobile, purpose: 'patient' }))).toBe('done');
  });

  it('an own limit counts what the app names, over all processes, and nothing else', async () => {
    const ask = (device?: string) => ({ mobile: nextMobile(), context: { device } });
    const asked = Array.from({ length: 8 }, (_, n) => apps[n % 2]!.request(ask('phone-1')));
    const { done, refused } = await outcomes(asked);
    expect(done).toHaveLength(3);
    expect(new Set(refused)).toEqual(new Set(['too_many_sends']));
    expect(await refusal(one.otps.request(ask('phone-2')))).toBe('done');
    expect(await refusal(one.otps.request(ask()))).toBe('done');
    const { rows } = await one.database.query(
      `SELECT key FROM otp_limits WHERE key LIKE 'own.device:%'`,
    );
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain('phone');
  });

  it('an own limit whose key fails sends nothing, and its log names no number', async () => {
    const mobile = nextMobile();
    const said: string[] = [];
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation((text) => {
      said.push(String(text));
    });
    try {
      const asked = one.otps.request({ mobile, context: { device: 'broken' } });
      await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      logged.mockRestore();
    }
    expect(said.join()).toContain('"device" failed: no device of +…');
    expect(said.join()).not.toContain(mobile.slice(1));
    expect(smsTo(mobile)).toBe(0);
  });

  it('a range that nobody verifies is stopped once, with an alarm, and can be let go', async () => {
    const range = nextMobile().slice(0, 5);
    const mobiles = Array.from(
      { length: 13 },
      (_, n) => `${range}${String(n * 7).padStart(5, '0')}`,
    );
    for (const mobile of mobiles.slice(0, 10))
      await one.otps.request({ mobile, purpose: 'pumped' });
    await one.database.age('331 s');
    const found = await Promise.all([one, two].map(({ app }) => app.get(OtpSweeper).guard()));
    expect(found.sort()).toEqual([0, 1]);
    expect(alarms.filter(({ kind }) => kind === 'numbers_pumped')).toEqual([
      {
        kind: 'numbers_pumped',
        message: expect.stringContaining(`numbers that begin with ${range}`),
        facts: { purpose: 'pumped', range, sends: 10, verified: 0, enforced: true },
      },
    ]);
    const ask = (n: number) => ({ mobile: mobiles[n]!, purpose: 'pumped' });
    expect(await refusal(two.otps.request(ask(10)))).toBe('too_many_sends');
    expect(await refusal(two.otps.request({ ...ask(10), subject: 'owner' }))).toBe('done');
    expect(await refusal(two.otps.request({ ...ask(11), purpose: 'lure' }))).toBe('done');
    expect(await controls.stops()).toEqual([
      { kind: 'guard', purpose: 'pumped', range, until: expect.any(Date) },
    ]);
    expect(await controls.unblock({ range, purpose: 'pumped' })).toBe(true);
    expect(await two.app.get(OtpSweeper).guard()).toBe(0);
    expect(await refusal(two.otps.request(ask(12)))).toBe('done');
  });

  it('a safe number counts on no limit but the budget, and still cools down', async () => {
    const before = await one.database.query(
      `SELECT count(*)::int AS n FROM otp_limits WHERE key LIKE 'number:%'`,
    );
    await one.otps.request({ mobile: safe });
    const after = await one.database.query(
      `SELECT count(*)::int AS n FROM otp_limits WHERE key LIKE 'number:%'`,
    );
    expect(after.rows).toEqual(before.rows);
    expect(await refusal(two.otps.request({ mobile: safe }))).toBe('cooldown');
  });
});

describe('an alarm', () => {
  it('whose listener throws or rejects stops nothing', async () => {
    for (const onAlarm of [
      () => {
        throw new Error('pager away');
      },
      () => Promise.reject(new Error('pager away')),
    ]) {
      const t = await bootApp({ options: { onAlarm, dailyBudget: 1 } });
      const sent = await t.otps.request({ mobile: nextMobile() });
      expect(sent.ticket).toBeTruthy();
      expect(await refusal(t.otps.request({ mobile: nextMobile() }))).toBe('unavailable');
      await t.close();
    }
  });
});
