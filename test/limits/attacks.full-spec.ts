import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { AttackTable } from '../support/attack-table.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import { times } from '../support/counts.js';
import { deadlocks } from '../support/deadlocks.js';
import { accepted, answers, OtpClient } from '../support/otp-client.js';
import type { Answer } from '../support/otp-client.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const HOUR = 3600;
/** Neighbours in one block of 10,000 numbers. */
const neighbours = (count: number): string[] => {
  const block = nextMobile().slice(0, 6);
  return Array.from({ length: count }, (_, n) => `${block}${String(n).padStart(4, '0')}`);
};

/**
 * What attackers do, over HTTP against two processes with one database and the options as they come. Each
 * attack is a row of the table in docs/security.md; `npm run attack` makes it with the full counts.
 */
describe('attacks', () => {
  const table = new AttackTable();
  // ANTS' own limit of attempts must not stand in for ours.
  const simulator = recordedSimulator({ reports: 'manual', maxAttempts: 100 });
  // The only one that is not as it comes: an attacker need not wait for a cool-down.
  const options = { purposes: { hasty: { cooldown: [1] }, transfer: {} } };
  /** The app's own server code: it alone may name an address, or a subject. */
  let server: TestApp;
  let clients: OtpClient[];
  /** What `pass` has added to the time of the database. Seconds. */
  let passed = 0;

  beforeAll(async () => {
    await simulator.start();
    server = await bootApp({ simulator, options });
    const start = () => startChildApp({ databaseUrl: server.database.appUrl, simulator, options });
    clients = (await Promise.all([start(), start()])).map(({ url }) => new OtpClient(url, 50));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await stopChildApps();
    await server.app.close();
    const deadlocked = await deadlocks(server.database);
    await server.close();
    await simulator.stop();
    table.print();
    expect(deadlocked).toBe(0);
  });

  const client = (n: number): OtpClient => clients[n % 2]!;
  const pass = async (seconds: number): Promise<void> => {
    await server.database.age(`${seconds} s`);
    passed += seconds;
  };
  const smsTo = (...mobiles: string[]): number =>
    mobiles.reduce((sum, mobile) => sum + simulator.messages(mobile).length, 0);
  /** In waves, as an attacker's machine would; small ones, so that a slow machine refuses nothing for its load. */
  const waves = async <T>(count: number, call: (n: number) => Promise<Answer<T>>) => {
    const all = { done: [] as T[], refused: [] as string[] };
    for (let first = 0; first < count; first += 10) {
      const size = Math.min(10, count - first);
      const wave = await answers(Array.from({ length: size }, (_, n) => call(first + n)));
      all.done.push(...wave.done);
      all.refused.push(...wave.refused);
    }
    return all;
  };
  const checksOf = (mobile: string): number => {
    const ids = new Set(simulator.messages(mobile).map(({ otpId }) => otpId));
    return simulator.requests.filter(
      ({ call, body }) => call === 'verifyOTP' && ids.has((body as { otpId: string }).otpId),
    ).length;
  };

  it('pumping one number from 60 forged addresses', async () => {
    const mobile = nextMobile();
    for (let n = 0; n < 60; n++) {
      await outcomes([server.otps.request({ mobile, ip: `203.0.113.${n}`, purpose: 'hasty' })]);
      await pass(2);
    }
    expect(smsTo(mobile)).toBe(5);
    table.add({ tried: '60 asks in an hour', allowed: '5 SMS', measured: `${smsTo(mobile)} SMS` });
  });

  it('pumping a sequence of numbers', async () => {
    const mobiles = neighbours(times(60, 1000));
    const { done, refused } = await waves(mobiles.length, (n) => client(n).request(mobiles[n]!));
    expect(smsTo(...mobiles)).toBe(20);
    expect(done).toHaveLength(20);
    expect(new Set(refused)).toEqual(new Set(['too_many_sends']));
    const tried = `${mobiles.length} numbers of one block`;
    table.add({ tried, allowed: '20 SMS', measured: `${smsTo(...mobiles)} SMS` });
  });

  it('20 sends to one number at once', async () => {
    const mobile = nextMobile();
    await answers(Array.from({ length: 20 }, (_, n) => client(n).request(mobile)));
    expect(smsTo(mobile)).toBe(1);
    table.add({ tried: '20 asks over 2 processes', allowed: '1 SMS', measured: '1 SMS' });
  });

  it('one number in other spellings', async () => {
    const mobile = nextMobile();
    const national = mobile.slice(1);
    const other = (zero: number): string =>
      mobile.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    const spellings = [
      mobile,
      `+66${national}`,
      `66${national}`,
      `0066${national}`,
      `+66 (0) ${national}`,
      `${mobile.slice(0, 3)}-${mobile.slice(3, 6)}-${mobile.slice(6)}`,
      ` ${mobile.slice(0, 2)} ${mobile.slice(2)} `,
      other(0x0e50), // Thai
      other(0xff10), // full width
    ];
    let accepts = 0;
    for (let n = 0; n < 2 * spellings.length; n++) {
      const { refused } = await client(n).request(
        spellings[n % spellings.length]!,
        undefined,
        'hasty',
      );
      if (refused?.code !== 'invalid_mobile') accepts += 1;
      await pass(2);
    }
    expect(smsTo(mobile)).toBe(5);
    expect(accepts).toBeGreaterThanOrEqual(2 * (spellings.length - 1));
    const tried = `${accepts} asks in ${spellings.length} spellings`;
    table.add({ tried, allowed: '5 SMS', measured: `${smsTo(mobile)} SMS` });
  });

  it('waiting less by canceling or verifying', async () => {
    const waits: number[] = [];
    for (const end of ['cancel', 'verify', 'nothing'] as const) {
      const mobile = nextMobile();
      for (const step of [60, 120, 300]) {
        const { id, ticket } = accepted(await client(0).request(mobile));
        if (end === 'cancel') await server.otps.cancel(id);
        if (end === 'verify')
          accepted(await client(1).verify(id, simulator.codeFor(mobile), ticket));
        const { refused } = await client(1).request(mobile);
        expect(refused).toMatchObject({ code: 'cooldown', status: 429, retryAfter: step });
        waits.push(refused!.retryAfter!);
        await pass(step);
      }
    }
    const measured = [...new Set(waits)].join(', ');
    table.add({
      tried: '4 asks an hour each',
      allowed: '60, 120, 300 s',
      measured: `${measured} s`,
    });
  });

  it('guessing one number from many connections', async () => {
    const mobile = nextMobile();
    const total = times(160, 10_000);
    const hours = 4;
    const reached: { at: number; checks: number }[] = [];
    const codes = new Map<string, number>();
    for (let hour = 0; hour < hours; hour++) {
      const asked = await client(hour).request(mobile, undefined, 'hasty');
      const held = asked.ok ?? { id: crypto.randomUUID(), ticket: 'x'.repeat(22) };
      const typed = wrongCodes(asked.ok ? simulator.codeFor(mobile) : '100000', total / hours);
      const before = checksOf(mobile);
      const { done, refused } = await waves(typed.length, (n) =>
        client(n).verify(held.id, typed[n]!, held.ticket),
      );
      expect(done).toEqual([]);
      for (const code of refused) codes.set(code, (codes.get(code) ?? 0) + 1);
      // A second OTP within the hour, so that the number's own budget is what ends it.
      await pass(301);
      const again = await client(hour).request(mobile, undefined, 'hasty');
      if (again.ok)
        await waves(40, (n) =>
          client(n).verify(
            again.ok.id,
            wrongCodes(simulator.codeFor(mobile), 40)[n]!,
            again.ok.ticket,
          ),
        );
      reached.push({ at: passed, checks: checksOf(mobile) - before });
      await pass(HOUR + 1 - 301);
    }
    const inAnyHour = reached.map(({ at }) =>
      reached
        .filter((other) => other.at <= at && other.at > at - HOUR)
        .reduce((sum, { checks }) => sum + checks, 0),
    );
    expect(Math.max(...inAnyHour)).toBe(10);
    expect(checksOf(mobile)).toBe(20);
    const tried = `${total} wrong codes in ${hours} hours, 100 connections, new OTPs`;
    const measured = `${Math.max(...inAnyHour)} in the worst hour, ${checksOf(mobile)} in all`;
    table.add({ tried, allowed: '10 reach ANTS in any hour, 20 a day', measured });
  });

  it.each(['resends', 'requests'])('guessing once after each of 10 %s', async (kind) => {
    const mobile = nextMobile();
    const again = kind === 'resends' ? 'resend' : 'request';
    let held = accepted(await client(0).request(mobile));
    const refused = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const { ticket } = held;
      const typed = wrongCodes(simulator.codeFor(mobile), 3);
      for (const code of typed) {
        const answer = await client(n).verify(held.id, code, ticket);
        if (answer.refused) refused.add(answer.refused.code);
      }
      await pass(10);
      // What the cool-down and the limits of sends refuse is what an attacker meets.
      const next = await (again === 'resend'
        ? client(n).resend(held.id, ticket)
        : client(n).request(mobile));
      if (next.ok) held = next.ok;
      if (next.refused) refused.add(next.refused.code);
    }
    expect(checksOf(mobile)).toBeLessThanOrEqual(10);
    expect(again === 'request' ? refused : ['locked']).toContain('locked');
    const tried = `60 guesses, 20 ${kind} tried`;
    table.add({ tried, allowed: '10 reach ANTS', measured: `${checksOf(mobile)} reach ANTS` });
  });

  it('locking the owner out of a transfer', async () => {
    const [mobile, ...others] = neighbours(25) as [string, ...string[]];
    for (let n = 0; n < 8; n++) {
      const { ok } = await client(n).request(mobile, undefined, 'hasty');
      for (let k = 0; ok && k < 5; k++) await client(k).verify(ok.id, `00000${k}`, ok.ticket);
      await client(n).request(mobile, undefined, 'transfer');
      await pass(2);
    }
    await waves(others.length, (n) => client(n).request(others[n]!));
    const stranger = await outcomes([server.otps.request({ mobile, purpose: 'hasty' })]);
    expect(stranger.refused).toEqual(['locked']);
    // The cool-down is the number's, so the owner waits for its end at most.
    await pass(60);
    const own = await server.otps.request({ mobile, purpose: 'transfer', subject: 'owner' });
    const code = simulator.codeFor(mobile);
    const done = await server.otps.verify(own.id, code, { subject: 'owner' });
    expect(done.subject).toBe('owner');
    const tried = 'all sends and codes of a number, all sends of its block';
    table.add({
      tried,
      allowed: 'the owner, with `subject`, is let through',
      measured: 'SMS and success',
    });
  });

  it.each([false, true])(
    'no attack: many people behind one address (ipTrusted: %s)',
    async (ipTrusted) => {
      const t = await bootApp({ simulator, options: { ipTrusted } });
      try {
        const people = times(50, 2000);
        const refused: string[] = [];
        // Few at once: what a machine can serve is not the question here.
        for (let first = 0; first < people; first += 10) {
          const group = Array.from({ length: Math.min(10, people - first) }, nextMobile);
          const each = group.map(async (mobile) => {
            const { id, ticket } = await t.otps.request({ mobile, ip: '198.51.100.7' });
            await t.otps.verify(id, simulator.codeFor(mobile), { ticket });
          });
          refused.push(...(await outcomes(each)).refused);
          await t.database.age(`${Math.floor((HOUR * 10) / people)} s`);
        }
        expect(refused).toEqual([]);
        const tried = `${people} people with a code each, in an hour`;
        table.add({ tried, allowed: '0 refused', measured: '0 refused' });
      } finally {
        await t.close();
      }
    },
  );

  it('one right code many times at once', async () => {
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client(0).request(mobile));
    const code = simulator.codeFor(mobile);
    const { done } = await answers(
      Array.from({ length: 8 }, (_, n) => client(n).verify(id, code, ticket)),
    );
    expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(checksOf(mobile)).toBe(1);
    const tried = '8 uses over 2 processes';
    table.add({ tried, allowed: '1 success, the others its repeats', measured: '1 success' });
  });

  it('one proof many times at once', async () => {
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client(0).request(mobile));
    const { proof } = accepted(await client(0).verify(id, simulator.codeFor(mobile), ticket));
    const { done, refused } = await answers(
      Array.from({ length: 8 }, (_, n) => client(n).openVault(proof)),
    );
    expect(done).toHaveLength(1);
    expect(new Set(refused)).toEqual(new Set(['proof_consumed']));
    table.add({ tried: '8 uses over 2 processes', allowed: '1 opens', measured: '1 opens' });
  });

  it('telling known numbers from unknown ones', async () => {
    const known = nextMobile();
    const { id, ticket } = accepted(await client(0).request(known));
    accepted(await client(0).verify(id, simulator.codeFor(known), ticket));
    await pass(60);
    const shapes = [];
    for (const mobile of [known, nextMobile()]) {
      const first = accepted(await client(1).request(mobile));
      const { refused } = await client(1).request(mobile);
      const { expiresAt, resendAvailableAt, mobileMask, ...rest } = first;
      shapes.push({
        keys: Object.keys({ ...rest, expiresAt, resendAvailableAt, mobileMask }),
        // How long to wait tells that somebody asked for this number within the hour: the cool-down's own
        // nature. Nothing else may tell.
        refused: { ...refused, retryAfter: 0, message: null },
      });
    }
    expect(shapes[0]).toEqual(shapes[1]);
    table.add({
      tried: 'asks and refusals of both',
      allowed: 'the same body',
      measured: 'the same body',
    });
  });
});
