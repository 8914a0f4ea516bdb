import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUCKET_SECONDS, PARTS, sumOf } from '../../src/domain/figures.js';
import type { ConsoleStore } from '../../src/ports/console-store.js';
import type { OtpStore } from '../../src/ports/otp-store.js';
import {
  applyReport,
  ask,
  BUDGETS,
  newOtp,
  pendingOtp,
  RIGHT,
  SERVER,
  storeReport,
} from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

const HOUR = 3600;

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('the figures of the %s store', (_, open) => {
  let harness: StoreHarness;
  let store: OtpStore;
  let figures: ConsoleStore;
  beforeAll(async () => {
    harness = await open();
    ({ store, figures } = harness);
    const range = { limitKeys: ['guard:default:r1', 'number:x'] };
    // One that is too old.
    await pendingOtp(store, { purpose: 'old' });
    await harness.pass(1800);
    await pendingOtp(store, { purpose: 'transfer', otcId: 'T', ...range });
    // In the first two parts, whenever the bucket of now began.
    await harness.pass(3400);

    const verified = await pendingOtp(store, range);
    const done = new Date(Date.now() + 86_400_000);
    await applyReport(store, storeReport(verified, { delivery: 'delivered', doneAt: done }));
    const tried = { id: verified.id, instance: 'default', holder: SERVER, codeMac: RIGHT };
    const reserved = await store.reserveTry({ ...tried, budgets: BUDGETS });
    await store.settleTry(verified.id, reserved!.otp, 'right', {});

    const failed = newOtp();
    await store.reserveRequest(ask(failed));
    await store.settleRequest(
      failed.id,
      { kind: 'failed', errorCode: 'E-1', refund: false },
      { reason: 'number' },
    );
    await pendingOtp(store);
    await pendingOtp(store, { channel: 'test' });
    await pendingOtp(store, { instance: 'another' });
  });
  afterAll(() => harness.close());

  const told = (most = 100) => figures.figures({ instance: 'default', seconds: HOUR, most });

  it('count what was requested in the time, by part, purpose and OTC', async () => {
    const { cells, since } = await told();
    const [old, ...recent] = cells;
    expect(old).toEqual({
      ...{ part: expect.any(Number), purpose: 'transfer', otcId: 'T', requested: 1, sent: 1 },
      ...{ reported: 0, delivered: 0, ended: 1, verified: 0, attempts: 0, exhausted: 0 },
    });
    expect(old!.part).toBeLessThan(2);
    expect(sumOf(recent)).toEqual({
      ...{ requested: 3, sent: 2, reported: 1 },
      ...{ delivered: 1, ended: 1, verified: 1, attempts: 1, exhausted: 0 },
    });
    for (const { part, purpose, otcId } of recent) {
      expect([purpose, otcId]).toEqual(['login', 'OTC']);
      // The bucket of now may have ended since.
      expect([PARTS - 2, PARTS - 1]).toContain(part);
    }
    expect(since).toBeNull();
  });

  it('name the codes of SMS that were not sent, and the ranges', async () => {
    const { errors, ranges } = await told();
    expect(errors).toEqual([{ code: 'E-1', count: 1 }]);
    expect(ranges).toEqual([
      { key: 'guard:default:r1', sent: 2, ended: 2, verified: 1, recent: 1 },
    ]);
  });

  it('count times by their bounds', async () => {
    const { deliveryTimes, verifyTimes } = await told();
    expect(deliveryTimes).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(verifyTimes).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('look at no more rows than they are told to, the newest, and say so', async () => {
    expect((await told()).complete).toBe(true);
    const { complete, cells, since, now } = await told(3);
    expect(complete).toBe(false);
    expect(cells.map(({ requested }) => requested)).toEqual([1]);
    expect(now.getTime() - since!.getTime()).toBeLessThan(BUCKET_SECONDS * 1000);
  });

  it('add up what limits have refused, the most frequent first', async () => {
    await figures.addLimitHits('default', [
      { name: 'number', refused: 1, watched: 0 },
      { name: 'ipv4', refused: 0, watched: 5 },
    ]);
    await figures.addLimitHits('default', [{ name: 'number', refused: 2, watched: 1 }]);
    await figures.addLimitHits('another', [{ name: 'number', refused: 50, watched: 0 }]);
    expect((await told()).limits).toEqual([
      { name: 'ipv4', refused: 0, watched: 5 },
      { name: 'number', refused: 3, watched: 1 },
    ]);
  });

  it('are empty where there is nothing', async () => {
    const none = await figures.figures({ instance: 'nobody', seconds: HOUR, most: 100 });
    expect(none).toMatchObject({ cells: [], errors: [], ranges: [] });
  });
});
