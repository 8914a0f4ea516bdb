import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { All, Body, Controller, HttpCode, Module, UseGuards } from '@nestjs/common';
import type { ExecutionContext, INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JsonOnlyGuard } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { once } from 'node:events';
import { request as send } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { AdapterName, TestApp } from '../support/app.js';

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** As a browser or a program may send it: with any type or none, and any bytes. */
async function call(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string | Buffer,
): Promise<Answer> {
  const sent = send(url, { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  // A body that is too large may be answered before all of it is sent.
  sent.on('error', () => undefined);
  const read = await text(response);
  return {
    status: response.statusCode ?? 0,
    body: (read === '' ? {} : JSON.parse(read)) as Answer['body'],
  };
}

const REFUSED: Answer = {
  status: 415,
  body: {
    statusCode: 415,
    code: 'json_required',
    message: 'Send the request as JSON, with the header Content-Type: application/json.',
  },
};

/** What a form, or a script without a preflight, can say of a body that is JSON. */
const TYPES: [name: string, type: string | undefined][] = [
  ['no type', undefined],
  ['an empty type', ''],
  ['a form', 'application/x-www-form-urlencoded'],
  ['a form with a file', 'multipart/form-data; boundary=x'],
  ['plain text', 'text/plain'],
  ['plain text in UTF-8', 'text/plain; charset=utf-8'],
  ['JSON as a parameter of text', 'text/plain; application/json'],
  ['JSON after a comma', 'text/plain, application/json'],
  ['JSON before a comma', 'application/json, text/plain'],
  ['a type that begins like JSON', 'application/jsonp'],
  ['a type that ends like JSON', 'application/problem+json'],
  ['text/json', 'text/json'],
  ['any type', '*/*'],
];
const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON',
  'application/json; boundary=x; charset="utf-8"',
];
const typed = (type: string | undefined): Record<string, string> =>
  type === undefined ? {} : { 'content-type': type };

describe.each(ADAPTERS)('the ready routes take JSON only, on %s', (adapter) => {
  let t: TestApp;
  let otp: OtpChallenge;
  beforeAll(async () => {
    t = await bootApp({ adapter, extras: { routes: true } });
    otp = await t.otps.request({ mobile: nextMobile() });
    await t.simulator.reportsSettled();
  });
  afterAll(() => t.close());

  const traces = async (): Promise<object> => {
    const { rows } = await t.database.query(`
      SELECT (SELECT count(*) FROM otps) AS otps, (SELECT sum(attempts) FROM otps) AS attempts,
        (SELECT count(*) FROM otp_sends) AS sends, (SELECT count(*) FROM otp_events) AS events,
        (SELECT jsonb_agg(l ORDER BY key) FROM otp_limits AS l) AS limits`);
    return { calls: t.simulator.requests.length, ...rows[0] };
  };
  const post = (path: string, type: string | undefined, body?: string | Buffer, more = {}) =>
    call(`${t.url}/otp${path}`, 'POST', { ...typed(type), ...more }, body);
  const routes = (): [path: string, fields: Record<string, string>][] => [
    ['', { mobile: nextMobile() }],
    [`/${otp.id}/resend`, { ticket: otp.ticket }],
    [`/${otp.id}/verify`, { ticket: otp.ticket, code: '000000' }],
  ];

  it.each(TYPES)('refuses %s before anything is sent or counted', async (_, type) => {
    const before = await traces();
    for (const [path, fields] of routes())
      for (const body of [
        JSON.stringify(fields),
        new URLSearchParams(fields).toString(),
        undefined,
      ])
        expect([path, body, await post(path, type, body)]).toEqual([path, body, REFUSED]);
    expect(await traces()).toEqual(before);
  });

  it('refuses in the language of the reader', async () => {
    const { body } = await post('', 'text/plain', '{}', { 'accept-language': 'th' });
    expect(body['message']).toBe('กรุณาส่งคำขอเป็น JSON พร้อมส่วนหัว Content-Type: application/json');
  });

  it.each<[name: string, type: string, body: string | Buffer, more?: object]>([
    ['a form that is too large', 'application/x-www-form-urlencoded', `a=${'x'.repeat(1_100_000)}`],
    ['a form of too many fields', 'application/x-www-form-urlencoded', 'a=1&'.repeat(2000)],
    ['a form in another charset', 'application/x-www-form-urlencoded; charset=koi8-r', 'a=1'],
    ['a text that is too large', 'text/plain', 'x'.repeat(1_100_000)],
  ])('gives the same code to %s', async (_, type, body) => {
    const before = await traces();
    expect(await post('', type, body)).toEqual(REFUSED);
    expect(await traces()).toEqual(before);
  });

  it.each(JSON_TYPES)('takes %s', async (type) => {
    const body = JSON.stringify({ mobile: nextMobile() });
    expect((await post('', type, body)).status).toBe(201);
  });

  it('asks for no type where nothing is sent', async () => {
    const headers = { 'x-otp-ticket': otp.ticket };
    const { status } = await call(`${t.url}/otp/${otp.id}`, 'GET', headers);
    expect(status).toBe(200);
  });

  if (adapter === 'express')
    it.each([
      ['a charset', { 'content-type': 'application/json; charset=koi8-r' }],
      ['a compression', { 'content-type': 'application/json', 'content-encoding': 'compress' }],
    ])('gives the same code to %s that the parser cannot read', async (_, headers) => {
      expect(await call(`${t.url}/otp`, 'POST', headers, '{}')).toEqual(REFUSED);
    });
});

@Controller('own')
@UseGuards(JsonOnlyGuard)
class OwnController {
  @All()
  @HttpCode(200)
  take(@Body() body: unknown): { taken: unknown } {
    return { taken: body ?? null };
  }
}

/** No `OtpModule`: the guard needs nothing of it. */
@Module({ controllers: [OwnController] })
class OwnModule {}

async function startOwn(adapter: AdapterName): Promise<INestApplication> {
  const testing = await Test.createTestingModule({ imports: [OwnModule] }).compile();
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  const app =
    adapter === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter())
      : testing.createNestApplication();
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each(ADAPTERS)('JsonOnlyGuard on a controller of the app, on %s', (adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    app = await startOwn(adapter);
    url = `${await app.getUrl()}/own`;
  });
  afterAll(() => app.close());

  it('refuses plain text', async () => {
    const answer = await call(url, 'POST', typed('text/plain'), 'mobile=0812345678');
    expect(answer.status).toBe(415);
    // What Fastify has no parser for it refuses itself, before any guard.
    if (adapter === 'express') expect(answer).toEqual(REFUSED);
    expect(await call(url, 'POST', typed('text/plain'))).toMatchObject({ status: 415 });
  });

  it('takes JSON', async () => {
    expect(await call(url, 'POST', typed('application/json'), '{"a":1}')).toEqual({
      status: 200,
      body: { taken: { a: 1 } },
    });
  });

  it.each(['POST', 'PUT', 'PATCH'])('refuses a form by %s', async (method) => {
    const form = typed('application/x-www-form-urlencoded');
    expect(await call(url, method, form, 'a=1')).toEqual(REFUSED);
  });

  it.each(['GET', 'DELETE', 'OPTIONS'])('lets %s pass without a body', async (method) => {
    expect((await call(url, method, {})).status).toBe(200);
  });
});

describe('JsonOnlyGuard elsewhere than in HTTP', () => {
  const context = (type: string): ExecutionContext =>
    ({
      getType: () => type,
      switchToHttp: () => ({ getRequest: () => ({ method: 'POST' }) }),
    }) as never;

  it.each(['graphql', 'ws', 'rpc'])('lets %s pass', (type) => {
    expect(new JsonOnlyGuard().canActivate(context(type))).toBe(true);
  });

  it('refuses a request without headers', () => {
    const guarded = (): boolean => new JsonOnlyGuard().canActivate(context('http'));
    expect(guarded).toThrow(expect.objectContaining({ code: 'json_required' }));
  });
});
