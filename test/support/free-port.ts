import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Below what systems hand out to whoever asks for any port, or a connection could take it meanwhile. */
const FIRST = 12_000;
const COUNT = 20_000;

let next = Math.floor(Math.random() * COUNT);

/**
 * A port of 127.0.0.1 that nobody uses now, for an app that must know its address before it listens. No
 * two calls of a run get the same one, whatever their processes.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (next++ % COUNT);
    if (!claim(port)) continue;
    const holder = createServer();
    const free = once(holder.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    );
    if (!(await free)) continue;
    await once(holder.close(), 'close');
    return port;
  }
  throw new Error(`No port from ${FIRST} to ${FIRST + COUNT} is free.`);
}

/**
 * Takes a port by a file in the record of the run: an app may take seconds from here until it listens.
 *
 * @returns `false` when it was taken before
 */
function claim(port: number): boolean {
  const folder = process.env.OTP_TEST_RECORD;
  if (!folder) return true;
  try {
    writeFileSync(join(folder, `port.${port}`), '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
