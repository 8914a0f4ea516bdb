import { alternate } from './alternate.js';
import { noiseOf } from './noise.js';
import { median, percentile } from './percentile.js';

/** Something a stranger can ask, and must not learn anything by. */
export interface Ask {
  name: string;
  /** Asks once and gives every byte of the answer that is not meant to differ. */
  once: (round: number) => Promise<string>;
}

export interface Compared {
  /** A row for each ask, under `COMPARED`. */
  rows: string[][];
  missed: string[];
}

/**
 * A smaller part of the answer's time is no finding, even in a run that is quiet enough to see it: a row that
 * exists is read before it can be seen that it is somebody else's.
 */
const TOLERANCE = 0.02;

export const COMPARED = ['ask', 'median µs', 'p95 µs', 'difference µs', 'noise µs', 'ratio'];

/**
 * Asks alternately. All answers must be the same to the byte, and no median may lie further from that of the
 * first ask than the noise of the run, or the tolerance if that is more.
 */
export async function compareAnswers(asks: readonly Ask[], rounds: number): Promise<Compared> {
  const answers = new Set<string>();
  const timed = asks.map(({ once }) => async (round: number): Promise<number> => {
    const begun = performance.now();
    const answer = await once(round);
    const taken = performance.now() - begun;
    answers.add(answer);
    return taken * 1000;
  });
  await alternate(timed, Math.ceil(rounds / 10)); // warms up
  const samples = await alternate(timed, rounds);
  const noise = noiseOf(samples[0] ?? []);
  const usual = median(samples[0] ?? []);
  const missed =
    answers.size === 1 ? [] : [`the answers differ: ${[...answers].slice(0, 2).join(' and ')}`];
  const allowed = Math.max(noise, usual * TOLERANCE);
  const rows = asks.map(({ name }, index) => {
    const taken = samples[index] ?? [];
    const difference = median(taken) - usual;
    if (!(Math.abs(difference) <= allowed))
      missed.push(`"${name}" differs by ${us(difference)} µs, ${us(allowed)} µs are allowed`);
    const numbers = [usual + difference, percentile(taken, 0.95), difference, noise].map(us);
    return [name, ...numbers, ((usual + difference) / usual).toFixed(3)];
  });
  return { rows, missed };
}

const us = (microseconds: number): string => microseconds.toFixed(1);
