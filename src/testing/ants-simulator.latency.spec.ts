import { describe, expect, it } from '@jest/globals';
import { latencySeries } from './ants-simulator.latency.js';

function first(count: number, next: () => number): number[] {
  return Array.from({ length: count }, next);
}

describe('latencySeries', () => {
  it('stays between its bounds and varies', () => {
    const series = first(200, latencySeries([10, 20], 1));

    expect(Math.min(...series)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...series)).toBeLessThan(20);
    expect(new Set(series).size).toBeGreaterThan(100);
  });

  it('is the same for the same seed', () => {
    expect(first(5, latencySeries([0, 9], 7))).toEqual(first(5, latencySeries([0, 9], 7)));
  });

  it('differs by seed', () => {
    expect(first(5, latencySeries([0, 9], 7))).not.toEqual(first(5, latencySeries([0, 9], 8)));
  });

  it('is fixed when a number is given', () => {
    expect(first(2, latencySeries(5, 1))).toEqual([5, 5]);
  });
});
