import { median, percentile } from './percentile.js';

const HALVINGS = 500;

/**
 * How far the medians of two equal cases can lie apart in this run: the samples of one case are split into
 * two interleaved halves, at random within each pair of neighbours, and 99 of 100 such splits differ by less.
 */
export function noiseOf(samples: readonly number[]): number {
  const differences = Array.from({ length: HALVINGS }, () => {
    const halves: [number[], number[]] = [[], []];
    for (let n = 0; n + 1 < samples.length; n += 2) {
      const first = Math.random() < 0.5 ? 0 : 1;
      halves[first].push(samples[n] ?? NaN);
      halves[1 - first]?.push(samples[n + 1] ?? NaN);
    }
    return Math.abs(median(halves[0]) - median(halves[1]));
  });
  return percentile(differences, 0.99);
}
