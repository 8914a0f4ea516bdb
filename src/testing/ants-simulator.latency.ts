/** Milliseconds for each answer in turn; the same seed gives the same series. */
export function latencySeries(
  latencyMs: number | readonly [min: number, max: number],
  seed: number,
): () => number {
  if (typeof latencyMs === 'number') return () => latencyMs;
  const [min, max] = latencyMs;
  const random = mulberry32(seed);
  return () => min + random() * (max - min);
}

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
