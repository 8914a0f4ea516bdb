import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { OtpSweeper } from 'nestjs-ants-otp';
import type { OtpRequest, OtpService } from 'nestjs-ants-otp';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { repetitions } from '../support/counts.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import type { Outcomes } from '../support/outcomes.js';
import { MANY_SENDS } from '../support/story.js';

const runs = repetitions(2, 200);
/** The default `lockout.perHour`. */
const BUDGET = 10;

/** Two apps with pools and queues of their own stand for two processes. */
describe('races along the life of an OTP, on two apps with one database', () => {
  // ANTS' own limit of attempts must not stand in for ours.
  const simulator = recordedSimulator({
    ...{ latencyMs: [0, 12], seed: 23, reports: 'manual', maxAttempts: 100 },
  });
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    await simulator.start();
    const purposes = {
      patient: { maxAttempts: 50, maxResends: 20, cooldown: [1] },
      hasty: { cooldown: [1] },
    };
    const options = { ...MANY_SENDS, purposes };
    one = await bootApp({ simulator, options });
    two = await bootApp({ simulator, options, database: one.database });
  });
  afterAll(async () => {
    await two.close();
    await one.close();
    await simulator.stop();
  });

  /** Runs `count` calls at once, spread over both apps. */
  const parallel = <T>(count: number, call: (otps: OtpService, n: number) => Promise<T>) =>
    outcomes(Array.from({ length: count }, (_, n) => call([one, two][n % 2]!.otps, n)));
  const ask = async (fields: Partial<OtpRequest> = {}) => {
    const mobile = nextMobile();
    const otp = await one.otps.request({ mobile, ...fields });
    return { ...otp, mobile, code: simulator.codeFor(mobile) };
  };
  /** The checks that came to ANTS, for any SMS of this number. */
  const checksOf = (mobile: string): number => {
    const ids = simulator.messages(mobile).map(({ otpId }) => otpId);
    return simulator.requests.filter(
      ({ call, body }) => call === 'verifyOTP' && ids.includes((body as { otpId: string }).otpId),
    ).length;
  };
  const statusOf = async (id: string) => (await one.otps.status(id)).status;
  const why = ({ refused }: Outcomes<unknown>) => [...new Set(refused)].sort();
  const sweepers = () => [one, two].map(({ app }) => app.get(OtpSweeper));
  const consume = ({ app }: TestApp, id: string) => app.get(OtpProofs).consume(id);
  /** A number all of whose OTPs, hits and lines can be read: how many units it has used. */
  const unitsOf = async (id: string): Promise<unknown> => {
    const { rows } = await one.database.query(
      `SELECT cardinality(l.hits) AS units FROM otps AS o JOIN otp_limits AS l
         ON l.key = 'cooldown:default:' || o.purpose || ':' || encode(o.mobile_mac, 'hex')
       WHERE o.id = $1`,
      [id],
    );
    return rows[0]?.['units'];
  };

  describe('guesses', () => {
    it.each(runs)('50 wrong codes reach ANTS at most 5 times (%i)', async () => {
      const { id, ticket, code, mobile } = await ask();
      const guesses = wrongCodes(code, 50);
      const { done, refused } = await parallel(50, (otps, n) =>
        otps.verify(id, guesses[n]!, { ticket }),
      );
      expect(done).toEqual([]);
      expect(refused.filter((reason) => reason === 'wrong_code')).toHaveLength(4);
      expect(new Set(refused)).toEqual(new Set(['wrong_code', 'max_attempts_reached']));
      expect(checksOf(mobile)).toBe(5);
      expect(await one.otps.status(id)).toMatchObject({
        status: 'max_attempts_reached',
        attemptsLeft: 0,
      });
    });

    interface Asked {
      id: string;
      ticket: string;
      mobile: string;
      purpose: string;
    }
    /** Types `count` wrong codes at once, for the newest SMS. */
    const guess = async ({ id, ticket, mobile }: Asked, count: number): Promise<void> => {
      const guesses = wrongCodes(simulator.codeFor(mobile), count);
      const { done } = await parallel(count, (otps, n) => otps.verify(id, guesses[n]!, { ticket }));
      expect(done).toEqual([]);
    };
    /** The whole budget came to ANTS, and nothing more does: no guess, not the right code, no SMS. */
    const expectLocked = async ({ id, ticket, mobile, purpose }: Asked): Promise<void> => {
      const [code, sent] = [simulator.codeFor(mobile), simulator.messages(mobile).length];
      const late = await parallel<unknown>(16, (otps, n) =>
        [
          () => otps.verify(id, code, { ticket }),
          () => otps.verify(id, wrongCodes(code, 1)[0]!, { ticket }),
          () => otps.resend(id, { ticket }),
          () => otps.request({ mobile, purpose }),
        ][(n >> 1) % 4]!(),
      );
      expect([late.done, why(late)]).toEqual([[], ['locked']]);
      expect(checksOf(mobile)).toBe(BUDGET);
      expect(simulator.messages(mobile)).toHaveLength(sent);
    };

    it.each(runs)('three guesses at once after each resend share that budget (%i)', async () => {
      const otp = { purpose: 'patient', ...(await ask({ purpose: 'patient' })) };
      let resent = 0;
      for (let round = 0; round < BUDGET; round++) {
        await guess(otp, 3);
        await one.database.age('2 s');
        resent += (await outcomes([two.otps.resend(otp.id, otp)])).done.length;
      }
      expect(resent).toBe(3);
      await expectLocked(otp);
    });

    it.each(runs)('three guesses at once after each request share that budget (%i)', async () => {
      const asks = { mobile: nextMobile(), purpose: 'hasty' };
      const requested: Asked[] = [];
      for (let round = 0; round < BUDGET; round++) {
        const { done } = await outcomes([two.otps.request(asks)]);
        requested.push(...done.map((otp) => ({ ...asks, ...otp })));
        await guess(requested.at(-1)!, 3);
        await one.database.age('2 s');
      }
      expect(requested).toHaveLength(4);
      await expectLocked(requested.at(-1)!);
    });
  });

  describe('asks', () => {
    it.each(runs)('50 parallel requests over an ended OTP send one SMS (%i)', async () => {
      const { id, mobile } = await ask();
      await one.otps.cancel(id);
      await one.database.age('61 s');
      const { done } = await parallel(50, (otps) => otps.request({ mobile }));
      expect(done).toHaveLength(1);
      expect(simulator.messages(mobile)).toHaveLength(2);
      expect(await unitsOf(id)).toBe(2);
    });

    it.each(runs)('resends and requests over one cool-down send one SMS (%i)', async () => {
      const { id, ticket, mobile } = await ask();
      await one.database.age('61 s');
      const { done } = await parallel<unknown>(20, (otps, n) =>
        n % 3 ? otps.resend(id, { ticket }) : otps.request({ mobile }),
      );
      expect(done).toHaveLength(1);
      expect(simulator.messages(mobile)).toHaveLength(2);
      expect(await unitsOf(id)).toBe(2);
    });

    it.each(runs)('refused ones leave no trace and end nothing (%i)', async () => {
      const key = randomUUID();
      const { id, ticket, mobile } = await ask({ subject: 'ann', idempotencyKey: key });
      const before = await contents(one);
      const sent = simulator.requests.length;
      const refused = await parallel(30, (otps, n) =>
        [
          () => otps.request({ mobile }),
          () => otps.request({ mobile, subject: 'bob' }),
          () => otps.request({ mobile, subject: 'bob', idempotencyKey: key }),
          () => otps.request({ mobile: '02-123-4567' }),
          () => otps.resend(id, { ticket }),
          () => otps.resend(id, { subject: 'bob' }),
        ][n % 6]!(),
      );
      expect(refused.done).toEqual([]);
      const reasons = ['cooldown', 'idempotency_mismatch', 'invalid_mobile', 'not_found'];
      expect(why(refused)).toEqual(reasons);
      expect(await contents(one)).toEqual(before);
      expect(simulator.requests).toHaveLength(sent);
      expect(await statusOf(id)).toBe('pending');
    });

    it.each(runs)('those of a locked number leave no trace and end nothing (%i)', async () => {
      const { id, ticket, mobile, code } = await ask({ purpose: 'patient' });
      const guesses = wrongCodes(code, BUDGET);
      await parallel(BUDGET, (otps, n) => otps.verify(id, guesses[n]!, { ticket }));
      await one.database.age('2 s');
      const before = await contents(one);
      const refused = await parallel<unknown>(12, (otps, n) =>
        [
          () => otps.request({ mobile, purpose: 'patient' }),
          () => otps.resend(id, { ticket }),
          () => otps.verify(id, code, { ticket }),
        ][n % 3]!(),
      );
      expect([refused.done, why(refused)]).toEqual([[], ['locked']]);
      expect(await contents(one)).toEqual(before);
      expect(await statusOf(id)).toBe('pending');
    });
  });

  describe('a check', () => {
    it.each(runs)('that began in time is not ended by a sweep (%i)', async () => {
      const { id, ticket, code } = await ask();
      const hold = simulator.hold('verifyOTP');
      const checked = one.otps.verify(id, code, { ticket });
      await hold.arrived;
      await one.database.query(
        `UPDATE otps SET expires_at = now() - interval '1 s' WHERE id = $1`,
        [id],
      );
      for (const sweeper of sweepers()) await sweeper.sweep();
      hold.release();
      expect(await checked).toMatchObject({ repeated: false });
    });

    it.each(runs)(
      'of the newest code is not disturbed by resends that come too early (%i)',
      async () => {
        const { id, ticket, mobile } = await ask();
        await one.database.age('61 s');
        await two.otps.resend(id, { ticket });
        const code = simulator.codeFor(mobile);
        const { done } = await parallel<unknown>(4, (otps, n) =>
          n < 2 ? otps.verify(id, code, { ticket }) : otps.resend(id, { ticket }),
        );
        expect(done).toHaveLength(2);
        expect(await statusOf(id)).toBe('verified');
      },
    );
  });

  describe('a proof', () => {
    const verified = async (): Promise<string> => {
      const { id, ticket, code } = await ask();
      await one.otps.verify(id, code, { ticket });
      return id;
    };

    it.each(runs)(
      'is used up at most once beside revocations, of which one counts (%i)',
      async () => {
        const id = await verified();
        const [used, revoked] = await Promise.all([
          outcomes(Array.from({ length: 6 }, (_, n) => consume([one, two][n % 2]!, id))),
          parallel(6, (otps) => otps.revoke(id)),
        ]);
        expect(used.done.length).toBeLessThanOrEqual(1);
        expect(revoked.done.filter(Boolean)).toHaveLength(1);
        const { consumedAt } = await one.otps.status(id);
        expect(consumedAt !== null).toBe(used.done.length === 1);
        const lines = (await one.otps.history(id)).map(({ type }) => type);
        if (consumedAt) expect(lines.slice(-2)).toEqual(['consumed', 'revoked']);
      },
    );
  });
});

/** All rows of all tables, as one fingerprint a table. */
async function contents({ database }: TestApp): Promise<unknown> {
  const tables = ['otps', 'otp_sends', 'otp_events', 'otp_limits', 'otp_outbox', 'otp_handlers'];
  const { rows } = await database.query(
    tables
      .map(
        (table) => `SELECT '${table}' AS name, count(*)::int AS rows,
          md5(string_agg(t::text, chr(10) ORDER BY t::text)) AS fingerprint FROM ${table} AS t`,
      )
      .join(' UNION ALL ') + ' ORDER BY name',
  );
  return rows;
}
