import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Sweeper } from '../../src/service/sweeper.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import { CloseRace } from '../support/close-race.js';
import { repetitions, times } from '../support/counts.js';
import { deadlocks } from '../support/deadlocks.js';
import { violations } from '../support/invariants.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { accepted, answers, OtpClient } from '../support/otp-client.js';
import type { Answer } from '../support/otp-client.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import { MANY_SENDS } from '../support/story.js';

const runs = repetitions(1, 200);
/** So many that in the short form as well both sides of a `CloseRace` win. */
const RACES = times(16, 200, 16);
/** The default `lockout.perHour`. */
const BUDGET = 10;

/** Two processes behind a load balancer, 20 connections each; a third app stands for the server's own code. */
describe('races on two processes with one database', () => {
  const simulator = recordedSimulator({ latencyMs: [0, 12], seed: 11, reports: 'manual' });
  let server: TestApp;
  let clients: OtpClient[];

  beforeAll(async () => {
    await simulator.start();
    const purposes = { patient: { maxAttempts: 50, maxResends: 20, cooldown: [1] } };
    const options = { ...MANY_SENDS, purposes };
    server = await bootApp({ simulator, options });
    const start = () => startChildApp({ databaseUrl: server.database.appUrl, simulator, options });
    clients = (await Promise.all([start(), start()])).map(({ url }) => new OtpClient(url, 20));
  });
  afterEach(async () => {
    expect(await violations({ ...server, simulator }, { atRest: false })).toEqual([]);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await stopChildApps();
    await server.database.age('601 s');
    await server.app.get(Sweeper).sweep();
    const left = await violations({ ...server, simulator });
    await server.app.close();
    const deadlocked = await deadlocks(server.database);
    await server.close();
    await simulator.stop();
    expect([left, deadlocked]).toEqual([[], 0]);
  });

  /** Runs `count` calls at once, every other one in the other process. */
  const parallel = <T>(count: number, call: (client: OtpClient, n: number) => Promise<Answer<T>>) =>
    answers(Array.from({ length: count }, (_, n) => call(clients[n % 2]!, n)));

  interface Asked {
    mobile: string;
    id: string;
    ticket: string;
    code: string;
  }
  const ask = async (mobile = nextMobile(), purpose?: string): Promise<Asked> => {
    const { id, ticket } = accepted(await clients[0]!.request(mobile, undefined, purpose));
    return { mobile, id, ticket, code: simulator.codeFor(mobile) };
  };
  const verify = ({ id, code, ticket }: Asked, n: number) =>
    clients[n % 2]!.verify(id, code, ticket);
  /** How many checks of the codes sent to this number came to ANTS. */
  const checks = (mobile: string): number => {
    const ids = simulator.messages(mobile).map(({ otpId }) => otpId);
    return simulator.requests.filter(
      ({ call, body }) => call === 'verifyOTP' && ids.includes((body as { otpId: string }).otpId),
    ).length;
  };
  const sms = (mobile: string): number => simulator.messages(mobile).length;
  const status = async ({ id }: { id: string }) => (await server.otps.status(id)).status;
  /** What the number of this OTP has used: rows of its own and units of its cool-down. */
  const units = async ({ id }: { id: string }): Promise<unknown> => {
    const { rows } = await server.database.query(
      `SELECT (SELECT count(*)::int FROM otps AS other WHERE other.mobile_mac = o.mobile_mac) AS rows,
         (SELECT sum(cardinality(l.hits))::int FROM otp_limits AS l
          WHERE l.key LIKE 'cooldown:%' || encode(o.mobile_mac, 'hex')) AS hits
       FROM otps AS o WHERE o.id = $1`,
      [id],
    );
    return rows[0];
  };
  const only = (codes: string[], ...known: string[]): void => {
    expect(codes.filter((code) => !known.includes(code))).toEqual([]);
  };

  describe.each(runs)('(%i)', (run) => {
    it.each([8, 100])('%i parallel right codes are one success and its repeats', async (count) => {
      const otp = await ask();
      const { done, refused } = await parallel(count, (_, n) => verify(otp, n));
      expect(refused).toEqual([]);
      expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(done.map(({ proof }) => jtiOf(proof)))).toEqual(new Set([otp.id]));
      expect(checks(otp.mobile)).toBe(1);
    });

    it('49 wrong codes and the right one last reach ANTS at most 5 times', async () => {
      const otp = await ask();
      const codes = [...wrongCodes(otp.code, 49), otp.code];
      const { done, refused } = await parallel(50, (client, n) =>
        client.verify(otp.id, codes[n]!, otp.ticket),
      );
      expect(checks(otp.mobile)).toBeLessThanOrEqual(5);
      expect(done.length).toBe((await status(otp)) === 'verified' ? 1 : 0);
      only(refused, 'wrong_code', 'max_attempts_reached', 'already_used');
      expect(done.length + refused.length).toBe(50);
    });

    it('a right code among four wrong ones is never lost', async () => {
      const otp = await ask();
      const codes = wrongCodes(otp.code, 5);
      codes[run % 5] = otp.code;
      const { done } = await parallel(5, (client, n) =>
        client.verify(otp.id, codes[n]!, otp.ticket),
      );
      expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(await status(otp)).toBe('verified');
    });

    it('50 parallel requests send one SMS and use one unit', async () => {
      const mobile = nextMobile();
      const { done, refused } = await parallel(50, (client) => client.request(mobile));
      expect(done).toHaveLength(1);
      only(refused, 'cooldown');
      expect(sms(mobile)).toBe(1);
      expect(await units(done[0]!)).toEqual({ rows: 1, hits: 1 });
    });

    it('50 parallel requests after the cool-down replace the OTP once', async () => {
      const otp = await ask();
      await server.database.age('61 s');
      const { done, refused } = await parallel(50, (client) => client.request(otp.mobile));
      expect(done).toHaveLength(1);
      only(refused, 'cooldown');
      expect(sms(otp.mobile)).toBe(2);
      expect(await status(otp)).toBe('superseded');
      expect(await units(otp)).toEqual({ rows: 2, hits: 2 });
    });

    it('50 parallel resends send one SMS and use one unit', async () => {
      const otp = await ask();
      await server.database.age('61 s');
      const { done, refused } = await parallel(50, (client) => client.resend(otp.id, otp.ticket));
      expect(done).toHaveLength(1);
      only(refused, 'cooldown');
      expect(sms(otp.mobile)).toBe(2);
      expect(await units(otp)).toEqual({ rows: 1, hits: 2 });
    });

    it('50 parallel repeats of one ask get the same OTP', async () => {
      const mobile = nextMobile();
      const key = randomUUID();
      const { done, refused } = await parallel(50, (client) => client.request(mobile, key));
      expect(refused).toEqual([]);
      expect(new Set(done.map(({ id, ticket }) => `${id} ${ticket}`)).size).toBe(1);
      expect(sms(mobile)).toBe(1);
    });

    it('a proof that is used 20 times at once opens once', async () => {
      const otp = await ask();
      const { proof } = accepted(await verify(otp, run));
      const { done, refused } = await parallel(20, (client) => client.openVault(proof));
      expect(done).toHaveLength(1);
      expect(refused).toEqual(Array(19).fill('proof_consumed'));
    });

    /** One wrong code for the newest SMS, and then whether the `round`th came to ANTS. */
    const guess = async (otp: Asked, round: number): Promise<void> => {
      const [wrong] = wrongCodes(simulator.codeFor(otp.mobile), 1);
      const { refused } = await clients[round % 2]!.verify(otp.id, wrong!, otp.ticket);
      expect(refused).toMatchObject({ code: 'wrong_code' });
      expect(checks(otp.mobile)).toBe(round);
    };
    /** Nothing more comes to ANTS: no guess, not the right code, no SMS. */
    const expectLocked = async ({ id, ticket, mobile }: Asked): Promise<void> => {
      const code = simulator.codeFor(mobile);
      const { done, refused } = await parallel<unknown>(16, (client, n) =>
        [
          () => client.verify(id, code, ticket),
          () => client.verify(id, wrongCodes(code, 1)[0]!, ticket),
          () => client.resend(id, ticket),
          () => client.request(mobile, undefined, 'patient'),
        ][(n >> 1) % 4]!(),
      );
      expect([done, new Set(refused)]).toEqual([[], new Set(['locked'])]);
      expect([checks(mobile), sms(mobile)]).toEqual([BUDGET, 1 + BUDGET]);
    };

    it('the budget of a number outlives 10 resends', async () => {
      const otp = await ask(nextMobile(), 'patient');
      for (let round = 1; round <= BUDGET; round++) {
        await server.database.age('2 s');
        accepted(await clients[(round + 1) % 2]!.resend(otp.id, otp.ticket));
        await guess(otp, round);
      }
      await expectLocked(otp);
    });

    it('the budget of a number outlives 10 requests', async () => {
      let otp = await ask(nextMobile(), 'patient');
      for (let round = 1; round <= BUDGET; round++) {
        await server.database.age('2 s');
        otp = await ask(otp.mobile, 'patient');
        await guess(otp, round);
      }
      await expectLocked(otp);
    });
  });

  describe('right codes beside a rival end in one of the two, and both happen:', () => {
    interface Race<T> {
      /** How the OTP ends when the rival wins. */
      end: 'canceled' | 'expired' | 'superseded' | 'pending';
      /** Seconds after the request. @default 0 */
      after?: number;
      /** Parallel right codes. @default 8 */
      copies?: number;
      /** What a code may be refused with. */
      refusals: string[];
      rival: (
        otp: Asked,
        start: <A>(call: () => Promise<A>) => Promise<A>,
        ms: number,
      ) => Promise<T>;
      check?: (otp: Asked, end: string, answer: T) => unknown;
    }
    /** A success says what the row says; `rival` begins its call by `start`, or `ms` after the codes. */
    const races = async <T>({ end, after = 0, copies = 8, ...race }: Race<T>): Promise<void> => {
      const close = new CloseRace('verified', end);
      for (let run = 0; run < RACES; run++) {
        const otp = await ask();
        if (after > 0) await server.database.age(`${after} s`);
        const [{ done, refused }, answer] = await Promise.all([
          close.start('verified', () => parallel(copies, (_, n) => verify(otp, n + run))),
          race.rival(otp, (call) => close.start(end, call), close.lead('verified')),
        ]);
        const ended = await status(otp);
        close.won(ended);
        only(refused, 'already_used', ...race.refusals);
        if (ended !== 'verified') expect(done).toEqual([]);
        else expect(done.filter(({ repeated }) => !repeated)).toHaveLength(1);
        await race.check?.(otp, ended, answer);
      }
      expect(close.losers).toEqual([]);
    };

    it('cancel', () =>
      races({
        end: 'canceled',
        refusals: ['canceled'],
        rival: ({ id, ticket }, start) =>
          outcomes([start(() => server.otps.cancel(id, { ticket }))]),
        check(_, end, { done }) {
          expect(done).toHaveLength(end === 'canceled' ? 1 : 0);
        },
      }));

    it('its expiry', () =>
      races({
        end: 'expired',
        refusals: ['expired'],
        rival: (_, start) => start(() => server.database.age('301 s')),
      }));

    it('the sweeper over an OTP that is just ending', () =>
      races({
        end: 'expired',
        refusals: ['expired'],
        async rival(otp, _, ms) {
          await server.database.query(
            `UPDATE otps SET expires_at = now() + make_interval(secs => $2) WHERE id = $1`,
            [otp.id, ms / 1000],
          );
          const sweeper = server.app.get(Sweeper);
          do await sweeper.sweep();
          while ((await status(otp)) === 'pending');
          await sweeper.sweep();
        },
        async check({ id }, end) {
          const ends = (await server.otps.history(id)).filter(
            ({ type }) => type !== 'requested' && type !== 'sent',
          );
          expect(ends.map(({ type }) => type)).toEqual([end]);
        },
      }));

    it('a new request, which leaves no doubt', () =>
      races({
        end: 'superseded',
        after: 61,
        refusals: ['superseded'],
        rival: (otp, start) => start(() => clients[1]!.request(otp.mobile)),
        async check({ mobile }, _, asked) {
          const { id, ticket } = accepted(asked);
          accepted(await clients[0]!.verify(id, simulator.codeFor(mobile), ticket));
        },
      }));

    it('a resend: the old code or the new one lets the user in', async () => {
      // ANTS keeps the OTP and sends a new code for it.
      simulator.configure({ resendNewOtpId: false });
      try {
        await races({
          end: 'pending',
          after: 61,
          // Each copy of an old code is an attempt; of the five, one is left for the new code.
          copies: 4,
          refusals: ['wrong_code'],
          rival: (otp, start) => start(() => clients[1]!.resend(otp.id, otp.ticket)),
          async check(otp, end, resent) {
            if (end === 'verified') return;
            accepted(resent);
            accepted(await verify({ ...otp, code: simulator.codeFor(otp.mobile) }, 0));
          },
        });
      } finally {
        simulator.configure({ resendNewOtpId: true });
      }
    });
  });
});

const jtiOf = (proof: string): string =>
  (JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti;
