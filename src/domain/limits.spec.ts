import { describe, expect, it } from '@jest/globals';
import { addHit, dayOf, endOfDay, kindOf, opensAt } from './limits.js';

const RATES = [
  { seconds: 3600, max: 2 },
  { seconds: 86_400, max: 4 },
];
const at = (seconds: number): Date => new Date(seconds * 1000);
const seconds = (date: Date | null): number | null => date && date.getTime() / 1000;

describe('a limit', () => {
  it.each([
    ['nothing was sent', [], 10, null],
    ['one less than the hour allows was sent', [0], 10, null],
    ['the hour is used up', [0, 60], 100, 3600],
    ['the first of the hour is an hour old', [0, 60], 3600, null],
    ['the day is used up', [0, 7200, 14_400, 21_600], 30_000, 86_400],
    ['both are', [0, 7200, 21_500, 21_600], 21_700, 86_400],
  ] as const)('opens when %s', (_, hits, now, opens) => {
    expect(seconds(opensAt(hits.map(at), RATES, at(now)))).toBe(opens);
  });

  it('forgets what no rate looks at', () => {
    expect(addHit([0, 1].map(at), RATES, at(86_401)).map(seconds)).toEqual([86_401]);
    expect(addHit([1, 2, 3, 4].map(at), RATES, at(5)).map(seconds)).toEqual([2, 3, 4, 5]);
  });

  it('is named by its key', () => {
    expect(kindOf('block:00ff')).toBe('block');
  });
});

describe('the day of a budget', () => {
  it.each([
    ['2026-11-23T16:59:59.999Z', '2026-11-23', '2026-11-23T17:00:00.000Z'],
    ['2026-11-23T17:00:00.000Z', '2026-11-24', '2026-11-24T17:00:00.000Z'],
  ])('at %s is %s until %s', (now, day, end) => {
    expect(dayOf(new Date(now))).toBe(day);
    expect(endOfDay(new Date(now)).toISOString()).toBe(end);
  });
});
