import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { OtpSettings } from '../options/otp.settings.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryOtpStore } from '../testing/memory-otp.store.js';
import type { ConversionGuard } from './conversion-guard.js';
import { FigureKeeper } from './figure-keeper.js';
import { LimitHits } from './limit-hits.js';
import { Sweeper } from './sweeper.js';
import { newOtp, pendingOtp, SERVER } from '../../test/contract/store-fixtures.js';

const DAY = 86_400;

describe('the sweeper', () => {
  let clock: FakeClock;
  let store: MemoryOtpStore;
  let looks: number;
  let isStopped: () => boolean;
  /** What a look does meanwhile. */
  let looking: () => Promise<void>;
  let hits: LimitHits;
  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    clock = new FakeClock(Date.now());
    store = new MemoryOtpStore(clock);
    looks = 0;
    looking = () => Promise.resolve();
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const start = (settings: Partial<OtpSettings>): Sweeper => {
    const look = async (stopped: () => boolean): Promise<number> => {
      looks += 1;
      isStopped = stopped;
      await looking();
      return 0;
    };
    const guard = { look } as unknown as ConversionGuard;
    const all = {
      instance: 'default',
      sweepEvery: 30,
      retention: { otps: 90, history: 90 },
      ...settings,
    } as unknown;
    hits = new LimitHits();
    const keeper = new FigureKeeper(store.console, all as OtpSettings, hits);
    const sweeper = new Sweeper(store, all as OtpSettings, clock, guard, keeper);
    sweeper.onApplicationBootstrap();
    return sweeper;
  };
  const pass = async (seconds: number): Promise<void> => {
    clock.advance(seconds);
    await jest.advanceTimersByTimeAsync(seconds * 1000);
  };
  const statusOf = async (id: string) => (await store.find('default', { id }, 1))[0]?.otp.status;

  it('ends what time has ended, and looks for pumping, every `sweepEvery`', async () => {
    const { id } = await pendingOtp(store);
    const sweeper = start({ sweepEvery: 10 });
    await pass(9);
    expect([await statusOf(id), looks]).toEqual(['pending', 0]);
    clock.advance(301);
    await pass(1);
    expect([await statusOf(id), looks]).toEqual(['expired', 1]);
    await pass(20);
    expect(looks).toBe(3);
    await sweeper.beforeApplicationShutdown();
    await pass(100);
    expect(looks).toBe(3);
  });

  it('does not begin when the app was closed while it started', async () => {
    const sweeper = start({ sweepEvery: false });
    await sweeper.beforeApplicationShutdown();
    Object.assign(sweeper, { settings: { sweepEvery: 10 } });
    sweeper.onApplicationBootstrap();
    expect(jest.getTimerCount()).toBe(0);
  });

  const refused = async (name: string): Promise<number | undefined> => {
    const { limits } = await store.console.figures({
      ...{ instance: 'default', seconds: 3600, most: 10 },
    });
    return limits.find((limit) => limit.name === name)?.refused;
  };

  it('writes down what limits refused, each time what is new, and the rest at the shutdown', async () => {
    const sweeper = start({});
    hits.note('block', true);
    hits.note('block', true);
    await pass(30);
    expect(await refused('block')).toBe(2);
    await pass(30);
    hits.note('block', true);
    expect(await refused('block')).toBe(2);
    await sweeper.beforeApplicationShutdown();
    expect(await refused('block')).toBe(3);
  });

  it('keeps what limits refused while it cannot be written down', async () => {
    const sweeper = start({});
    const add = jest.spyOn(store.console, 'addLimitHits').mockRejectedValueOnce(new Error('away'));
    hits.note('number', true);
    await pass(30);
    hits.note('number', true);
    await pass(30);
    expect(add).toHaveBeenCalledTimes(2);
    expect(await refused('number')).toBe(2);
    await sweeper.beforeApplicationShutdown();
  });

  it('does the rest also when one part fails, and says why in one line', async () => {
    const sweeper = start({});
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(store, 'sweep').mockRejectedValue(new Error('no rows'));
    looking = () => Promise.reject(new Error('it took too long'));
    const purge = jest.spyOn(store, 'purge').mockRejectedValue(new Error('no rows'));
    const count = jest.spyOn(store.console, 'count');
    await pass(30);
    expect([looks, purge.mock.calls.length, count.mock.calls.length]).toEqual([1, 1, 1]);
    expect(warn.mock.calls.map(([line]) => String(line))).toEqual([
      'The sweep failed and will run again: no rows; it took too long',
    ]);
    await sweeper.beforeApplicationShutdown();
  });

  it('purges also while it cannot count for the console', async () => {
    const sweeper = start({});
    const purge = jest.spyOn(store, 'purge');
    jest.spyOn(store.console, 'count').mockRejectedValue(new Error('away'));
    await pass(30);
    expect(purge).toHaveBeenCalled();
    await sweeper.beforeApplicationShutdown();
  });

  it('begins nothing more once the app shuts down', async () => {
    const sweeper = start({});
    looking = () => new Promise((resolve) => setTimeout(resolve, 2_000));
    const purge = jest.spyOn(store, 'purge');
    await pass(30);
    expect(isStopped()).toBe(false);
    const end = sweeper.beforeApplicationShutdown();
    expect(isStopped()).toBe(true);
    await pass(2);
    await end;
    expect([looks, purge.mock.calls.length]).toEqual([1, 0]);
  });

  it('purges once an hour', async () => {
    const sweeper = start({});
    const purge = jest.spyOn(store, 'purge');
    await pass(30);
    const once = purge.mock.calls.length;
    expect(once).toBeGreaterThan(0);
    await pass(3570);
    expect(purge).toHaveBeenCalledTimes(once);
    await pass(60);
    expect(purge).toHaveBeenCalledTimes(2 * once);
    await sweeper.beforeApplicationShutdown();
  });

  it('does nothing by itself with `sweepEvery: false`', async () => {
    start({ sweepEvery: false });
    await pass(600);
    expect([looks, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('goes on after a failure', async () => {
    const sweeper = start({});
    const sweep = jest.spyOn(store, 'sweep').mockRejectedValueOnce(new Error('away'));
    await pass(30);
    await pass(30);
    expect(sweep).toHaveBeenCalledTimes(2);
    await sweeper.beforeApplicationShutdown();
  });

  it('waits at the shutdown for the sweep that runs', async () => {
    const sweeper = start({});
    let finish = (): void => undefined;
    const running = new Promise<void>((resolve) => (finish = resolve));
    jest.spyOn(store, 'sweep').mockReturnValue(running.then(() => ({ expired: 0, unknown: 0 })));
    await pass(30);
    const ended = jest.fn();
    const end = sweeper.beforeApplicationShutdown().then(ended);
    await pass(1);
    expect(ended).not.toHaveBeenCalled();
    finish();
    await end;
  });

  it('deletes the history earlier than its OTP if told so', async () => {
    // The purge goes by the time in the id.
    const id = uuidv7({ msecs: clock.now() });
    await pendingOtp(store, newOtp({ id }));
    await store.cancel(id, 'default', SERVER);
    const sweeper = start({ sweepEvery: false, retention: { otps: 30, history: 10 } });
    const left = async () => [await statusOf(id), (await store.history(id)).length];
    clock.advance(9 * DAY);
    await sweeper.purge();
    expect(await left()).toEqual(['canceled', 3]);
    clock.advance(2 * DAY);
    await sweeper.purge();
    expect(await left()).toEqual(['canceled', 0]);
    clock.advance(20 * DAY);
    await sweeper.purge();
    expect(await left()).toEqual([undefined, 0]);
  });
});
