import { describe, expect, it } from '@jest/globals';
import { faultSeries } from './ants-simulator.random-faults.js';

function first(count: number, next: () => unknown): unknown[] {
  return Array.from({ length: count }, next);
}

describe('faultSeries', () => {
  it('is empty at rate 0 and full at rate 1', () => {
    expect(first(50, faultSeries(0, 1)).some(Boolean)).toBe(false);
    expect(first(50, faultSeries(1, 1)).every(Boolean)).toBe(true);
  });

  it('has about the rate that is asked for, with every fault', () => {
    const faults = first(2000, faultSeries(0.25, 3)).filter(Boolean);

    expect(faults.length).toBeGreaterThan(430);
    expect(faults.length).toBeLessThan(570);
    expect(new Set(faults).size).toBe(7);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(first(50, faultSeries(0.5, 7))).toEqual(first(50, faultSeries(0.5, 7)));
    expect(first(50, faultSeries(0.5, 7))).not.toEqual(first(50, faultSeries(0.5, 8)));
  });
});
