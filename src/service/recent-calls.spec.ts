import { describe, expect, it } from '@jest/globals';
import { Clock } from '../ports/clock.js';
import { FirstDelay, RecentCalls } from './recent-calls.js';

/** Sleeps take no time; it writes them down. */
class SleepLog extends Clock {
  readonly sleeps: number[] = [];

  now(): number {
    return 0;
  }

  sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    return Promise.resolve();
  }
}

const recent = (first?: FirstDelay) => {
  const clock = new SleepLog();
  return { clock, calls: new RecentCalls(clock, first ?? new FirstDelay()) };
};

describe('a decoy', () => {
  it('takes as long as one of the last 50 calls of its kind', async () => {
    const { clock, calls } = recent();
    for (let ms = 1; ms <= 100; ms++) calls.note('send', ms);
    calls.note('verify', 7);
    for (let n = 0; n < 500; n++) await calls.waitLike('send');
    expect(Math.min(...clock.sleeps)).toBeGreaterThan(50);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(100);
    expect(new Set(clock.sleeps).size).toBeGreaterThan(20);
  });

  it('takes as long as a send when no resend was seen', async () => {
    const { clock, calls } = recent();
    calls.note('send', 321);
    await calls.waitLike('resend');
    calls.note('resend', 123);
    await calls.waitLike('resend');
    expect(clock.sleeps).toEqual([321, 123]);
  });

  it('takes about half a second while nothing was seen', async () => {
    const { clock, calls } = recent();
    for (let n = 0; n < 200; n++) await calls.waitLike('verify');
    expect(Math.min(...clock.sleeps)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(750);
    expect(new Set(clock.sleeps).size).toBeGreaterThan(20);
  });

  it('takes off what the timers were late', async () => {
    let now = 0;
    const sleeps: number[] = [];
    class LateClock extends Clock {
      now = () => now;
      sleep = (ms: number) => {
        sleeps.push(ms);
        now += ms + 2;
        return Promise.resolve();
      };
    }
    const calls = new RecentCalls(new LateClock(), new FirstDelay());
    calls.note('send', 100);
    for (let n = 0; n < 200; n++) await calls.waitLike('send');
    expect(sleeps[0]).toBe(100);
    expect(sleeps.at(-1)).toBeCloseTo(98, 1);
  });

  it('waits for nothing where a test moves the clock', async () => {
    const { clock, calls } = recent(new FirstDelay(0));
    await calls.waitLike('send');
    expect(clock.sleeps).toEqual([]);
  });

  it.each([
    ['four capitals', ['QWER', 'ZXCV'], /^[A-Z]{4}$/],
    ['digits', ['123456'], /^\d{6}$/],
    ['letters of both cases and digits', ['a1b2', 'QQQQ'], /^[A-Za-z0-9]{4}$/],
    ['nothing known', [], /^[A-Za-z0-9]{9}$/],
    ['signs alone', ['--'], /^[A-Za-z0-9]{2}$/],
  ])('has a Ref like others: %s', (_, references, shape) => {
    const { calls } = recent();
    for (const reference of references) calls.noteReference(reference);
    const made = Array.from({ length: 50 }, () => calls.referenceLike());
    for (const reference of made) expect(reference).toMatch(shape);
    expect(new Set(made).size).toBeGreaterThan(20);
  });
});
