import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { CERT, KEY } from '../contract/provider-certificate.js';
import { compiled } from '../support/child.js';

const CALLS = ['POST /otp/requestOTP', 'POST /otp/resendOTP', 'POST /otp/verifyOTP'];
const ANSWER = JSON.stringify({
  otpId: '1',
  referenceCode: 'aB3dE5fG7',
  result: true,
  isErrorCount: false,
  isExprCode: false,
});

const folder = mkdtempSync(join(tmpdir(), 'otp-tls-'));
const authorities = join(folder, 'ca.pem');
writeFileSync(authorities, CERT);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An https server that counts what reaches it. */
async function serve(answer: Answer) {
  const requests: string[] = [];
  let handshakes = 0;
  const server = createTlsServer({ key: KEY, cert: CERT }, (request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    void answer(request, response);
  });
  server.on('secureConnection', () => (handshakes += 1));
  return { requests, handshakes: () => handshakes, port: await listen(server) };
}

/** The outcomes of requestOTP, resendOTP and verifyOTP by a process that trusts this file. */
async function call(port: number, trusted = authorities): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [compiled('test/apps/tls-calls.app.js'), `https://127.0.0.1:${port}`],
    { env: { NODE_EXTRA_CA_CERTS: trusted }, timeout: 30_000 },
  );
  return JSON.parse(stdout);
}

const threeTimes = (outcome: object) => [outcome, outcome, outcome];
const broken = (name: string) => ({
  kind: 'unknown',
  detail: `The connection to ANTS ended without a whole answer (${name}).`,
});
const notReached = (name: string) => ({
  kind: 'not_reached',
  detail: `No connection to ANTS; nothing was sent (${name}).`,
});

describe('over TLS, once the request may have left', () => {
  const afterHeaders: Answer = ({ socket }) => socket.destroy();
  const afterBody: Answer = async (request) => {
    await text(request);
    request.socket.destroy();
  };

  it.each([
    ['the headers', afterHeaders],
    ['headers and body', afterBody],
  ])('a server that reads %s and hangs up sees each call once', async (_, answer) => {
    const { requests, handshakes, port } = await serve(answer);

    expect(await call(port)).toEqual(threeTimes(broken('ECONNRESET')));
    expect(requests).toEqual(CALLS);
    expect(handshakes()).toBe(3);
  });

  it('a kept connection that dies under the next call does not repeat it', async () => {
    const used = new WeakSet<Socket>();
    const { requests, handshakes, port } = await serve(async (request, response) => {
      await text(request);
      if (used.has(request.socket)) request.socket.destroy();
      else response.end(ANSWER);
      used.add(request.socket);
    });

    expect(await call(port)).toEqual([
      { kind: 'sent', providerOtpId: '1', referenceCode: 'aB3dE5fG7' },
      broken('ECONNRESET'),
      { kind: 'right' },
    ]);
    expect(requests).toEqual(CALLS);
    expect(handshakes()).toBe(2);
  });
});

describe('over TLS, before the handshake has ended', () => {
  /** Lets so many bytes of the server's part of the handshake through, then hangs up. */
  async function cut(target: number, bytes: number) {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      const upstream = connect(target, '127.0.0.1');
      let left = bytes;
      const end = () => {
        socket.destroy();
        upstream.destroy();
      };
      closers.push(end);
      for (const side of [socket, upstream]) side.on('error', () => undefined).on('close', end);
      socket.on('data', (chunk: Buffer) => {
        if (left === 0) end();
        else upstream.write(chunk);
      });
      upstream.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, left);
        left -= part.length;
        socket.write(part, () => {
          if (left === 0) end();
        });
      });
    });
    return { port: await listen(server), connections: () => connections };
  }

  it.each([
    ['at its first message', 0],
    ['in the middle of it', 100],
  ])('a server that hangs up %s is tried twice and gets no request', async (_, bytes) => {
    const { requests, handshakes, port } = await serve(({ socket }) => socket.destroy());
    const front = await cut(port, bytes);

    expect(await call(front.port)).toEqual(threeTimes(notReached('ECONNRESET')));
    expect(front.connections()).toBe(6);
    expect([requests, handshakes()]).toEqual([[], 0]);
  });

  it('a server that nobody vouches for gets no request', async () => {
    const { requests, port } = await serve((_, response) => response.end(ANSWER));

    expect(await call(port, '')).toEqual(threeTimes(notReached('DEPTH_ZERO_SELF_SIGNED_CERT')));
    expect(requests).toEqual([]);
  });
});
