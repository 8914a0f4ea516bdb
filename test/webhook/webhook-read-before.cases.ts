import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import type { Express } from 'express';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import { FakeClock } from 'nestjs-ants-otp/testing';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { types } from 'node:util';
import type { LogEntry } from '../../src/ports/log-entry.js';
import { BOTH_ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { AdapterName, BootOptions, TestApp } from '../support/app.js';
import { runLog } from '../support/leaks/run-log.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { exchange, headOf, leaveHalfway, noneOpen } from '../support/raw-http.js';
import type { RawRequest } from '../support/raw-http.js';
import { until } from '../support/until.js';

/** Something that meets the request before this module does. */
type Reader = (
  request: IncomingMessage & { rawBody?: unknown; body?: unknown },
  response: ServerResponse,
) => unknown;

const THAI = 'ใบสั่ง 17';
const XML = `<?xml version="1.0" encoding="windows-874"?><r><messageId>7</messageId><status>PENDING</status><callbackData>${THAI}</callbackData></r>`;
const JSON_BODY = JSON.stringify({ messageId: '7', status: 'PENDING', callbackData: THAI });
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TAKEN = 503;

/** Each reads or spoils the body in its own way; with the answer to a good report of JSON. */
const READERS: [name: string, status: number, reader: Reader][] = [
  ['nothing at all', 200, () => undefined],
  ['something that keeps nothing', TAKEN, (request) => buffer(request)],
  [
    'a parser that keeps the object',
    TAKEN,
    async (request) => {
      request.body = JSON.parse((await buffer(request)).toString());
    },
  ],
  [
    'a platform that keeps the bytes as "rawBody", and the object',
    200,
    async (request) => {
      request.rawBody = await buffer(request);
      request.body = JSON.parse(String(request.rawBody));
    },
  ],
  [
    'one that keeps "rawBody" as text',
    200,
    async (request) => {
      request.rawBody = (await buffer(request)).toString();
    },
  ],
  [
    'one that keeps bytes as "body"',
    200,
    async (request) => {
      request.body = await buffer(request);
    },
  ],
  [
    'one that keeps a Uint8Array',
    200,
    async (request) => {
      request.body = new Uint8Array(await buffer(request));
    },
  ],
  [
    'one that keeps text as "body"',
    200,
    async (request) => {
      request.body = (await buffer(request)).toString();
    },
  ],
  [
    'one that keeps 33 KB',
    413,
    async (request) => {
      await buffer(request);
      request.rawBody = Buffer.alloc(33 * 1024, ' ');
    },
  ],
  [
    'one that has read a part and stopped',
    TAKEN,
    async (request) => {
      request.once('data', () => request.pause());
      await once(request, 'data');
    },
  ],
  [
    'one that has read it to its end with "readable"',
    TAKEN,
    async (request) => {
      request.on('readable', () => {
        while (request.read() !== null);
      });
      await once(request, 'end');
    },
  ],
  [
    'one that begins to collect "rawBody" as text',
    200,
    (request) => {
      let text = '';
      request.rawBody = text;
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        request.rawBody = text;
      });
    },
  ],
  [
    'one that begins to collect "rawBody" as bytes',
    200,
    (request) => {
      const parts: Buffer[] = [];
      request.rawBody = Buffer.alloc(0);
      request.on('data', (chunk: Buffer) => {
        parts.push(chunk);
        request.rawBody = Buffer.concat(parts);
      });
    },
  ],
  [
    'one that only sets an empty "body"',
    200,
    (request) => {
      request.body = '';
    },
  ],
  ['one that pauses it', 200, (request) => void request.pause()],
  ['one that wants text of it', 200, (request) => void request.setEncoding('utf8')],
  ['one that listens as well', 200, (request) => void request.on('data', () => undefined)],
  [
    'one that answers by itself and goes on',
    202,
    (_request, response) => {
      response.statusCode = 202;
      response.setHeader('Connection', 'close');
      response.end();
    },
  ],
  [
    'one that only begins to answer',
    202,
    (request, response) => {
      response.writeHead(202, { Connection: 'close' });
      response.write('x');
      return buffer(request);
    },
  ],
  // No answer: it ends the connection.
  ['one that destroys the request', 0, (request) => void request.destroy()],
  ['one that lets it fail', 0, (request) => void request.destroy(new Error('broken'))],
];

/** An app whose requests all meet `reader.now` first. */
function bootReading(adapter: AdapterName, reader: { now: Reader }): BootOptions {
  if (adapter === 'express') {
    const server = express().use((request, response, next) => {
      const done = reader.now(request, response);
      if (types.isPromise(done))
        void done.then(() => {
          next();
        });
      else next();
    });
    return { adapter, httpAdapter: new ExpressAdapter(server) };
  }
  const instance = fastify().addHook('onRequest', ({ raw }, reply, next) => {
    const done = reader.now(raw, reply.raw);
    if (types.isPromise(done))
      void done.then(() => {
        next();
      });
    else next();
  });
  return { adapter, httpAdapter: new FastifyAdapter(instance as never) };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const ask = async (t: TestApp) => {
  const mobile = nextMobile();
  const { id } = await t.otps.request({ mobile, callbackData: THAI });
  const { notifyUrl } = t.simulator.lastSms(mobile)!;
  return { id, path: new URL(notifyUrl!).pathname };
};
const typesOf = async (t: TestApp, id: string) =>
  (await t.otps.history(id)).map(({ type }) => type);

describe.each(BOTH_ADAPTERS)('a delivery report that something reads first on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const reader: { now: Reader } = { now: () => undefined };
  let warnings: (LogEntry & { event?: string; reason?: string })[] = [];
  let t: TestApp;
  const clock = new FakeClock(Date.now());
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({ ...bootReading(adapter, reader), simulator, clock });
    t.app.useLogger(runLog({ warn: (entry: LogEntry) => void warnings.push(entry) }));
  });
  beforeEach(() => {
    reader.now = () => undefined;
    warnings = [];
    // A warning is given once a minute.
    clock.advance(61);
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  const server = () => t.app.getHttpServer() as Server;
  const push = (path: string, more: Partial<RawRequest> = {}) =>
    exchange(t.url, { path, headers: JSON_TYPE, body: JSON_BODY, ...more });

  it.each(READERS)('by %s is answered %i, and promptly', async (_name, status, read) => {
    const { id, path } = await ask(t);
    reader.now = read;
    expect((await push(path)).status).toBe(status);
    await noneOpen(server());
    reader.now = () => undefined;
    const types = await typesOf(t, id);
    expect(types.includes('delivery_report')).toBe(status === 200);
    const taken = warnings.filter(({ reason }) => reason === 'body_taken');
    expect(taken).toHaveLength(status === TAKEN ? 1 : 0);
    if (status !== TAKEN) return;
    expect(String(taken[0])).toMatch(/Mount body parsers .*express\.json\(\).* after .*rawBody/);
    await until('it is in the history', async () =>
      (await typesOf(t, id)).includes('report_unreadable'),
    );
    // ANTS tries again, and now it can be read.
    expect((await push(path)).status).toBe(200);
  });

  it('one of 20 at once leaves no socket open and one line in the log', async () => {
    const { path } = await ask(t);
    reader.now = (request) => buffer(request);
    const all = await Promise.all(Array.from({ length: 20 }, () => push(path)));
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill(TAKEN));
    await noneOpen(server());
    expect(warnings.filter(({ reason }) => reason === 'body_taken')).toHaveLength(1);
  });

  it('is taken as UTF-8 when it was kept as text, whatever it declares', async () => {
    const { id, path } = await ask(t);
    reader.now = async (request) => {
      request.body = (await buffer(request)).toString();
    };
    const headers = { 'Content-Type': 'text/xml; charset=tis-620' };
    expect((await push(path, { headers, body: XML })).status).toBe(200);
    reader.now = () => undefined;
    // Otherwise the Thai callbackData would be another one.
    expect(await typesOf(t, id)).toContain('delivery_report');
  });

  it('keeps to its limits: compressed 415, 40 KB 413, a foreign token 404', async () => {
    const { path } = await ask(t);
    reader.now = async (request) => {
      request.rawBody = await buffer(request);
    };
    const gzip = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    expect((await push(path, { headers: gzip })).status).toBe(415);
    expect((await push(path, { body: 'x'.repeat(40_960) })).status).toBe(413);
    const chunked = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
    const head = headOf({ path, headers: chunked }).replace(/Content-Length: \d+\r\n/, '');
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n1\r\nx\r\n0\r\n\r\n`;
    expect(head).not.toContain('Content-Length');
    const { status } = await exchange(t.url, { path, head, body: chunk });
    expect(status).toBe(413);
    expect((await push(`${path.slice(0, -4)}AAAA`)).status).toBe(404);
    await noneOpen(server());
  });

  it('is taken with the content encoding "Identity", which is none', async () => {
    const { path } = await ask(t);
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'Identity' };
    expect((await push(path, { headers })).status).toBe(200);
  });

  it('of a client that goes away in mid-body leaves no socket open', async () => {
    const { id, path } = await ask(t);
    const half = `${headOf({ path, headers: { ...JSON_TYPE, 'Content-Length': '100' } })}{"a`;
    for (const read of [() => undefined, (request) => void request.pause()] as Reader[]) {
      reader.now = read;
      await leaveHalfway(server(), t.url, half);
      await noneOpen(server());
    }
    reader.now = () => undefined;
    expect(warnings).toEqual([]);
    expect(await typesOf(t, id)).not.toContain('report_unreadable');
    expect((await push(path)).status).toBe(200);
  });
});

describe('a delivery report in an Express app', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const apps: TestApp[] = [];
  beforeAll(() => simulator.start());
  afterAll(async () => {
    for (const t of apps) await t.close();
    await simulator.stop();
  });
  const keep = (request: IncomingMessage, _: ServerResponse, bytes: Buffer): void => {
    Object.assign(request, { rawBody: bytes });
  };

  it.each<[string, number, () => Express]>([
    ['express.json()', TAKEN, () => express().use(express.json())],
    ['express.json() that keeps rawBody', 200, () => express().use(express.json({ verify: keep }))],
    ['express.raw()', 200, () => express().use(express.raw({ type: '*/*' }))],
    ['express.text()', 200, () => express().use(express.text({ type: '*/*' }))],
    ['express.urlencoded()', 200, () => express().use(express.urlencoded())],
  ])('with %s on the server that Nest got is answered %i', async (_name, status, server) => {
    const t = await bootApp({ simulator, httpAdapter: new ExpressAdapter(server()) });
    apps.push(t);
    const { id, path } = await ask(t);
    const answer = await exchange(t.url, { path, headers: JSON_TYPE, body: JSON_BODY });
    expect(answer.status).toBe(status);
    await noneOpen(t.app.getHttpServer() as Server);
    expect((await typesOf(t, id)).includes('delivery_report')).toBe(status === 200);
  });

  it('with a parser of its own in main.ts is stored', async () => {
    const t = await bootApp({ simulator, setUp: (app) => void app.use(express.json()) });
    apps.push(t);
    const { path } = await ask(t);
    const answer = await exchange(t.url, { path, headers: JSON_TYPE, body: JSON_BODY });
    expect(answer.status).toBe(200);
  });
});

describe.each(BOTH_ADAPTERS)('a function of a cloud around an app on %s', (adapter) => {
  let t: TestApp;
  let functions: Server;
  let keeps = true;
  let url: string;
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      extras: { routes: true },
      imports: [OtpConsoleModule.forRoot({ path: 'ops', guards: [{ canActivate: () => true }] })],
    });
    const instance: unknown = t.app.getHttpAdapter().getInstance();
    const handle =
      adapter === 'express'
        ? (instance as Express)
        : (request: IncomingMessage, response: ServerResponse) => {
            (instance as FastifyInstance).routing(request, response);
          };
    // As the Functions Framework of Google and others do it: all is read before the app is called.
    functions = createServer((request, response) => {
      void buffer(request).then((rawBody) => {
        const body = bodyOf(rawBody.toString());
        Object.assign(request, keeps ? { rawBody, body } : { body });
        handle(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(functions, 'listening');
    url = `http://127.0.0.1:${(functions.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    functions.close();
    await t.close();
  });

  const otp = (body: string): Promise<{ status: number; text: string }> =>
    exchange(url, { path: '/otp', headers: JSON_TYPE, body });
  const find = (): Promise<{ status: number }> =>
    exchange(url, {
      path: '/ops/find',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'q=nothing',
    });

  it('takes requests of the ready routes, also such as it refuses', async () => {
    expect((await otp(`{"mobile":"${nextMobile()}"}`)).status).toBe(201);
    const refused = await otp('{"mobile":"1"}');
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('"invalid_mobile"');
    expect((await exchange(url, { path: '/otp', headers: JSON_TYPE })).status).toBe(400);
    await noneOpen(functions);
  });

  it('takes the forms of the console', async () => {
    expect((await find()).status).toBe(303);
    await noneOpen(functions);
  });

  it('ends also what it has kept no bytes of', async () => {
    keeps = false;
    try {
      // Express’ parsers take the object that is there, and a form without fields finds nothing.
      const [ready, console_] = adapter === 'express' ? [201, 303] : [503, 503];
      const answer = await otp(`{"mobile":"${nextMobile()}"}`);
      expect(answer.status).toBe(ready);
      if (ready === 503) expect(answer.text).toContain('"code":"unavailable"');
      expect((await find()).status).toBe(console_);
      await noneOpen(functions);
    } finally {
      keeps = true;
    }
  });

  it('takes a report', async () => {
    const { id, path } = await ask(t);
    const answer = await exchange(url, { path, headers: JSON_TYPE, body: JSON_BODY });
    expect(answer.status).toBe(200);
    expect(await typesOf(t, id)).toContain('delivery_report');
    await noneOpen(functions);
  });
});
