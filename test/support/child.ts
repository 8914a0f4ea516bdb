import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noteLog } from './leaks/run-record.js';

/** The path of a compiled file of this run. */
export function compiled(file: string): string {
  const build = process.env.OTP_TEST_BUILD;
  if (!build) throw new Error('OTP_TEST_BUILD is not set: run through Jest (npm test).');
  return join(build, file);
}

/** Runs a compiled app of `test/apps` in a process of its own; gives what it printed. */
export async function runApp(name: string, ...args: string[]): Promise<string> {
  const file = compiled(`test/apps/${name}.js`);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, ...args], {
    timeout: 30_000,
  });
  noteLog('child process', stdout + stderr);
  return stdout;
}
