import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addFailure, lockedUntil } from './failures.js';

const BUDGET = { perHour: 3, perDay: 5, seconds: 1800 };
const HOUR = 3600;
const at = (seconds: number): Date => new Date(seconds * 1000);
const seconds = (date: Date | null): number | null => date && date.getTime() / 1000;

describe('wrong codes of a number', () => {
  it.each([
    ['none', [], null],
    ['fewer than the hour allows', [0, 10], null],
    ['as many as the hour allows, for the lock from the last one', [0, 10, 20], 20 + 1800],
    ['as many, but spread over more than an hour', [0, 10, HOUR], null],
    ['as many in any hour, not in the clock’s', [0, HOUR - 10, HOUR, HOUR + 10], HOUR + 10 + 1800],
    [
      'as many as the day allows, until the first is a day old',
      [0, 4, 8, 12, 16].map((h) => h * HOUR),
      24 * HOUR,
    ],
  ] as const)('lock it: %s', (_, times, until) => {
    expect(seconds(lockedUntil(times.map(at), BUDGET))).toBe(until);
  });

  it('forget what is older than a day, and keep no more than a day allows', () => {
    const old = [0, 1, 2].map(at);
    expect(addFailure(old, BUDGET, at(24 * HOUR + 1)).map(seconds)).toEqual([2, 24 * HOUR + 1]);
    const many = [1, 2, 3, 4, 5].map(at);
    expect(addFailure(many, BUDGET, at(6)).map(seconds)).toEqual([2, 3, 4, 5, 6]);
    expect(addFailure(many, { ...BUDGET, perHour: 1, perDay: 1 }, at(6)).map(seconds)).toEqual([6]);
  });

  it('never let more than the budget through in any hour or day, whenever they come', () => {
    const waits = fc.array(fc.integer({ min: 1, max: 3 * HOUR }), { maxLength: 120 });
    fc.assert(
      fc.property(waits, (gaps) => {
        let now = 0;
        let kept: Date[] = [];
        const passed: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const until = lockedUntil(kept, BUDGET);
          if (until && until > at(now)) continue;
          kept = addFailure(kept, BUDGET, at(now));
          passed.push(now);
        }
        for (const time of passed) {
          const within = (span: number) =>
            passed.filter((other) => other > time - span && other <= time).length;
          expect(within(HOUR)).toBeLessThanOrEqual(BUDGET.perHour);
          expect(within(24 * HOUR)).toBeLessThanOrEqual(BUDGET.perDay);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
