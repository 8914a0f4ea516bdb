import { afterAll, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { README, readPage, stepsOf, TESTING } from '../package/pages.mjs';
import { writePages } from '../support/page-files.js';

/** The test that docs/testing.md shows, beside the controllers of the README. */

const ROOT = join(import.meta.dirname, '../..');
mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/testing-page-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const spec = writePages(folder, README, TESTING).at(-1)!;

it('is all found, with what docs/simulator.md promises', () => {
  expect(stepsOf(TESTING).filter(({ mark }) => mark === 'recipe')).toHaveLength(3);
  for (const name of ['Test your login', 'Test the resend button', 'What if ANTS is down'])
    expect(readPage('docs/simulator.md')).toContain(`[${name}](testing.md#`);
});

it('never waits, and fails when nothing is thrown', () => {
  expect(readFileSync(spec, 'utf8')).not.toMatch(/setTimeout|sleep|\.catch\(/);
});

// Its `it`s are tests of this file, its `beforeEach` is one of each.
await import(spec);
