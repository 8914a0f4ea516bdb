import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryOtpStore } from 'nestjs-ants-otp/testing';
import { applyReport, pendingOtp, storeReport } from '../../test/contract/store-fixtures.js';
import { TickClock } from '../../test/support/tick-clock.js';
import type { OtpRecord } from '../domain/otp.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { Found } from '../ports/otp-store.js';
import { KeyRing } from './key-ring.js';
import type { OtpView } from './otp.api.js';
import { StatusWatcher } from './status-watcher.js';

const TICK = 1000;

/** A store in memory that counts what it is asked, and can hold an answer back. */
class WatchedStore extends MemoryOtpStore {
  readonly asked: (readonly string[])[] = [];
  before: Promise<unknown> = Promise.resolve();

  override async findMany(instance: string, ids: readonly string[]): Promise<Found[]> {
    this.asked.push(ids);
    const found = await super.findMany(instance, ids);
    await this.before;
    return found;
  }
}

describe('a status watcher', () => {
  const settings = new OtpSettings({
    username: 'user',
    password: 'password',
    otcId: 'F2A1',
    secret: randomBytes(32).toString('hex'),
  });
  const keys = new KeyRing(settings);
  let clock: TickClock;
  let store: WatchedStore;
  let watcher: StatusWatcher;
  let heard: (OtpView | null)[];

  beforeEach(() => {
    clock = new TickClock(Date.now());
    store = new WatchedStore(clock);
    watcher = new StatusWatcher(store, keys, settings, clock);
    heard = [];
  });

  const watch = ({ id }: OtpRecord) =>
    watcher.watch(id, { ticket: keys.ticket(id) }, (view) => heard.push(view));

  it('hears of the end of a cool-down, and of no second of it', async () => {
    await watch(await pendingOtp(store));
    for (let second = 1; second < 60; second += 1) await clock.tick(TICK);
    expect(heard).toEqual([]);
    await clock.tick(TICK);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.notice.en).toMatch(/ask for another now\.$/);
    for (let second = 0; second < 10; second += 1) await clock.tick(TICK);
    expect(heard).toHaveLength(1);
  });

  it('keeps the newest view, also while it is no news', async () => {
    const open = await watch(await pendingOtp(store));
    expect(open.view.notice.en).toMatch(/in 60 s\.$/);
    await clock.tick(TICK);
    expect(open.view.notice.en).toMatch(/in 59 s\.$/);
  });

  it('asks about each OTP once, and about none when nobody watches', async () => {
    const [a, b] = [await pendingOtp(store), await pendingOtp(store)];
    const watches = [await watch(a), await watch(a), await watch(b)];
    expect(watcher.watching).toBe(3);
    await clock.tick(TICK);
    expect(store.asked).toEqual([[a.id, b.id]]);
    for (const open of watches) open.stop();
    for (const open of watches) open.stop();
    expect(watcher.watching).toBe(0);
    clock.advance(60);
    await new Promise((resolve) => setImmediate(resolve));
    expect([store.asked.length, clock.asleep(TICK)]).toEqual([1, 0]);
  });

  it('starts again after it has stopped', async () => {
    const otp = await pendingOtp(store);
    (await watch(otp)).stop();
    await watch(otp);
    await applyReport(store, storeReport(otp));
    await clock.tick(TICK);
    expect(heard).toMatchObject([{ delivery: 'delivered' }]);
  });

  it('never goes back to a reading that is older than the watch', async () => {
    const otp = await pendingOtp(store);
    const first = await watch(otp);
    let release: () => void = () => undefined;
    store.before = new Promise<void>((resolve) => (release = resolve));
    await clock.nap(TICK);
    clock.advance(1);
    // The statement has read the row; its answer is on the way while somebody else comes.
    while (store.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(0.001);
    await applyReport(store, storeReport(otp));
    const late: (OtpView | null)[] = [];
    const second = await watcher.watch(otp.id, { ticket: keys.ticket(otp.id) }, (view) =>
      late.push(view),
    );
    release();
    await clock.nap(TICK);
    expect([first.view.delivery, second.view.delivery, late]).toEqual(['none', 'delivered', []]);
  });

  it.each([
    ['a ticket of another', (id: string) => ({ ticket: keys.ticket(`${id}0`) })],
    ['an empty holder', () => ({})],
    ['another subject', () => ({ subject: 'u2' })],
  ])('shows nothing to %s', async (_, holder) => {
    const { id } = await pendingOtp(store, { subject: 'u1' });
    await expect(watcher.watch(id, holder(id), () => undefined)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(watcher.watching).toBe(0);
  });
});
