import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { EventStream } from './event-stream.js';

/** A client that sends its request and then reads nothing at all. */
describe('a stream to a client that does not read', () => {
  let server: Server;
  let client: Socket;
  let response: ServerResponse;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  it('is cut once more than 64 KB wait for it', async () => {
    const stream = new EventStream(response);
    const closed = new Promise<void>((resolve) => {
      stream.onClose(resolve);
    });
    // What the kernel takes is no burden of this process; what waits in it is.
    let most = 0;
    for (let n = 0; n < 100_000 && !response.destroyed; n++) {
      stream.send('status', { text: 'x'.repeat(1_000) });
      most = Math.max(most, response.writableLength);
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    expect(response.destroyed).toBe(true);
    expect(most).toBeLessThan(70_000);
  });

  it('is cut 2 s after its end, so that a shutdown need not wait for it', async () => {
    const stream = new EventStream(response);
    while (response.writableLength === 0 && !response.destroyed) {
      stream.send('status', { text: 'x'.repeat(10_000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stream.end();
    expect(response.destroyed).toBe(true);
  });
});
