import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems hand out to whoever asks for any port, or a connection could take it meanwhile. */
const FIRST = 12_000;
const COUNT = 20_000;

let next = Math.floor(Math.random() * COUNT);

/**
 * A port of 127.0.0.1 that nobody uses now, for an app that must know its address before it listens. No
 * two calls of a process get the same one, and those of two processes begin far apart.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (next++ % COUNT);
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
