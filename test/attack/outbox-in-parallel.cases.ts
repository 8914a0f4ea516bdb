import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { OtpEventType } from '../../src/domain/otp.js';
import type { OwedEvent } from '../../src/ports/outbox-store.js';
import { pendingOtp, SERVER } from '../contract/store-fixtures.js';
import { postgresHarness } from '../contract/store-harness.js';
import type { PostgresHarness } from '../contract/store-harness.js';
import { times } from '../support/counts.js';
import { deadlocks } from '../support/deadlocks.js';

const ROUNDS = times(20, 1_000);
const TYPES: OtpEventType[] = ['requested', 'sent', 'canceled'];
const HANDLERS = ['a', 'b', 'c', 'd'].map((name) => ({ name, types: TYPES }));
/** Each of the two purges takes one a round. */
const OLD = 2 * ROUNDS;
const OLD_DAYS = 5;
/** Claimed rows that all steps are about: so few that the steps meet. */
const HELD = 48;

/** Statements that take several rows of the outbox, over the same rows, in whatever order they are told. */
describe('the outbox in parallel', () => {
  let harness: PostgresHarness;
  beforeAll(async () => {
    harness = await postgresHarness();
  });
  afterAll(() => harness.close());

  it('deadlocks never, and keeps nothing of what is purged', async () => {
    const { store, outbox, database } = harness;
    const instance = 'parallel';
    const write = async (id?: string): Promise<void> => {
      const otp = await pendingOtp(store, { instance, purpose: 'login', ...(id && { id }) });
      await store.cancel(otp.id, instance, SERVER);
    };
    // Old ones owe nothing to "a", and the others have given up on them: what is owed is not purged.
    await outbox.register(instance, HANDLERS.slice(1));
    const msecs = Date.now() - OLD_DAYS * 86_400_000;
    const old = Array.from({ length: OLD }, () => uuidv7({ msecs }));
    for (const id of old) await write(id);
    await harness.query('UPDATE otp_outbox SET parked_at = now()');
    await harness.pass(OLD_DAYS * 86_400);
    await outbox.register(instance, HANDLERS);
    for (let n = 0; n < HELD / HANDLERS.length; n++) await write();

    /** The newest try of each row that was claimed last. */
    const held = new Map<string, OwedEvent>();
    const count = { claimed: 0, done: 0, purged: 0 };
    const claim = async (limit: number): Promise<void> => {
      const asks = HANDLERS.map((handler) => ({ ...handler, limit }));
      const { events } = await outbox.claim(instance, asks, 30);
      count.claimed += events.length;
      for (const event of events) {
        const key = keyOf(event);
        held.delete(key);
        held.set(key, event);
      }
      for (const key of [...held.keys()].slice(0, -HELD)) held.delete(key);
    };
    const rows = () => [...held.values()];
    const backwards = () => rows().reverse();
    const one = (round: number) => rows()[(round * 7) % Math.max(1, held.size)];
    const done = async (row: OwedEvent | undefined): Promise<void> => {
      if (!row) return;
      held.delete(keyOf(row));
      await outbox.done(row);
      count.done += 1;
    };
    const purge = async (): Promise<void> => {
      const purged = await store.purge('parallel', 'otps', OLD_DAYS - 1, 1);
      count.purged += purged;
    };
    await claim(HELD);
    expect(held.size).toBe(HELD);

    const failures: string[] = [];
    const repeat = async (step: (round: number) => Promise<unknown> | undefined): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++)
        await step(round)?.catch((error: unknown) => failures.push(String(error)));
    };
    /** What stands behind a claimed event of the same OTP is locked by it as well. */
    const retry = (row: OwedEvent | undefined) => row && outbox.retry(row, 0);
    const park = (row: OwedEvent | undefined) => row && outbox.park(row);
    await Promise.all([
      repeat(() => outbox.release(rows())),
      repeat(() => outbox.release(backwards())),
      repeat(() => outbox.release(rows())),
      repeat(() => outbox.release(backwards())),
      repeat((round) => retry(one(round))),
      repeat((round) => retry(one(round + 3))),
      repeat((round) => park(one(round))),
      repeat((round) => done(one(round + 1))),
      repeat((round) => done(one(round + 5))),
      repeat(() => claim(4)),
      repeat(() => claim(2)),
      repeat(() => outbox.replay(instance, { handler: 'a' })),
      repeat((round) => outbox.replay(instance, { otpId: old[(round * 3) % OLD] })),
      repeat(() => outbox.forget(instance, 3_600)),
      repeat(() => outbox.register(instance, HANDLERS)),
      repeat(() => outbox.register(instance, [...HANDLERS].reverse())),
      repeat(purge),
      repeat(purge),
      repeat(() => store.purge('parallel', 'history', OLD_DAYS - 1, 2)),
      repeat(() => write()),
      repeat(() => write()),
    ]);
    expect(failures).toEqual([]);
    while ((await store.purge('parallel', 'otps', OLD_DAYS - 1, 500)) > 0);
    const { rows: orphans } = await harness.query(
      'SELECT otp_id FROM otp_outbox WHERE otp_id NOT IN (SELECT id FROM otps)',
    );
    expect(orphans).toEqual([]);
    // All of it was in the load.
    expect(count.purged).toBeGreaterThan(ROUNDS / 4);
    expect(count.done).toBeGreaterThan(ROUNDS);
    expect(count.claimed).toBeGreaterThan(2 * ROUNDS);
    // Not from the failures alone: what must not be lost is tried again after a deadlock.
    await harness.disconnect();
    expect(await deadlocks(database)).toBe(0);
  });
});

const keyOf = ({ otpId, handler, eventNo }: OwedEvent): string => `${otpId} ${handler} ${eventNo}`;
