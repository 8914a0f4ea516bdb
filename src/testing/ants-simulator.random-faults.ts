import type { AntsFault } from './ants-simulator.faults.js';
import { seededRandom } from './seeded-random.js';

/** What goes wrong on a bad day. None of them hangs: a test would wait for its own time-out. */
const FAULTS: readonly AntsFault[] = [
  { error: '9999' },
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 500 },
  { status: 502, body: '<h1>502 Bad Gateway</h1>', headers: { 'content-type': 'text/html' } },
  { drop: 'before' },
  { drop: 'after' },
  { cut: true },
];

/** The fault of each call in turn, or none; the same seed gives the same series. */
export function faultSeries(rate: number, seed: number): () => AntsFault | undefined {
  const random = seededRandom(seed);
  return () => {
    const [fails, which] = [random() < rate, random()];
    return fails ? FAULTS[Math.floor(which * FAULTS.length)] : undefined;
  };
}
