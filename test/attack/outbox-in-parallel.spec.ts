import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OwedEvent } from '../../src/ports/outbox-store.js';
import { pendingOtp, SERVER } from '../contract/store-fixtures.js';
import { postgresHarness } from '../contract/store-harness.js';
import type { StoreHarness } from '../contract/store-harness.js';
import { times } from '../support/counts.js';

const ROUNDS = times(40, 1_000);
const HANDLERS = ['a', 'b', 'c', 'd'];

/** Statements that take several rows of the outbox, over the same rows, in whatever order they are told. */
describe('the outbox in parallel', () => {
  let harness: StoreHarness;
  beforeAll(async () => {
    harness = await postgresHarness();
  });
  afterAll(() => harness.close());

  it('deadlocks never', async () => {
    const { store, outbox } = harness;
    const instance = 'parallel';
    await outbox.register(
      instance,
      HANDLERS.map((name) => ({ name, types: ['requested', 'sent', 'canceled'] })),
    );
    for (let n = 0; n < 8; n++) {
      const otp = await pendingOtp(store, { instance, purpose: 'login' });
      await store.cancel(otp.id, instance, SERVER);
    }
    const asks = HANDLERS.map((name) => ({
      ...{ name, limit: 100 },
      types: ['requested', 'sent', 'canceled'] as const,
    }));
    const { events } = await outbox.claim(instance, asks, 30);
    expect(events).toHaveLength(8 * HANDLERS.length);
    // What stands behind a claimed event of the same OTP is locked by `retry` as well.
    const rows: OwedEvent[] = events;
    const backwards = [...rows].reverse();

    const failures: string[] = [];
    const repeat = async (step: (round: number) => Promise<unknown>): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++)
        await step(round).catch((error: unknown) => failures.push(String(error)));
    };
    const one = (round: number): OwedEvent => rows[(round * 7) % rows.length]!;
    await Promise.all([
      repeat(() => outbox.release(rows)),
      repeat(() => outbox.release(backwards)),
      repeat(() => outbox.release(rows)),
      repeat(() => outbox.release(backwards)),
      repeat((round) => outbox.retry(one(round), 0)),
      repeat((round) => outbox.retry(one(round + 3), 0)),
      repeat((round) => outbox.park(one(round))),
      repeat(() => outbox.replay(instance, {})),
      repeat(() => outbox.replay(instance, {})),
      repeat(() => outbox.forget(instance, 3_600)),
    ]);
    expect(failures).toEqual([]);
  });
});
