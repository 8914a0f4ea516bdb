import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { HttpService } from '@nestjs/axios';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import type { SendRequest } from '../../ports/otp-provider.js';
import { AntsClient, type AntsClientOptions } from './ants.client.js';

const OTP_ID = '6B5A1F4E-37D8-4A63-9D3F-0C8F2B7F1C11';
const CODE = '918273';
const MOBILE = '66812345678';
const PASSWORD = 'p%:#"ก';
const SENT = { otpId: OTP_ID, referenceCode: 'aB3dE5fG7', success: { message: 'Success' } };
const RIGHT = { otpId: OTP_ID, result: true, isErrorCount: false, isExprCode: false };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Seen {
  line: string;
  headers: IncomingMessage['headers'];
  body: string;
  socket: Socket;
}
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
const silence: Answer = () => undefined;

/** A real HTTP server that keeps every request it got. */
async function serve(answer: Answer) {
  const { seen, server } = track(answer);
  return { seen, url: await listen(server) };
}

function track(answer: Answer) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers, socket } = request;
      const body = Buffer.concat(chunks).toString('utf8');
      seen.push({ line: `${method ?? ''} ${url ?? ''}`, headers, body, socket });
      answer(response, request);
    });
  });
  return { seen, server };
}

/** A TCP server that speaks no HTTP. */
async function serveTcp(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { sockets, address: (await listen(server)).replace('http://', '') };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function allClosed(sockets: Socket[]): Promise<void> {
  for (const socket of sockets) if (!socket.closed) await once(socket.resume(), 'close');
}

/** An address where nobody listens. */
async function refusedAddress(): Promise<string> {
  const server = createTcpServer();
  const url = await listen(server);
  server.close();
  await once(server, 'close');
  return url;
}

const basic = (password: string) => ({ auth: 'basic' as const, username: 'shop', password });

function clientOf(baseUrl: string, options: Partial<AntsClientOptions> = {}): AntsClient {
  const client = new AntsClient(new HttpService(axios.create()), {
    baseUrl,
    credential: basic(PASSWORD),
    ...options,
  });
  closers.push(() => {
    client.onApplicationShutdown();
  });
  return client;
}

const request: SendRequest = { otcId: 'F2A1', mobile: MOBILE };
const verify = (client: AntsClient) => client.verify({ otpId: OTP_ID, otpCode: CODE });

describe('what leaves', () => {
  const CALLS: [name: string, call: (client: AntsClient) => unknown, line: string, body: string][] =
    [
      [
        'a request with every field',
        (client) =>
          client.send({
            callbackData: 'สั่งซื้อ 17',
            notifyContentType: 'application/json',
            notifyUrl: 'https://shop.example/otp/delivery-reports/abc',
            ...request,
          }),
        'POST /otp/requestOTP',
        `{"otcId":"F2A1","mobile":"${MOBILE}","notifyUrl":"https://shop.example/otp/delivery-reports/abc","notifyContentType":"application/json","callbackData":"สั่งซื้อ 17"}`,
      ],
      [
        'a request without the optional fields',
        (client) => client.send({ ...request, notifyUrl: undefined }),
        'POST /otp/requestOTP',
        `{"otcId":"F2A1","mobile":"${MOBILE}"}`,
      ],
      [
        'a resend',
        (client) => client.resend({ otcId: 'F2A1', otpId: OTP_ID }),
        'POST /otp/resendOTP',
        `{"otpId":"${OTP_ID}"}`,
      ],
      ['a check', verify, 'POST /otp/verifyOTP', `{"otpId":"${OTP_ID}","otpCode":"${CODE}"}`],
    ];

  it.each(CALLS)('is %s, byte for byte', async (_name, call, line, body) => {
    const { seen, url } = await serve(json({}));
    await call(clientOf(url));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ line, body });
    expect(seen[0]!.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it.each([PASSWORD, 'simple', '', '%41%', ':', '#$"\\', 'รหัสผ่าน', '😀'])(
    'carries the password %j as UTF-8',
    async (password) => {
      const { seen, url } = await serve(json({}));
      await verify(clientOf(url, { credential: basic(password) }));
      const [scheme, credentials] = seen[0]!.headers.authorization!.split(' ');
      expect(scheme).toBe('Basic');
      expect(Buffer.from(credentials!, 'base64').toString('utf8')).toBe(`shop:${password}`);
    },
  );

  it('carries a token instead', async () => {
    const { seen, url } = await serve(json({}));
    await verify(clientOf(url, { credential: { auth: 'bearer', token: 't0k3n=' } }));
    expect(seen[0]!.headers.authorization).toBe('Bearer t0k3n=');
  });

  it.each([
    ['otpId', `{"otpId":"${OTP_ID}"}`],
    ['otcId', '{"otcId":"F2A1"}'],
    ['both', `{"otpId":"${OTP_ID}","otcId":"F2A1"}`],
  ] as const)('names %s in a resend on demand', async (resendBody, body) => {
    const { seen, url } = await serve(json({}));
    await clientOf(url, { resendBody }).resend({ otcId: 'F2A1', otpId: OTP_ID });
    expect(seen[0]!.body).toBe(body);
  });

  it('goes below a base URL with a path or a trailing slash', async () => {
    const { seen, url } = await serve(json({}));
    await verify(clientOf(`${url}/ants/`));
    expect(seen[0]!.line).toBe('POST /ants/otp/verifyOTP');
  });

  it('is nothing that the app has set for all of axios', async () => {
    const before = { ...axios.defaults };
    const { seen, url } = await serve(json({}));
    let client: AntsClient;
    try {
      axios.defaults.auth = { username: 'internal', password: 'pw' };
      axios.defaults.params = { key: 'k' };
      axios.defaults.transformRequest = () => 'other';
      axios.defaults.headers.common['x-api-key'] = 'k';
      client = clientOf(url);
    } finally {
      Object.assign(axios.defaults, { auth: undefined, params: undefined }, before);
      delete axios.defaults.headers.common['x-api-key'];
    }
    await verify(client);
    const { line, headers, body } = seen[0]!;
    expect(line).toBe('POST /otp/verifyOTP');
    expect(headers.authorization).toBe(
      `Basic ${Buffer.from(`shop:${PASSWORD}`).toString('base64')}`,
    );
    expect(headers).not.toHaveProperty('x-api-key');
    expect(body).toBe(`{"otpId":"${OTP_ID}","otpCode":"${CODE}"}`);
  });

  it('uses one connection for calls in a row', async () => {
    const { seen, url } = await serve(json(RIGHT));
    const client = clientOf(url);
    await verify(client);
    await verify(client);
    expect(seen[1]!.socket).toBe(seen[0]!.socket);
  });

  it('drops a connection that nobody used for 4 s, before a server does it', async () => {
    const { seen, server } = track(json(RIGHT));
    // A server that would keep it for ever: the end can only be the client's.
    server.keepAliveTimeout = 0;
    const client = clientOf(await listen(server));
    await verify(client);
    const answered = performance.now();
    await once(seen[0]!.socket, 'close');
    const idleMs = performance.now() - answered;
    expect(idleMs).toBeGreaterThan(3_000);
    expect(idleMs).toBeLessThan(5_000);
    await expect(verify(client)).resolves.toStrictEqual({ kind: 'right' });
  });

  it('waits for an answer longer than it keeps an idle connection', async () => {
    const { url } = await serve((response, request) => {
      setTimeout(() => {
        json(RIGHT)(response, request);
      }, 4_500);
    });
    await expect(verify(clientOf(url))).resolves.toStrictEqual({ kind: 'right' });
  });
});

describe('what comes back', () => {
  it('is mapped from the raw text', async () => {
    const { url } = await serve(json(SENT));
    const sent = { kind: 'sent', providerOtpId: OTP_ID, referenceCode: 'aB3dE5fG7' };
    await expect(clientOf(url).send(request)).resolves.toStrictEqual(sent);
    await expect(clientOf(url).resend({ otcId: 'F2A1', otpId: 'x' })).resolves.toStrictEqual(sent);
  });

  it('is right for a right code', async () => {
    const { url } = await serve(json(RIGHT));
    await expect(verify(clientOf(url))).resolves.toStrictEqual({ kind: 'right' });
  });

  it('is read at any HTTP status', async () => {
    const { url } = await serve(json({ error: { code: '0305' } }, 500));
    await expect(verify(clientOf(url))).resolves.toStrictEqual({
      kind: 'expired',
      antsCode: '0305',
    });
  });

  it('is no error for an empty body', async () => {
    const { url } = await serve((response) => response.writeHead(401).end());
    await expect(verify(clientOf(url))).resolves.toMatchObject({ reason: 'credentials' });
  });

  it('is read for a delivery report', async () => {
    const reading = await clientOf('http://127.0.0.1').readReports(
      Buffer.from('{"messageId":"1","status":"DELIVERED"}'),
      'application/json',
    );
    expect(reading).toMatchObject({ kind: 'read', reports: [{ delivery: 'delivered' }] });
  });
});

/** The whole outcome of every call must say nothing that a log may not hold. */
function expectNoSecret(outcome: unknown): void {
  const basic = Buffer.from(`shop:${PASSWORD}`).toString('base64');
  for (const secret of [CODE, MOBILE, PASSWORD, basic, OTP_ID, 'F2A1']) {
    expect(inspect(outcome, { depth: Infinity })).not.toContain(secret);
  }
}

/** Runs the three calls, each with its own client; all must end the same way. */
async function expectAll(url: string, outcome: object, options?: Partial<AntsClientOptions>) {
  const outcomes = await Promise.all([
    clientOf(url, options).send(request),
    clientOf(url, options).resend({ otcId: 'F2A1', otpId: OTP_ID }),
    verify(clientOf(url, options)),
  ]);
  for (const actual of outcomes) {
    expect(actual).toStrictEqual(outcome);
    expectNoSecret(actual);
  }
}

describe('an error of the HTTP library', () => {
  /** Every text of an error, that of its config, request and cause too, hidden or not. */
  const whole = (value: unknown) => inspect(value, { depth: Infinity, showHidden: true });

  it.each<[name: string, answer: Answer | undefined]>([
    ['without a connection', undefined],
    ['without an answer', (_, { socket }) => socket.destroy()],
    [
      'with half an answer',
      (response, { socket }) =>
        response.writeHead(200, { 'Content-Length': 500 }).write(JSON.stringify(RIGHT), () => {
          socket.destroy();
        }),
    ],
  ])('%s carries everything, and the outcome nothing of it', async (_name, answer) => {
    const url = answer ? (await serve(answer)).url : await refusedAddress();
    const http = axios.create();
    const errors: unknown[] = [];
    http.interceptors.response.use(undefined, (error: unknown) => {
      errors.push(error);
      throw error;
    });
    const client = new AntsClient(new HttpService(http), {
      baseUrl: url,
      credential: basic(PASSWORD),
    });
    const outcome = await verify(client);
    client.onApplicationShutdown();

    expect(errors.every((error) => axios.isAxiosError(error))).toBe(true);
    const authorization = `Basic ${Buffer.from(`shop:${PASSWORD}`).toString('base64')}`;
    for (const secret of [CODE, OTP_ID, authorization]) {
      expect(whole(errors)).toContain(secret);
      expect(whole(outcome)).not.toContain(secret);
    }
    expect(Object.keys(outcome).sort()).toEqual(['detail', 'kind']);
  });
});

const notReached = (name: string) => ({
  kind: 'not_reached',
  detail: `No connection to ANTS; nothing was sent (${name}).`,
});
const broken = (name: string) => ({
  kind: 'unknown',
  detail: `The connection to ANTS ended without a whole answer (${name}).`,
});

describe('not_reached: no byte of the request has left', () => {
  it('when the port is refused', async () => {
    await expectAll(await refusedAddress(), notReached('ECONNREFUSED'));
  });

  it('when the name is not known', async () => {
    const outcome = await verify(clientOf('http://ants.invalid'));
    expect(outcome.kind).toBe('not_reached');
    expectNoSecret(outcome);
  });

  it('when the base URL is none', async () => {
    await expectAll('ants', notReached('ERR_INVALID_URL'));
  });

  it('when the server closes during the TLS handshake', async () => {
    const { address } = await serveTcp((socket) =>
      socket.once('data', () => socket.resetAndDestroy()),
    );
    await expectAll(`https://${address}`, notReached('ECONNRESET'));
  });

  it('when the server speaks no TLS', async () => {
    const { seen, url } = await serve(json(RIGHT));
    await expectAll(url.replace('http:', 'https:'), notReached('EPROTO'));
    expect(seen).toHaveLength(0);
  });

  it('when the TLS handshake takes too long, and the connection is closed then', async () => {
    const { sockets, address } = await serveTcp(() => undefined);
    await expectAll(`https://${address}`, notReached('ETIMEDOUT'), { connectTimeoutMs: 200 });
    expect(sockets).toHaveLength(6);
    await allClosed(sockets);
  });

  it('when the whole call takes too long before the handshake has ended', async () => {
    const { sockets, address } = await serveTcp(() => undefined);
    await expectAll(`https://${address}`, notReached('time-out'), { timeoutMs: 200 });
    expect(sockets).toHaveLength(3);
    await allClosed(sockets);
  });
});

describe('a second try', () => {
  /** Nobody listens at this port until the first try has failed. */
  async function listensLate(answer: Answer) {
    const { seen, server } = track(answer);
    const url = await refusedAddress();
    const tries: string[] = [];
    const http = axios.create();
    http.interceptors.response.use(undefined, async (error: NodeJS.ErrnoException) => {
      tries.push(error.code ?? '');
      if (!server.listening) {
        server.listen(Number(new URL(url).port), '127.0.0.1');
        await once(server, 'listening');
        closers.push(() => server.close());
      }
      throw error;
    });
    const client = new AntsClient(new HttpService(http), { baseUrl: url, credential: basic('p') });
    return { seen, tries, client };
  }

  it('finds a listener that refused the first one', async () => {
    const { seen, tries, client } = await listensLate(json(SENT));
    await expect(client.send(request)).resolves.toMatchObject({ kind: 'sent' });
    expect(tries).toEqual(['ECONNREFUSED']);
    expect(seen).toHaveLength(1);
  });

  it('is never followed by a third, nor by any once the headers have left', async () => {
    const { seen, tries, client } = await listensLate((_, { socket }) => socket.destroy());
    await expect(client.send(request)).resolves.toStrictEqual(broken('ECONNRESET'));
    expect(tries).toEqual(['ECONNREFUSED', 'ECONNRESET']);
    expect(seen).toHaveLength(1);
  });

  it('is not made when the headers of the first have left', async () => {
    const heads: string[] = [];
    const { address } = await serveTcp((socket) => {
      socket.once('data', (head) => {
        heads.push(String(head));
        socket.destroy();
      });
    });
    await expect(clientOf(`http://${address}`).send(request)).resolves.toMatchObject({
      kind: 'unknown',
    });
    expect(heads).toHaveLength(1);
    expect(heads[0]).toMatch(/^POST \/otp\/requestOTP HTTP\/1\.1\r\n/);
  });

  it('is the last one', async () => {
    let connections = 0;
    const { address } = await serveTcp((socket) => {
      connections += 1;
      socket.once('data', () => socket.resetAndDestroy());
    });
    await expect(clientOf(`https://${address}`).send(request)).resolves.toMatchObject({
      kind: 'not_reached',
    });
    expect(connections).toBe(2);
  });
});

describe('unknown: the request may have been carried out', () => {
  it.each<[name: string, answer: Answer, error: string]>([
    ['the socket closes after the request', (_, { socket }) => socket.destroy(), 'ECONNRESET'],
    [
      'the socket resets after the request',
      (_, { socket }) => socket.resetAndDestroy(),
      'ECONNRESET',
    ],
    [
      'the answer is cut',
      (response, { socket }) =>
        response.writeHead(200, { 'Content-Length': 500 }).write(JSON.stringify(RIGHT), () => {
          socket.destroy();
        }),
      'ERR_BAD_RESPONSE',
    ],
    [
      'the answer is no HTTP',
      (_, { socket }) => socket.end('hello\r\n\r\n'),
      'HPE_INVALID_CONSTANT',
    ],
    ['the answer is over 64 KB', json({ ...RIGHT, pad: 'x'.repeat(65_536) }), 'ERR_BAD_RESPONSE'],
    [
      'the answer is over 64 KB unpacked',
      (response) => {
        const packed = gzipSync(JSON.stringify({ ...RIGHT, pad: 'x'.repeat(65_536) }));
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed);
      },
      'ERR_BAD_RESPONSE',
    ],
  ])('when %s; nothing is repeated', async (_name, answer, error) => {
    const { seen, url } = await serve(answer);
    await expectAll(url, broken(error));
    expect(seen).toHaveLength(3);
  });

  it.each<[name: string, answer: Answer]>([
    ['no answer comes', silence],
    ['the answer stops half-way', (response) => response.writeHead(200).write('{"result":')],
  ])('when %s in time', async (_name, answer) => {
    const { seen, url } = await serve(answer);
    await expectAll(url, broken('time-out'), { timeoutMs: 300 });
    expect(seen).toHaveLength(3);
  });

  it('when the server takes the connection and closes it unread', async () => {
    const { address } = await serveTcp((socket) => socket.destroy());
    const outcome = await verify(clientOf(`http://${address}`));
    expect(outcome.kind).toBe('unknown');
    expectNoSecret(outcome);
  });

  it('when a kept connection dies under the next request', async () => {
    const { seen, url } = await serve((response, { socket }) => {
      if (seen.length === 1) json(RIGHT)(response, response.req);
      else socket.destroy();
    });
    const client = clientOf(url);
    await expect(verify(client)).resolves.toStrictEqual({ kind: 'right' });
    await expect(verify(client)).resolves.toStrictEqual(broken('ECONNRESET'));
    expect(seen).toHaveLength(2);
    expect(seen[1]!.socket).toBe(seen[0]!.socket);
  });

  it.each([301, 302, 307, 308])(
    'when the answer is a redirect (%i), which is not followed',
    async (status) => {
      const target = await serve(json(RIGHT));
      const { seen, url } = await serve((response) => {
        response.writeHead(status, { Location: `${target.url}/otp/verifyOTP` }).end();
      });
      await expectAll(url, {
        kind: 'unknown',
        detail: `ANTS' answer could not be understood (HTTP ${status}).`,
      });
      expect(seen).toHaveLength(3);
      expect(target.seen).toHaveLength(0);
    },
  );
});

it('shows no credentials when the client is inspected', () => {
  const client = clientOf('http://127.0.0.1');
  expect(inspect(client, { depth: Infinity, showHidden: true })).not.toContain(PASSWORD);
  expect(JSON.stringify(client)).not.toContain(PASSWORD);
});
