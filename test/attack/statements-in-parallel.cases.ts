import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { TrySettlement } from '../../src/domain/lifecycle.js';
import { PostgresOtpStore } from '../../src/persistence/postgres-otp.store.js';
import { SqlRunner } from '../../src/persistence/sql-runner.js';
import {
  applyReport,
  ask,
  BUDGETS,
  FREE,
  newOtp,
  sentAnswer,
  SERVER,
  storeReport,
} from '../contract/store-fixtures.js';
import { times } from '../support/counts.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const MILLISECONDS = Number(process.env.OTP_TEST_STRESS_MS ?? times(2_000, 2_000));
const WORKERS = 24;
const NUMBERS = Array.from({ length: 4 }, () => randomBytes(16));
const CODES = ['a', 'b', 'c'].map((code) => Buffer.from(code));
const ANSWERS: TrySettlement[] = ['wrong', 'wrong', 'unknown', 'not_reached', 'already_used'];
const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;

/** Every statement against every other, on few numbers, while time jumps. */
describe('all statements in parallel', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let store: PostgresOtpStore;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = database.pool(WORKERS);
    store = new PostgresOtpStore(new SqlRunner(pool));
  });
  afterAll(() => database.drop());

  it('deadlocks never, and leaves whole histories and no stuck row', async () => {
    const end = Date.now() + MILLISECONDS;
    const failures = new Map<string, number>();
    const fresh = new Map<string, number>();
    const ids: string[] = [];
    const id = (): string => (ids.length === 0 ? uuidv7() : pick(ids.slice(-8)));
    let calls = 0;

    const settleSend = async (otpId: string, no: number): Promise<void> => {
      const fate = Math.random();
      const answer =
        fate < 0.6
          ? sentAnswer()
          : fate < 0.8
            ? { kind: 'failed' as const, errorCode: 'x', refund: Math.random() < 0.5 }
            : { kind: 'unknown' as const, errorCode: 'x' };
      await (no === 1
        ? store.settleRequest(otpId, answer, {})
        : store.settleResend(otpId, no, answer, {}));
    };
    const steps: (() => Promise<unknown>)[] = [
      async () => {
        const mobileMac = pick(NUMBERS);
        const { live } = await store.preCheck(
          {
            ...{ instance: 'default', purpose: 'login', mobileMac, subject: null },
          },
          FREE,
        );
        const otp = newOtp({ mobileMac, ttlSeconds: 30 });
        const replaces = Math.random() < 0.8 ? (live?.id ?? null) : id();
        const result = await store.reserveRequest(ask(otp, { replaces, cooldownSteps: [1] }));
        if (result.kind !== 'reserved') return;
        ids.push(otp.id);
        if (Math.random() < 0.9) await settleSend(otp.id, 1);
      },
      async () => {
        const holder = SERVER;
        const cooldowns = { '': [1] };
        const got = await store.reserveResend({
          id: id(),
          instance: 'default',
          holder,
          cooldowns,
          limits: {},
        });
        if (got.kind === 'reserved' && Math.random() < 0.9)
          await settleSend(got.otp.id, got.sendNo);
      },
      async () => {
        const codeMac = pick(CODES);
        const got = await store.reserveTry({
          id: id(),
          instance: 'default',
          holder: SERVER,
          codeMac,
          budgets: BUDGETS,
        });
        if (!got || Math.random() < 0.1) return;
        const answer = Math.random() < 0.2 ? 'right' : pick(ANSWERS);
        const settled = await store.settleTry(got.otp.id, got.otp, answer, {});
        if (settled && answer === 'right')
          fresh.set(settled.otp.id, (fresh.get(settled.otp.id) ?? 0) + 1);
      },
      () => store.cancel(id(), 'default', SERVER),
      () => store.consume(id(), 'default'),
      () => store.revoke(id(), 'default'),
      () => store.sweep(50),
      async () => {
        const [found] = await store.find('default', { id: id() }, 1);
        if (!found) return;
        const messageId = pick([undefined, 'm1', 'm2']);
        const dedupeKey = pick(['one', 'two', randomBytes(4).toString('hex')]);
        await applyReport(store, storeReport(found.otp, { messageId }, { dedupeKey }));
      },
    ];
    const chances = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 5, 6, 7, 7, 7];
    const worker = async (): Promise<void> => {
      while (Date.now() < end) {
        calls += 1;
        try {
          await steps[Math.random() < 0.02 ? 3 : pick(chances)]!();
        } catch (error) {
          const { code, message } = error as { code?: string; message: string };
          const name = `${code ?? ''} ${message}`;
          failures.set(name, (failures.get(name) ?? 0) + 1);
        }
      }
    };
    const time = async (): Promise<void> => {
      while (Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 120));
        // Not the helper of the other tests: its UPDATE of whole tables locks rows in no order.
        await pool
          .query(`UPDATE otp_limits SET until = until - interval '1 s'`)
          .catch(() => undefined);
        for (const otpId of ids.slice(-8))
          await pool.query(
            `UPDATE otps SET created_at = created_at - interval '5 s', expires_at = expires_at - interval '5 s',
               lease_until = lease_until - interval '5 s' WHERE id = $1`,
            [otpId],
          );
      }
    };
    await Promise.all([time(), ...Array.from({ length: WORKERS }, worker)]);
    expect(calls).toBeGreaterThan(WORKERS);
    expect(Object.fromEntries(failures)).toEqual({});
    expect([...fresh.values()].filter((count) => count > 1)).toEqual([]);

    const gaps = await pool.query(`
      SELECT o.id FROM otps AS o LEFT JOIN otp_events AS e ON e.otp_id = o.id GROUP BY o.id
      HAVING count(e.*) <> o.event_count OR max(e.event_no) <> o.event_count OR min(e.event_no) <> 1`);
    expect(gaps.rows).toEqual([]);
    const ends = await pool.query(`
      SELECT o.id, o.status FROM otps AS o JOIN otp_events AS e ON e.otp_id = o.id
      WHERE e.type IN ('verified', 'expired', 'canceled', 'superseded', 'send_failed', 'send_unknown', 'max_attempts_reached')
      GROUP BY o.id HAVING count(*) > 1`);
    expect(ends.rows).toEqual([]);
    const sends = await pool.query(`
      SELECT o.id FROM otps AS o WHERE o.sends <> (SELECT count(*) FROM otp_sends AS s WHERE s.otp_id = o.id)`);
    expect(sends.rows).toEqual([]);
    await pool.query(`UPDATE otps SET created_at = created_at - interval '1 h',
      expires_at = expires_at - interval '1 h', lease_until = lease_until - interval '1 h'`);
    await store.sweep(1000);
    const live = await pool.query(`SELECT status FROM otps WHERE status IN ('sending', 'pending')`);
    expect(live.rows).toEqual([]);
  });
});
