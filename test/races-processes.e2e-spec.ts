import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { Sweeper } from '../src/service/sweeper.js';
import { bootApp, nextMobile } from './support/app.js';
import type { TestApp } from './support/app.js';
import { startChildApp, stopChildApps } from './support/child-app.js';
import { repetitions } from './support/counts.js';
import { violations } from './support/invariants.js';
import { accepted, answers, OtpClient } from './support/otp-client.js';
import type { Answer } from './support/otp-client.js';
import { outcomes, wrongCodes } from './support/outcomes.js';

const runs = repetitions(2, 200);

/** Two processes behind a load balancer, 20 connections each; a third app stands for the server's own code. */
describe('races on two processes with one database', () => {
  const simulator = new AntsSimulator({ latencyMs: [0, 12], seed: 11, reports: 'manual' });
  let server: TestApp;
  let clients: OtpClient[];

  beforeAll(async () => {
    await simulator.start();
    server = await bootApp({ simulator });
    const start = () => startChildApp({ databaseUrl: server.database.appUrl, simulator });
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
    await server.close();
    await simulator.stop();
    expect(left).toEqual([]);
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
  const ask = async (mobile = nextMobile()): Promise<Asked> => {
    const { id, ticket } = accepted(await clients[0]!.request(mobile));
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
  const rowCounts = async (): Promise<unknown> => {
    const tables = ['otps', 'otp_sends', 'otp_events', 'otp_limits', 'otp_outbox'];
    const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    return (await server.database.query(`SELECT ${counts.join(', ')}`)).rows[0];
  };
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

    it('a right code that races two wrong ones is never lost', async () => {
      const otp = await ask();
      const codes = wrongCodes(otp.code, 3);
      codes[run % 3] = otp.code;
      const { done } = await parallel(3, (client, n) =>
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

    it('50 parallel requests that are refused leave no trace and end nothing', async () => {
      const otp = await ask();
      const before = await rowCounts();
      const { refused } = await parallel(50, (client) => client.request(otp.mobile));
      expect(refused).toEqual(Array(50).fill('cooldown'));
      expect(await rowCounts()).toEqual(before);
      expect(await units(otp)).toEqual({ rows: 1, hits: 1 });
      accepted(await verify(otp, run));
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

    /** Eight right codes beside something that ends the OTP: a success says what the row says. */
    const raced = async (otp: Asked, ...others: Promise<unknown>[]) => {
      const [{ done, refused }] = await Promise.all([
        parallel(8, (_, n) => verify(otp, n)),
        ...others,
      ]);
      const end = await status(otp);
      expect(done.filter(({ repeated }) => !repeated)).toHaveLength(end === 'verified' ? 1 : 0);
      if (end !== 'verified') expect(done).toEqual([]);
      return { end, refused };
    };

    it('verify racing cancel ends in one of the two', async () => {
      const otp = await ask();
      const canceling = outcomes([server.otps.cancel(otp.id, { ticket: otp.ticket })]);
      const { end, refused } = await raced(otp, canceling);
      expect((await canceling).done).toHaveLength(end === 'canceled' ? 1 : 0);
      only([end], 'verified', 'canceled');
      only(refused, 'canceled', 'already_used');
    });

    it('verify racing its expiry ends in one of the two', async () => {
      const otp = await ask();
      const { end, refused } = await raced(otp, server.database.age('301 s'));
      only([end], 'verified', 'expired');
      only(refused, 'expired', 'already_used');
    });

    it('verify racing the sweeper over an OTP that is just ending ends in one of the two', async () => {
      const otp = await ask();
      // What is left of its time ends while the checks run.
      await server.database.query(
        `UPDATE otps SET expires_at = now() + interval '20 ms' WHERE id = $1`,
        [otp.id],
      );
      const sweeper = server.app.get(Sweeper);
      const sweeping = (async () => {
        for (let n = 0; n < 20; n++) await sweeper.sweep();
      })();
      const { end, refused } = await raced(otp, sweeping);
      only([end], 'verified', 'expired');
      only(refused, 'expired', 'already_used');
    });

    it('verify racing a new request leaves one OTP and no doubt', async () => {
      const otp = await ask();
      await server.database.age('61 s');
      const asking = clients[run % 2]!.request(otp.mobile);
      const { end, refused } = await raced(otp, asking);
      only([end], 'verified', 'superseded');
      only(refused, 'superseded', 'already_used');
      const { id, ticket } = accepted(await asking);
      const code = simulator.codeFor(otp.mobile);
      accepted(await clients[0]!.verify(id, code, ticket));
    });

    it('verify racing a resend: the old code or the new one lets the user in', async () => {
      // ANTS keeps the OTP and sends a new code for it.
      simulator.configure({ resendNewOtpId: false });
      const otp = await ask();
      await server.database.age('61 s');
      const resending = clients[run % 2]!.resend(otp.id, otp.ticket);
      const { end, refused } = await raced(otp, resending);
      only([end], 'verified', 'pending', 'max_attempts_reached');
      only(refused, 'wrong_code', 'already_used', 'max_attempts_reached');
      await resending;
      simulator.configure({ resendNewOtpId: true });
      if (end === 'pending')
        accepted(await verify({ ...otp, code: simulator.codeFor(otp.mobile) }, run));
    });
  });
});

const jtiOf = (proof: string): string =>
  (JSON.parse(Buffer.from(proof.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti;
