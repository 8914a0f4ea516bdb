import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a compiled app of `test/apps` in a process of its own; gives what it printed. */
export async function runApp(name: string, ...args: string[]): Promise<string> {
  const file = join(import.meta.dirname, '../../build/test/test/apps', `${name}.js`);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
    timeout: 30_000,
  });
  return stdout;
}
