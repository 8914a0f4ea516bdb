/* eslint no-restricted-properties: "off" -- a proxy that the environment names is what is tested here */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, Agent as HttpAgent, type IncomingMessage, type Server } from 'node:http';
import { Agent as HttpsAgent, createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { AntsClient } from './ants.client.js';
import { AntsConnection } from './ants.connection.js';
import { CERT, KEY } from '../../../test/contract/provider-certificate.js';
import { tunnelThrough } from './ants.tunnel.js';

const RIGHT = JSON.stringify({ result: true, isErrorCount: false, isExprCode: false });
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A real CONNECT proxy. `refuse` may answer instead of opening the tunnel. */
async function proxyOf(refuse: (socket: Socket, nth: number) => boolean = () => false) {
  const asked: IncomingMessage[] = [];
  const wire: Buffer[] = [];
  const server = createServer();
  server.on('request', (_, response) => response.writeHead(500).end());
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    if (refuse(socket, asked.length)) return;
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (chunk: Buffer) => wire.push(chunk));
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    closers.push(() => target.destroy());
  });
  return { asked, wire, port: await listen(server) };
}

describe('an agent through a proxy', () => {
  let target: { port: number; requests: string[]; connections: number };
  beforeEach(async () => {
    const requests: string[] = [];
    target = { port: 0, requests, connections: 0 };
    const server = createTlsServer({ key: KEY, cert: CERT }, (request, response) => {
      text(request).then(
        (body) => {
          requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
          response.end(RIGHT);
        },
        () => undefined,
      );
    });
    server.on('secureConnection', () => (target.connections += 1));
    target.port = await listen(server);
  });

  async function post(agent: HttpsAgent, connectTimeoutMs = 3_000) {
    const connection = new AntsConnection(new AbortController().signal, connectTimeoutMs);
    const { port } = target;
    const options = {
      protocol: 'https:',
      host: '127.0.0.1',
      port,
      path: '/x',
      method: 'POST',
      agent,
    };
    const answer = new Promise<string>((resolve, reject) => {
      const request = connection.request(options, (response) => {
        text(response).then(resolve, reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      request.end('918273');
    });
    return { answer: await answer, opened: connection.opened };
  }
  const agentTo = (proxy: string, options = {}, timeoutMs = 3_000) => {
    const agent = new HttpsAgent({ keepAlive: true, ca: CERT, ...options });
    closers.push(() => {
      agent.destroy();
    });
    return tunnelThrough(agent, new URL(proxy), timeoutMs);
  };

  it('asks it for the target alone, and the target sees the request', async () => {
    const proxy = await proxyOf();
    const outcome = await post(agentTo(`http://127.0.0.1:${proxy.port}`));
    expect(outcome).toEqual({ answer: RIGHT, opened: true });
    expect(target.requests).toEqual(['POST /x 918273']);
    expect(proxy.asked.map(({ method, url }) => `${method ?? ''} ${url ?? ''}`)).toEqual([
      `CONNECT 127.0.0.1:${target.port}`,
    ]);
    expect(proxy.asked[0]!.headers).not.toHaveProperty('proxy-authorization');
    expect(Buffer.concat(proxy.wire).toString('latin1')).not.toContain('918273');
  });

  it('signs in with decoded credentials', async () => {
    const proxy = await proxyOf();
    const secret = 'p@:#% ก';
    await post(agentTo(`http://us%3Aer:${encodeURIComponent(secret)}@127.0.0.1:${proxy.port}`));
    const [scheme, value = ''] = proxy.asked[0]!.headers['proxy-authorization']!.split(' ');
    expect([scheme, Buffer.from(value, 'base64').toString()]).toEqual(['Basic', `us:er:${secret}`]);
  });

  it('keeps one tunnel for calls in a row', async () => {
    const proxy = await proxyOf();
    const agent = agentTo(`http://127.0.0.1:${proxy.port}`);
    await post(agent);
    await post(agent);
    expect([proxy.asked.length, target.connections, target.requests.length]).toEqual([1, 1, 2]);
  });

  it.each<[name: string, answer: string, code: string]>([
    ['wants credentials', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'PROXY_407'],
    ['forbids the target', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', 'PROXY_403'],
    ['speaks no HTTP', 'hello\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ])('sends nothing when the proxy %s', async (_name, answer, code) => {
    const proxy = await proxyOf((socket) => {
      socket.end(answer);
      return true;
    });
    const outcome = await post(agentTo(`http://127.0.0.1:${proxy.port}`));
    expect(outcome).toEqual({ answer: code, opened: false });
    expect(target.requests).toEqual([]);
  });

  it('sends nothing when the proxy is away', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    const outcome = await post(agentTo(`http://127.0.0.1:${port}`));
    expect(outcome).toEqual({ answer: 'ECONNREFUSED', opened: false });
  });

  it.each<[name: string, hang: (socket: Socket) => unknown]>([
    ['does not answer', () => true],
    [
      'opens a tunnel to nowhere',
      (socket) => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    ],
  ])('gives up in time when the proxy %s', async (_name, hang) => {
    const left: Promise<unknown>[] = [];
    const proxy = await proxyOf((socket) => {
      left.push(once(socket.resume(), 'end'));
      hang(socket);
      return true;
    });
    const outcome = await post(agentTo(`http://127.0.0.1:${proxy.port}`, {}, 100), 100);
    expect(outcome).toEqual({ answer: 'ETIMEDOUT', opened: false });
    await left[0];
  });

  it('sends nothing to a target whose certificate is not trusted', async () => {
    const proxy = await proxyOf();
    const outcome = await post(agentTo(`http://127.0.0.1:${proxy.port}`, { ca: [] }));
    expect(outcome).toEqual({ answer: 'DEPTH_ZERO_SELF_SIGNED_CERT', opened: false });
    expect(target.requests).toEqual([]);
  });

  it('does not cut a tunnel in use when the time to open it is over', async () => {
    const proxy = await proxyOf();
    const agent = agentTo(`http://127.0.0.1:${proxy.port}`, {}, 150);
    await post(agent);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await post(agent);
    expect(proxy.asked).toHaveLength(1);
  });
});

describe('a client through a proxy', () => {
  async function clientThrough(proxy: string) {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.end(RIGHT);
    });
    const baseUrl = `http://127.0.0.1:${await listen(server)}`;
    const client = new AntsClient(new HttpService(axios.create()), {
      baseUrl,
      credential: { auth: 'basic', username: 'shop', password: 'p' },
      ...(proxy && { proxy }),
    });
    closers.push(() => {
      client.onApplicationShutdown();
    });
    return { client, requests, verify: () => client.verify({ otpId: '1', otpCode: '918273' }) };
  }

  it('calls by a tunnel', async () => {
    const proxy = await proxyOf();
    const { verify, requests } = await clientThrough(`http://127.0.0.1:${proxy.port}`);
    await expect(verify()).resolves.toEqual({ kind: 'right' });
    expect([proxy.asked.length, requests.length]).toEqual([1, 1]);
  });

  it('tries once more when the proxy refused the first try', async () => {
    const proxy = await proxyOf((socket, nth) => {
      if (nth === 1) socket.destroy();
      return nth === 1;
    });
    const { verify, requests } = await clientThrough(`http://127.0.0.1:${proxy.port}`);
    await expect(verify()).resolves.toEqual({ kind: 'right' });
    expect([proxy.asked.length, requests.length]).toEqual([2, 1]);
  });

  it('tells what the proxy said, and never its password', async () => {
    const proxy = await proxyOf((socket) => {
      socket.end('HTTP/1.1 407 No\r\n\r\n');
      return true;
    });
    const { client, verify } = await clientThrough(`http://user:hunter2@127.0.0.1:${proxy.port}`);
    const outcome = await verify();
    expect(outcome).toEqual({
      kind: 'not_reached',
      detail: 'No connection to ANTS; nothing was sent (PROXY_407).',
    });
    expect(inspect([client, outcome], { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  it('does not look for one in the environment', async () => {
    const before = { ...process.env };
    const proxy = await proxyOf();
    const address = `http://127.0.0.1:${proxy.port}`;
    Object.assign(process.env, {
      HTTP_PROXY: address,
      http_proxy: address,
      HTTPS_PROXY: address,
      NO_PROXY: '',
      no_proxy: '',
    });
    try {
      const { verify } = await clientThrough('');
      await expect(verify()).resolves.toEqual({ kind: 'right' });
    } finally {
      process.env = before;
    }
    expect(proxy.asked).toEqual([]);
  });
});

it('is made for agents of both kinds', () => {
  const proxy = new URL('http://proxy.example');
  expect(tunnelThrough(new HttpAgent(), proxy, 1)).toBeInstanceOf(HttpAgent);
});
