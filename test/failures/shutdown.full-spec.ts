import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { nextMobile } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import type { ChildApp, ChildAppOptions } from '../support/child-app.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { violations } from '../support/invariants.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { accepted, OtpClient } from '../support/otp-client.js';
import { until } from '../support/until.js';

const EXIT_WITHIN_MS = 12_000;
/** Two starts of a process, and in between the 12 s for which one waits for its handlers. */
const GIVES_BACK_MS = 60_000;

/** What an orchestrator does at each deploy: SIGTERM, and some seconds later SIGKILL. */
describe('a process that is told to stop', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let database: TestDatabase;
  let child: ChildApp;
  let client: OtpClient;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    await simulator.start();
  });
  afterEach(async () => {
    client.close();
    await stopChildApps();
  });
  afterAll(async () => {
    await simulator.stop();
    await database.drop();
  });

  const start = async (given: Partial<ChildAppOptions> = {}): Promise<void> => {
    child = await startChildApp({ databaseUrl: database.appUrl, simulator, ...given });
    client = new OtpClient(child.url);
  };
  const ask = async () => {
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client.request(mobile));
    return { id, ticket, code: simulator.codeFor(mobile) };
  };
  const isRefused = async (): Promise<boolean> =>
    (await client.request(nextMobile())).refused?.code === 'unavailable';

  it('ends what ANTS is working on with its normal answer, and then itself', async () => {
    await start();
    const [resent, checked] = [await ask(), await ask()];
    await database.age('61 s');
    const holds = (['requestOTP', 'resendOTP', 'verifyOTP'] as const).map((call) =>
      simulator.hold(call),
    );
    const inFlight = Promise.all([
      client.request(nextMobile()),
      client.resend(resent.id, resent.ticket),
      client.verify(checked.id, checked.code, checked.ticket),
    ]);
    await Promise.all(holds.map(({ arrived }) => arrived));
    child.terminate();
    await until('it takes nothing new on', isRefused);
    const told = Date.now();
    for (const hold of holds) hold.release();
    const [request, resend, verify] = await inFlight;
    expect(accepted(request).referenceCode).toMatch(/^\w+$/);
    expect(accepted(resend).id).toBe(resent.id);
    expect(accepted(verify).repeated).toBe(false);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - told).toBeLessThan(EXIT_WITHIN_MS);
    expect(await violations({ database, simulator })).toEqual([]);
    const { rows } = await database.query(
      `SELECT status FROM otps WHERE id = ANY ($1) ORDER BY id`,
      [[resent.id, checked.id, accepted(request).id]],
    );
    expect(rows.map(({ status }) => status)).toEqual(['pending', 'verified', 'pending']);
  });

  it('does not wait for an ANTS that hangs longer than its call may take', async () => {
    await start({ options: { timeouts: { call: 2_000 } } });
    const { id, ticket, code } = await ask();
    const hold = simulator.hold('verifyOTP');
    const checking = client.verify(id, code, ticket);
    await hold.arrived;
    const told = Date.now();
    child.terminate();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - told).toBeLessThan(EXIT_WITHIN_MS);
    expect((await checking).refused).toMatchObject({ code: 'verify_unknown' });
    hold.release();
    expect(await violations({ database, simulator })).toEqual([]);
    // Its code was right, and ANTS has taken it: the next process finds that out.
    await start();
    expect(accepted(await client.verify(id, code, ticket)).repeated).toBe(false);
  });

  describe('in the middle of its event handlers', () => {
    /** Of each row in the outbox: its event, its tries, and whether another process may take it now. */
    const owed = async (): Promise<unknown[]> => {
      const { rows } = await database.query(`
        SELECT otp_id || ':' || event_no AS id, attempts,
          lease_until IS NULL AND next_at <= now() AS free FROM otp_outbox ORDER BY otp_id, event_no`);
      return rows;
    };

    // What another test's process has left is owed to the handler as well.
    beforeEach(() => database.query('TRUNCATE otp_outbox'));

    it('waits for their end: no event is handled twice', async () => {
      await start({ handler: 'at SIGTERM' });
      const { id } = await ask();
      await until('the handler runs', () => child.handled.length === 1);
      child.terminate();
      expect(await child.exited).toEqual({ code: 0, signal: null });
      // Between the signal and the last look, the next event may still be taken.
      const rest = child.handled.length === 1 ? [`${id}:2`] : [];
      expect(await owed()).toEqual(rest.map((event) => ({ id: event, attempts: 0, free: true })));
      expect(await violations({ database, simulator })).toEqual([]);
      await start({ handler: 'at once' });
      await until('nothing is owed', async () => (await owed()).length === 0);
      expect(child.handled).toEqual(rest);
    });

    it(
      'gives back those that do not end: another process has them at once',
      async () => {
        await start({ handler: 'never' });
        const ids = [(await ask()).id, (await ask()).id].sort();
        await until('both handlers run', () => child.handled.length === 2);
        expect(await violations({ database, simulator })).toEqual([
          expect.stringContaining('no event is leased'),
        ]);
        child.terminate();
        expect(await child.exited).toEqual({ code: 0, signal: null });
        expect(await owed()).toEqual(
          ids.flatMap((id) => [
            { id: `${id}:1`, attempts: 1, free: true },
            { id: `${id}:2`, attempts: 0, free: true },
          ]),
        );
        expect(await violations({ database, simulator })).toEqual([]);
        await start({ handler: 'at once' });
        await until('nothing is owed', async () => (await owed()).length === 0);
        expect(child.handled.sort()).toEqual(ids.flatMap((id) => [`${id}:1`, `${id}:2`]));
      },
      GIVES_BACK_MS,
    );
  });
});
