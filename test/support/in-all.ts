import { it } from '@jest/globals';
import { EVERYTHING } from './counts.js';

/** A test that `npm test` skips, because a cheaper one beside it shows most of the same. */
export const itInAll = EVERYTHING ? it : it.skip;
