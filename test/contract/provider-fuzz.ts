import { times } from '../support/counts.js';

/** How much a fuzz test tries; always the same inputs. */
export const FUZZ = { numRuns: times(1_000, 100_000), seed: 20_260_801 };

/** Long enough for 100,000 inputs on a slow machine. Milliseconds. */
export const FUZZ_TIMEOUT_MS = 300_000;
