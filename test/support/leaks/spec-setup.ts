import { relative } from 'node:path';
import { expect } from '@jest/globals';
import { noteLog } from './run-record.js';

// Jest runs this before each file of tests, in its world: what the leak check finds is said to be of this file.
process.env.OTP_TEST_SPEC = relative(process.cwd(), expect.getState().testPath ?? 'no file');

// What Nest prints when a test gave it no logger is a log too. The stream itself belongs to Jest as well.
for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  const write = (...given: Parameters<typeof stream.write>): boolean => {
    noteLog(name, String(given[0]));
    return stream.write(...given);
  };
  Object.defineProperty(process, name, {
    value: Object.create(stream, { write: { value: write } }),
  });
}
