import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { compiled } from '../support/child.js';
import { everyOr } from '../support/counts.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/** A test that fails half-way closes nothing: what it leaves open must not keep its process alive. */

/** An idle connection of a pool ends after 10 s by itself; ours must not be waited for. */
const EXIT_WITHIN_MS = 6_000;
const APP = compiled('test/apps/left-open.app.js');
const { LEFT_OPEN } = (await import(APP)) as { LEFT_OPEN: string[] };

let database: TestDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase();
});
afterAll(() => database.drop());

it.each(everyOr(8, LEFT_OPEN))('%s lets its process end', async (name) => {
  const child = spawn(process.execPath, [APP, name, database.url]);
  let output = '';
  let left = Infinity;
  let timer: NodeJS.Timeout | undefined;
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
    left = Date.now();
    timer = setTimeout(() => child.kill('SIGKILL'), EXIT_WITHIN_MS);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: 'left open\n' });
  expect(Date.now() - left).toBeLessThan(EXIT_WITHIN_MS);
});
