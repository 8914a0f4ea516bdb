import { once } from 'node:events';
import { connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { until } from './until.js';

/** An answer later than this is none. Milliseconds. */
const PROMPTLY_MS = 3_000;

/** One request, byte for byte. */
export interface RawRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Instead of the one that the others make. */
  head?: string;
}

export function headOf({ method = 'POST', path, headers = {}, body = '' }: RawRequest): string {
  const all = {
    Host: 'x',
    Connection: 'close',
    ...(method !== 'GET' && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/**
 * Sends a request that asks for the end of the connection, and reads until the server ends it.
 *
 * @throws Error when it does not do so within 3 s
 */
export async function exchange(
  url: string,
  request: RawRequest,
): Promise<{ status: number; text: string }> {
  const socket = open(url);
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  const closed = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      const got = JSON.stringify(Buffer.concat(parts).toString().slice(0, 200));
      reject(new Error(`${request.path}: not ended after ${PROMPTLY_MS} ms, got ${got}`));
    }, PROMPTLY_MS);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  socket.write(request.head ?? headOf(request));
  socket.write(request.body ?? '');
  await closed;
  const text = Buffer.concat(parts).toString();
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}

/** Sends the start of a request and goes away once the server has it. */
export async function leaveHalfway(server: Server, url: string, start: string): Promise<void> {
  const arrived = once(server, 'request');
  const socket = open(url);
  socket.write(start);
  await arrived;
  socket.destroy();
}

/** @throws Error when a connection is still open after 10 s */
export async function noneOpen(server: Server): Promise<void> {
  await until('no connection is open', async () => (await openOn(server)) === 0);
}

const openOn = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });

function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  // A reset while it still writes is the server's good right.
  return connect(Number(port), hostname).on('error', () => undefined);
}
