import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OtpOptions, OtpService } from 'nestjs-ants-otp';
import { antsError } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes } from '../support/outcomes.js';
import type { Outcomes } from '../support/outcomes.js';

describe('limits of sends, on two apps with one database', () => {
  const options = { purposes: { patient: { cooldown: [1] } } };
  let one: TestApp;
  let two: TestApp;
  let apps: OtpService[];

  beforeAll(async () => {
    one = await bootApp({ options });
    const shared = { database: one.database, simulator: one.simulator };
    two = await bootApp({ options, ...shared });
    apps = [one.otps, two.otps];
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });

  const parallel = <T>(count: number, call: (otps: OtpService, n: number) => Promise<T>) =>
    outcomes(Array.from({ length: count }, (_, n) => call(apps[n % 2]!, n)));
  /** In waves of 40: what waits too long for the gate before ANTS is refused by it. */
  const waves = async <T>(count: number, call: (n: number) => Promise<T>): Promise<Outcomes<T>> => {
    const result: Outcomes<T> = { done: [], refused: [] };
    for (let first = 0; first < count; first += 40) {
      const size = Math.min(40, count - first);
      const wave = await outcomes(Array.from({ length: size }, (_, n) => call(first + n)));
      result.done.push(...wave.done);
      result.refused.push(...wave.refused);
    }
    return result;
  };
  const smsTo = (...mobiles: string[]): number => {
    const wire = new Set(mobiles.map((mobile) => `66${mobile.slice(1)}`));
    return one.simulator.inbox.filter(({ to }) => wire.has(to)).length;
  };
  /** Neighbours in one block of 10,000 numbers. */
  const neighbours = (count: number): string[] => {
    const block = nextMobile().slice(0, 6);
    return Array.from({ length: count }, (_, n) => `${block}${String(n).padStart(4, '0')}`);
  };

  it('a block whose codes are verified stays open', async () => {
    const mobiles = neighbours(60);
    for (const mobile of mobiles) {
      const { id, ticket } = await one.otps.request({ mobile });
      await one.otps.verify(id, one.simulator.codeFor(mobile), { ticket });
    }
    expect(smsTo(...mobiles)).toBe(60);
  });

  it('a stranger who spends a number’s limit does not keep its signed-in owner waiting', async () => {
    const mobile = nextMobile();
    for (let n = 0; n < 6; n++) {
      await outcomes([one.otps.request({ mobile, purpose: 'patient' })]);
      await one.database.age('2 s');
    }
    await expect(one.otps.request({ mobile, purpose: 'patient' })).rejects.toMatchObject({
      code: 'too_many_sends',
    });
    const own = await two.otps.request({ mobile, purpose: 'transfer', subject: 'owner' });
    expect(own.ticket).toBeTruthy();
    expect(smsTo(mobile)).toBe(6);
  });

  it('a stranger who fills a block does not keep its signed-in owners waiting', async () => {
    const mobiles = neighbours(22);
    await parallel(21, (otps, n) => otps.request({ mobile: mobiles[n]! }));
    const mobile = mobiles[21]!;
    await expect(one.otps.request({ mobile })).rejects.toMatchObject({ code: 'too_many_sends' });
    await one.otps.request({ mobile, subject: 'neighbour' });
    expect(smsTo(mobile)).toBe(1);
  });

  it('one account gets 20 SMS an hour, to whatever numbers', async () => {
    const subject = 'a busy account';
    const { done, refused } = await parallel(30, (otps) =>
      otps.request({ mobile: nextMobile(), subject }),
    );
    expect(done).toHaveLength(20);
    expect(new Set(refused)).toEqual(new Set(['too_many_sends']));
  });

  it('resends count as well, and say when to come again', async () => {
    const t = await bootApp({ options: { sendLimit: { perHour: 2 }, maxResends: 9 } });
    try {
      const { id, ticket } = await t.otps.request({ mobile: nextMobile() });
      await t.database.age('61 s');
      await t.otps.resend(id, { ticket });
      await t.database.age('121 s');
      const refusal = { code: 'too_many_sends', retryAfter: 3600 - 61 - 121 };
      await expect(t.otps.resend(id, { ticket })).rejects.toMatchObject(refusal);
    } finally {
      await t.close();
    }
  });

  it('a send that ANTS surely did not make costs nothing', async () => {
    const mobile = nextMobile();
    for (let n = 0; n < 8; n++) {
      one.simulator.next('requestOTP', { body: antsError('0301') });
      const { refused } = await outcomes([one.otps.request({ mobile, purpose: 'patient' })]);
      expect(refused).toEqual(['send_failed']);
    }
    await one.otps.request({ mobile, purpose: 'patient' });
    expect(smsTo(mobile)).toBe(1);
  });

  it('a trusted address gets 100 unverified SMS an hour, an IPv6 network 20', async () => {
    const t = await bootApp({ options: { ipTrusted: true } });
    try {
      const ask = (ip: string, count: number) =>
        waves(count, () => t.otps.request({ mobile: nextMobile(), ip }));
      expect((await ask('198.51.100.7', 110)).done).toHaveLength(100);
      const v6 = await Promise.all([1, 2].map((host) => ask(`2001:db8:0:1:${host}::1`, 15)));
      expect(v6.flatMap(({ done }) => done)).toHaveLength(20);
      expect((await ask('2001:db8:0:2::1', 1)).done).toHaveLength(1);
    } finally {
      await t.close();
    }
  });

  it('the daily budget ends all sends until midnight', async () => {
    const t = await bootApp({ options: { dailyBudget: 10 } });
    try {
      const { done, refused } = await outcomes(
        Array.from({ length: 30 }, () => t.otps.request({ mobile: nextMobile() })),
      );
      expect(done).toHaveLength(10);
      expect(new Set(refused)).toEqual(new Set(['unavailable']));
      const refusal = await t.otps.request({ mobile: nextMobile() }).catch((e: unknown) => e);
      expect((refusal as { retryAfter: number }).retryAfter).toBeLessThanOrEqual(86_400);
    } finally {
      await t.close();
    }
  });

  describe('that is false does not hold', () => {
    /** Sends to one number, each in a purpose of its own: the cool-down is by purpose. */
    const sends = (t: TestApp, count: number, more: { subject?: string; ip?: string } = {}) =>
      waves(count, (n) =>
        t.otps.request({
          mobile: more.ip === undefined ? MOBILE : nextMobile(),
          purpose: `purpose-${n}`,
          ...more,
        }),
      );
    const MOBILE = nextMobile();
    const others: Partial<OtpOptions> = { blockLimit: false, ipTrusted: true };
    let limited: TestApp;
    beforeAll(async () => {
      limited = await bootApp({ options: others });
    });
    afterAll(() => limited.close());

    it.each<[limit: string, options: Partial<OtpOptions>, more: object, without: number]>([
      ['sendLimit', { sendLimit: false }, {}, 5],
      ['subjectSendLimit', { subjectSendLimit: false }, { subject: 'owner' }, 20],
      ['ipLimit', { ipLimit: false, ipTrusted: true }, { ip: '2001:db8:1::1' }, 20],
      ['ipLimit.ipv6', { ipLimit: { ipv6: false }, ipTrusted: true }, { ip: '2001:db8:2::1' }, 20],
    ])('%s', async (_, options, more, without) => {
      const free = await bootApp({ options: { ...others, ...options } });
      try {
        const { done } = await sends(limited, without + 5, more);
        expect(done).toHaveLength(without);
        expect((await sends(free, without + 5, more)).refused).toEqual([]);
      } finally {
        await free.close();
      }
    });
  });
});
