import { seededRandom } from './seeded-random.js';

/** Milliseconds for each answer in turn; the same seed gives the same series. */
export function latencySeries(
  latencyMs: number | readonly [min: number, max: number],
  seed: number,
): () => number {
  if (typeof latencyMs === 'number') return () => latencyMs;
  const [min, max] = latencyMs;
  const random = seededRandom(seed);
  return () => min + random() * (max - min);
}
