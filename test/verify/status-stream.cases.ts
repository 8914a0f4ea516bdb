import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Express } from 'express';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import request from '../support/request.js';
import { DataSource } from 'typeorm';
import ts from 'typescript';
import { StatusStreams } from '../../src/http/status-streams.js';
import { StatusWatcher } from '../../src/service/status-watcher.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { EventClient } from '../support/event-client.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { TickClock } from '../support/tick-clock.js';
import { until } from '../support/until.js';

/** How often the watcher reads, and how often a silent stream says something. */
const TICK = 1000;
const HEARTBEAT = 15_000;

/** What many apps have: every body in an envelope, and a header of their own. */
class Envelope implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<{
      header(name: string, value: string): unknown;
    }>();
    response.header('X-Own', 'yes');
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

interface Asked {
  id: string;
  ticket: string;
  mobile: string;
}

describe.each(ADAPTERS)('a status stream on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const clients: EventClient[] = [];
  let t: TestApp;
  let clock: TickClock;

  const boot = async (more: BootOptions = {}): Promise<void> => {
    clock = new TickClock(Date.now());
    t = await bootApp({
      adapter,
      simulator,
      clock,
      extras: { routes: true },
      setUp: (app) => {
        app.setGlobalPrefix('api');
        app.useGlobalInterceptors(new Envelope());
      },
      ...more,
    });
  };
  const watcher = (): StatusWatcher => t.app.get(StatusWatcher);
  const ask = async (): Promise<Asked> => {
    const mobile = nextMobile();
    const answer = await request(t.url).post('/api/otp').send({ mobile }).expect(201);
    const { id, ticket } = (answer.body as { data: Asked }).data;
    return { id, ticket, mobile };
  };
  const pathOf = ({ id }: Pick<Asked, 'id'>): string => `/api/otp/${id}/events`;
  const open = async (otp: Asked, headers: Record<string, string> = {}): Promise<EventClient> => {
    const own = { 'x-otp-ticket': otp.ticket, ...headers };
    const client = await EventClient.open(t.url + pathOf(otp), own);
    clients.push(client);
    return client;
  };
  const report = (otp: Asked, status: 'DELIVERED' | 'UNDELIVERED'): Promise<unknown> =>
    simulator.report(simulator.lastSms(otp.mobile)!, { status });
  const verify = ({ id, ticket, mobile }: Asked): Promise<unknown> =>
    t.otps.verify(id, simulator.codeFor(mobile), { ticket });
  /** Once every client has left, nobody watches any more, and nothing runs for anybody. */
  const silence = async (): Promise<void> => {
    for (const client of clients.splice(0)) client.leave();
    await until('the end of all watching', () => watcher().watching === 0);
    expect(t.app.get(StatusStreams).size).toBe(0);
    await until('the end of all timers', () => clock.asleep(TICK) + clock.asleep(HEARTBEAT) === 0);
  };

  beforeAll(() => simulator.start());
  afterAll(() => simulator.stop());
  describe('of an app with a prefix and an interceptor of its own', () => {
    beforeAll(() => boot());
    afterAll(() => t.close());
    afterEach(() => silence());

    it('tells the status at once, then each change, and ends with the OTP', async () => {
      const otp = await ask();
      const stream = await open(otp);
      expect(stream.response.statusCode).toBe(200);
      expect(stream.response.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-store, no-transform',
        'x-accel-buffering': 'no',
        'x-own': 'yes',
      });
      expect(await stream.next()).toEqual({ retry: '3000' });
      const first = await stream.next();
      const got = await request(t.url).get(`/api/otp/${otp.id}`).set('X-OTP-Ticket', otp.ticket);
      const { message, ...body } = (got.body as { data: { message: string } }).data;
      expect(first).toEqual({ event: 'status', data: { ...body, message: expect.any(String) } });
      expect(message).toMatch(/^The SMS is on its way\. .+ in \d+ s\.$/);

      await report(otp, 'DELIVERED');
      await clock.tick(TICK);
      const delivered = await stream.status();
      expect(delivered).toMatchObject({ status: 'pending', delivery: 'delivered' });
      expect(delivered['message']).toMatch(/^The SMS was delivered\./);

      await verify(otp);
      await clock.nap(TICK);
      clock.advance(1);
      expect(await stream.status()).toMatchObject({
        status: 'verified',
        message: 'The code is confirmed.',
      });
      expect(await stream.end()).toEqual([]);
    });

    it('is silent while nothing changes, but for a heartbeat every 15 s', async () => {
      const stream = await open(await ask(), { 'accept-language': 'th' });
      expect((await stream.status())['message']).toMatch(/^ส่ง SMS แล้ว/);
      for (let second = 1; second < 15; second += 1) await clock.tick(TICK);
      expect(stream.unread).toBe(0);
      await clock.tick(TICK);
      expect(await stream.next()).toEqual({ comment: 'still here' });
      expect(stream.unread).toBe(0);
    });

    it('of an OTP that has ended is its status and the end', async () => {
      const otp = await ask();
      await t.otps.cancel(otp.id);
      const stream = await open(otp);
      expect(await stream.status()).toMatchObject({ status: 'canceled' });
      expect(await stream.end()).toEqual([]);
    });

    it('ends when its time ends the OTP, without a sweeper', async () => {
      const stream = await open(await ask());
      await stream.status();
      await t.database.age('301 s');
      await clock.nap(TICK);
      clock.advance(1);
      expect(await stream.status()).toMatchObject({ status: 'expired' });
      await stream.end();
    });

    it('ends when the row is gone', async () => {
      const otp = await ask();
      const stream = await open(otp);
      await stream.status();
      await t.database.query('DELETE FROM otps WHERE id = $1', [otp.id]);
      await clock.nap(TICK);
      clock.advance(1);
      expect(await stream.end()).toEqual([]);
    });

    it('lives through a database that is away for a moment', async () => {
      const otp = await ask();
      const stream = await open(otp);
      await stream.status();
      await t.database.query('ALTER TABLE otps RENAME TO otps_away');
      await clock.tick(TICK);
      await t.database.query('ALTER TABLE otps_away RENAME TO otps');
      await report(otp, 'UNDELIVERED');
      await clock.tick(TICK);
      expect(await stream.status()).toMatchObject({ delivery: 'undelivered' });
    });

    it.each<[name: string, headers: (otp: Asked) => Record<string, string>, query?: string]>([
      ['no ticket', () => ({})],
      ['a word', () => ({ 'x-otp-ticket': 'x' })],
      ['the ticket and more', ({ ticket }) => ({ 'x-otp-ticket': `${ticket}A` })],
      ['the ticket in the URL', () => ({}), 'ticket'],
      ['the ticket in the URL under the name of the header', () => ({}), 'x-otp-ticket'],
    ])('does not start for %s', async (_, headers, ...[query]) => {
      const otp = await ask();
      const url = pathOf(otp) + (query ? `?${query}=${otp.ticket}` : '');
      const refused = await request(t.url).get(url).set(headers(otp)).expect(404);
      expect(refused.headers['content-type']).toMatch(/^application\/json/);
      expect(refused.body).toEqual({
        statusCode: 404,
        code: 'not_found',
        message: 'No such OTP. Request a new code.',
      });
    });

    it('does not start for an OTP that nobody has', async () => {
      const { ticket } = await ask();
      for (const id of ['x', '01890a5d-ac96-774b-bcce-b302099a8057']) {
        const refused = await request(t.url)
          .get(pathOf({ id }))
          .set('X-OTP-Ticket', ticket)
          .set('Accept-Language', 'th')
          .expect(404);
        expect(refused.body).toMatchObject({
          code: 'not_found',
          message: expect.stringContaining('ไม่พบ'),
        });
      }
    });

    it('answers a HEAD with the headers alone', async () => {
      const otp = await ask();
      const head = await request(t.url).head(pathOf(otp)).set('X-OTP-Ticket', otp.ticket);
      expect(head.status).toBe(200);
      expect(head.headers['content-type']).toMatch(/^text\/event-stream/);
    });

    it('leaves nothing behind when its client goes away', async () => {
      const otp = await ask();
      const streams = [await open(otp), await open(otp)];
      for (const stream of streams) await stream.status();
      expect(watcher().watching).toBe(2);
      streams[0]!.leave();
      await until('the first client to be forgotten', () => watcher().watching === 1);
      await report(otp, 'DELIVERED');
      await clock.tick(TICK);
      expect(await streams[1]!.status()).toMatchObject({ delivery: 'delivered' });
    });
  });

  describe('of one address', () => {
    beforeAll(() => boot({ options: { maxStreamsPerIp: 3 } }));
    afterAll(() => t.close());
    afterEach(() => silence());

    it('is refused beyond the limit, and possible again when one has ended', async () => {
      const otp = await ask();
      const streams = await Promise.all([open(otp), open(otp), open(otp)]);
      const refused = await request(t.url).get(pathOf(otp)).set('X-OTP-Ticket', otp.ticket);
      expect([refused.status, refused.body]).toMatchObject([429, { code: 'too_many_streams' }]);

      streams[0].leave();
      await until('the first client to be forgotten', () => watcher().watching === 2);
      // A refusal takes no place.
      for (const path of [pathOf({ id: 'x' }), pathOf(otp), pathOf({ id: 'y' })])
        await request(t.url).get(path).set('X-OTP-Ticket', 'x').expect(404);
      expect(await (await open(otp)).status()).toMatchObject({ id: otp.id });
    });
  });

  it('is not limited with maxStreamsPerIp: false', async () => {
    await boot({ options: { maxStreamsPerIp: false } });
    try {
      const otp = await ask();
      const streams = await Promise.all(Array.from({ length: 11 }, () => open(otp)));
      for (const stream of streams) expect(await stream.status()).toMatchObject({ id: otp.id });
      await silence();
    } finally {
      await t.close();
    }
  });

  it('works over a socket that knows no addresses', async () => {
    await boot();
    const { id, ticket } = await ask();
    const path = join(mkdtempSync(join(tmpdir(), 'otp-')), 'socket');
    const instance = t.app.getHttpAdapter().getInstance() as Express | FastifyInstance;
    const serve = 'routing' in instance ? instance.routing.bind(instance) : instance;
    const server = createServer(serve).listen(path);
    await once(server, 'listening');
    try {
      const headers = { 'x-otp-ticket': ticket };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ socketPath: path, path: pathOf({ id }), headers }, resolve).on('error', reject);
      });
      expect(answer.statusCode).toBe(200);
      answer.destroy();
    } finally {
      server.closeAllConnections();
      server.close();
      await t.close();
    }
  });

  it('costs one statement a second, however many there are', async () => {
    await boot({ options: { maxStreamsPerIp: 100 } });
    try {
      let statements = 0;
      const { master } = t.app.get<
        typeof DataSource,
        { driver: { master: { on(event: 'acquire', listener: () => void): void } } }
      >(DataSource).driver;
      master.on('acquire', () => (statements += 1));
      const otps = await Promise.all(Array.from({ length: 10 }, ask));
      const streams = await Promise.all([...otps, ...otps, ...otps].map((otp) => open(otp)));
      for (const stream of streams) await stream.status();
      expect(watcher().watching).toBe(30);
      for (const status of ['UNDELIVERED', 'DELIVERED'] as const) {
        for (const otp of otps) await report(otp, status);
        const before = statements;
        await clock.tick(TICK);
        expect(statements - before).toBe(1);
        for (const stream of streams)
          expect(await stream.status()).toMatchObject({ delivery: status.toLowerCase() });
      }
      const before = statements;
      await clock.tick(TICK);
      expect(statements - before).toBe(1);
      await silence();
    } finally {
      await t.close();
    }
  });

  it('is read by the lines of docs/http-api.md', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/http-api.md'), 'utf8');
    const [, source = ''] = /watch-otp\.ts -->\n\n```ts\n([\s\S]*?)^```/m.exec(page) ?? [];
    const target = ts.ScriptTarget.ES2022;
    const { outputText } = ts.transpileModule(source, { compilerOptions: { target } });
    const module = `data:text/javascript,${encodeURIComponent(outputText)}`;
    const { watchOtp } = (await import(module)) as {
      watchOtp: (url: string, ticket: string, show: (body: object) => void) => Promise<void>;
    };
    await boot();
    try {
      const otp = await ask();
      const shown: object[] = [];
      const watched = watchOtp(t.url + pathOf(otp), otp.ticket, (body) => shown.push(body));
      await until('the first status', () => shown.length === 1);
      await verify(otp);
      await clock.nap(TICK);
      clock.advance(1);
      await watched;
      expect(shown).toMatchObject([{ status: 'pending' }, { status: 'verified' }]);
      await expect(watchOtp(t.url + pathOf(otp), 'x', () => undefined)).rejects.toThrow('404');
    } finally {
      await t.close();
    }
  });

  it('ends with the app, after a last message', async () => {
    await boot();
    const stream = await open(await ask());
    await stream.status();
    const started = Date.now();
    await t.close();
    // Server and pool are closed: nothing had to be cut off after its grace of 2 s.
    expect(Date.now() - started).toBeLessThan(1900);
    expect(await stream.end()).toMatchObject([{ event: 'status', data: { status: 'pending' } }]);
  });
});
