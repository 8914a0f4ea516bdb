import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { OtpChallenge, OtpService, OtpVerification } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { CloseRace } from '../support/close-race.js';
import { repetitions, times } from '../support/counts.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import { MANY_SENDS } from '../support/story.js';

const runs = repetitions(4, 200);

/** Two apps with pools and queues of their own stand for two processes. */
describe('races on two apps with one database', () => {
  const simulator = recordedSimulator({ latencyMs: [0, 12], seed: 7 });
  let one: TestApp;
  let two: TestApp;
  let apps: OtpService[];

  beforeAll(async () => {
    await simulator.start();
    one = await bootApp({ simulator, options: MANY_SENDS });
    two = await bootApp({ simulator, options: MANY_SENDS, database: one.database });
    apps = [one.otps, two.otps];
  });
  afterAll(async () => {
    await two.close();
    await one.close();
    await simulator.stop();
  });

  /** Runs `count` calls at once, spread over both apps. */
  const parallel = <T>(count: number, call: (otps: OtpService, n: number) => Promise<T>) =>
    outcomes(Array.from({ length: count }, (_, n) => call(apps[n % 2]!, n)));
  const ask = async (): Promise<OtpChallenge & { mobile: string; code: string }> => {
    const mobile = nextMobile();
    const otp = await one.otps.request({ mobile });
    return { ...otp, mobile, code: simulator.codeFor(mobile) };
  };
  const calls = (otpIds: string[]) =>
    simulator.requests.filter(
      ({ call, body }) =>
        call === 'verifyOTP' && otpIds.includes((body as { otpId: string }).otpId),
    ).length;
  const callsFor = async (id: string) => calls([(await one.otps.status(id)).otpId!]);

  it.each(runs)('8 parallel right codes are one success and seven repeats of it (%i)', async () => {
    const { id, ticket, code } = await ask();
    const { done, refused } = await parallel(8, (otps) => otps.verify(id, code, { ticket }));
    expect(refused).toEqual([]);
    expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(done.map(({ proof }) => jtiOf(proof)))).toEqual(new Set([id]));
    expect(await callsFor(id)).toBe(1);
  });

  it('a right code without the ticket or the subject is refused every time', async () => {
    const { id, code } = await ask();
    const { done, refused } = await parallel(20, (otps, n) =>
      otps.verify(id, code, n % 2 ? {} : { ticket: 'x', subject: 'somebody' }),
    );
    expect(done).toEqual([]);
    expect(new Set(refused)).toEqual(new Set(['not_found']));
    expect(await callsFor(id)).toBe(0);
  });

  it.each(runs)('50 parallel wrong codes reach ANTS at most 5 times (%i)', async () => {
    const { id, ticket, code } = await ask();
    const guesses = wrongCodes(code, 50);
    const { done, refused } = await parallel(50, (otps, n) =>
      otps.verify(id, guesses[n]!, { ticket }),
    );
    expect(done).toEqual([]);
    expect(refused.filter((why) => why === 'wrong_code')).toHaveLength(4);
    expect(new Set(refused)).toEqual(new Set(['wrong_code', 'max_attempts_reached']));
    expect(await callsFor(id)).toBe(5);
    expect(await one.otps.status(id)).toMatchObject({
      status: 'max_attempts_reached',
      attemptsLeft: 0,
    });
  });

  it.each(runs)('a right code among four wrong ones is never lost (%i)', async (run) => {
    const { id, ticket, code } = await ask();
    const guesses = wrongCodes(code, 5);
    guesses[run % 5] = code;
    const { done } = await parallel(5, (otps, n) => otps.verify(id, guesses[n]!, { ticket }));
    expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await one.otps.status(id)).toMatchObject({ status: 'verified' });
  });

  it.each(runs)(
    '50 parallel requests for one number send one SMS and use one unit (%i)',
    async () => {
      const mobile = nextMobile();
      const { done, refused } = await parallel(50, (otps) => otps.request({ mobile }));
      expect(done).toHaveLength(1);
      expect(new Set(refused)).toEqual(new Set(['cooldown']));
      expect(smsTo(simulator, mobile)).toBe(1);
      expect(await units(one, done[0]!.id)).toEqual({ rows: 1, hits: 1 });
    },
  );

  it.each(runs)('50 parallel requests over an ended OTP still send one SMS (%i)', async () => {
    const first = await ask();
    await one.otps.cancel(first.id);
    await one.database.age('61 s');
    const { done } = await parallel(50, (otps) => otps.request({ mobile: first.mobile }));
    expect(done).toHaveLength(1);
    expect(smsTo(simulator, first.mobile)).toBe(2);
    expect(await units(one, done[0]!.id)).toEqual({ rows: 2, hits: 2 });
  });

  it('50 parallel repeats of one ask all get the same OTP', async () => {
    const mobile = nextMobile();
    const idempotencyKey = randomUUID();
    const { done, refused } = await parallel(50, (otps) =>
      otps.request({ mobile, idempotencyKey }),
    );
    expect(refused).toEqual([]);
    expect(new Set(done.map(({ id, ticket }) => `${id} ${ticket}`)).size).toBe(1);
    expect(smsTo(simulator, mobile)).toBe(1);
  });

  it.each(runs)('20 parallel resends send one SMS (%i)', async () => {
    const { id, ticket, mobile } = await ask();
    await one.database.age('61 s');
    const { done, refused } = await parallel(20, (otps) => otps.resend(id, { ticket }));
    expect(done).toHaveLength(1);
    expect(new Set(refused)).toEqual(new Set(['cooldown']));
    expect(smsTo(simulator, mobile)).toBe(2);
    expect(await one.otps.status(id)).toMatchObject({ sends: 2 });
  });

  it('verify racing cancel ends in exactly one of the two, and either may win', async () => {
    const race = new CloseRace('verified', 'canceled');
    for (let run = 0; run < times(16, 200, 16); run++) {
      const { id, ticket, code } = await ask();
      const [verified, canceled] = await Promise.all([
        outcomes([race.start('verified', () => one.otps.verify(id, code, { ticket }))]),
        outcomes([race.start('canceled', () => two.otps.cancel(id, { ticket }))]),
      ]);
      const { status } = await one.otps.status(id);
      race.won(status);
      expect([verified.done.length, canceled.done.length]).toEqual(
        status === 'verified' ? [1, 0] : [0, 1],
      );
    }
    expect(race.losers).toEqual([]);
  });

  it('a code for an OTP that was never requested reaches nobody', async () => {
    const before = simulator.count('verifyOTP');
    const { refused } = await parallel(10, (otps) =>
      otps.verify(randomUUID(), '123456', { subject: 'somebody', ticket: 'x' }),
    );
    expect(new Set(refused)).toEqual(new Set(['not_found']));
    expect(simulator.count('verifyOTP')).toBe(before);
  });
});

const jtiOf = (proof: OtpVerification['proof']): string =>
  (JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti;

const smsTo = (simulator: AntsSimulator, mobile: string): number =>
  simulator.inbox.filter(({ to }) => to === `66${mobile.slice(1)}`).length;

/** What the number of this OTP has used: rows of its own and units of its cool-down. */
async function units(t: TestApp, id: string): Promise<unknown> {
  const { rows } = await t.database.query(
    `SELECT (SELECT count(*)::int FROM otps AS other WHERE other.mobile_mac = o.mobile_mac) AS rows,
       (SELECT sum(cardinality(l.hits))::int FROM otp_limits AS l
        WHERE l.key LIKE 'cooldown:%' || encode(o.mobile_mac, 'hex')) AS hits
     FROM otps AS o WHERE o.id = $1`,
    [id],
  );
  return rows[0];
}
