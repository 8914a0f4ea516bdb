import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, ForbiddenException, Get, Injectable, Res } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import type { Server } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { beginRaw } from '../../src/http/raw-response.js';
import type { AdapterResponse } from '../../src/http/raw-response.js';
import { StatusStreams } from '../../src/http/status-streams.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { OtpLanguages } from '../../src/service/otp-languages.js';
import { BOTH_ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { exchange, headOf, leaveHalfway, noneOpen } from '../support/raw-http.js';
import type { RawRequest } from '../support/raw-http.js';

/** Every way in which a request to a route of this module ends early, and what it is answered. */

const WEBHOOK = '/otp/delivery-reports';
const STRANGER = '01890a5d-ac96-774b-bcce-b302099a8057';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };
const BASIC = { Authorization: `Basic ${Buffer.from('ants:pushes-with-this').toString('base64')}` };
const SENDER = { ...JSON_TYPE, ...BASIC };
const STAFF = { 'X-Staff': 'yes' };
const REPORT = JSON.stringify({ messageId: '7', status: 'PENDING' });

const MAX_STREAMS = 3;

/** Who works here, by a header. */
@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined> }>();
    if (headers['x-staff'] !== 'yes') throw new ForbiddenException('staff only');
    return true;
  }
}

/** Sends headers that Node refuses, past the framework, as the console and the streams send theirs. */
@Controller('odd')
class OddController {
  @Get()
  odd(@Res() response: AdapterResponse): void {
    beginRaw(response, 200, { Location: 'ก' });
  }
}

/** What a row may need of the app that it meets. */
interface Known {
  id: string;
  ticket: string;
  /** A good token of that OTP. */
  token: string;
  /** Of an OTP that is gone. */
  gone: string;
  /** Older than 72 h. */
  old: string;
}
type Row = [name: string, status: number, request: (known: Known) => RawRequest];

const webhook = (path: string, more: Partial<RawRequest> = {}): RawRequest => ({
  ...{ path: `${WEBHOOK}/${path}`, headers: SENDER, body: REPORT },
  ...more,
});
const chunked = (request: RawRequest, ...chunks: string[]): RawRequest => {
  const headers = { ...request.headers, 'Transfer-Encoding': 'chunked' };
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  const head = headOf({ ...request, headers }).replace(/Content-Length: \d+\r\n/, '');
  return { ...request, head, body: `${body}0\r\n\r\n` };
};
const other = (text: string): string => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');

const REPORTS: Row[] = [
  ['a report', 200, ({ token }) => webhook(token)],
  ['a report in chunks', 200, ({ token }) => chunked(webhook(token), REPORT)],
  ['an unknown token', 404, () => webhook('x')],
  ['a forged token', 404, ({ token }) => webhook(other(token))],
  ['a token that is too old', 404, ({ old }) => webhook(old)],
  ['an OTP that is gone', 404, ({ gone }) => webhook(gone)],
  ['a sender without credential', 404, ({ token }) => webhook(token, { headers: JSON_TYPE })],
  [
    'a compressed body',
    415,
    ({ token }) => webhook(token, { headers: { ...SENDER, 'Content-Encoding': 'gzip' } }),
  ],
  [
    'an announced length of 10 MB without its body',
    413,
    ({ token }) =>
      webhook(token, { headers: { ...SENDER, 'Content-Length': '10485760' }, body: '' }),
  ],
  ['33 KB', 413, ({ token }) => webhook(token, { body: 'x'.repeat(33 * 1024) })],
  [
    '33 KB in chunks',
    413,
    ({ token }) => chunked(webhook(token), ...Array<string>(33).fill('x'.repeat(1024))),
  ],
  ['no JSON', 400, ({ token }) => webhook(token, { body: '{' })],
  ['no body', 400, ({ token }) => webhook(token, { body: '' })],
  ['another method', 404, ({ token }) => webhook(token, { method: 'PUT' })],
  ['a GET', 404, ({ token }) => webhook(token, { method: 'GET', body: '' })],
  ['a HEAD', 404, ({ token }) => webhook(token, { method: 'HEAD', body: '' })],
  ['more behind the token', 404, ({ token }) => webhook(`${token}/x`)],
  [
    'a body that announces more than comes',
    408,
    ({ token }) => webhook(token, { headers: { ...SENDER, 'Content-Length': '500' }, body: '{' }),
  ],
  [
    'chunks that never end',
    408,
    ({ token }) => {
      const { head, ...request } = chunked(webhook(token));
      return { ...request, head: head!, body: '5\r\n{"a":' };
    },
  ],
];

const routes = (path: string, more: Partial<RawRequest> = {}): RawRequest => ({
  ...{ path: `/otp${path}`, headers: JSON_TYPE },
  ...more,
});
const status = (path: string, ticket?: string): RawRequest =>
  routes(path, { method: 'GET', headers: ticket === undefined ? {} : { 'X-Otp-Ticket': ticket } });

const READY: Row[] = [
  ['a request without a body', 400, () => routes('')],
  ['a request of broken JSON', 400, () => routes('', { body: '{"mobile":' })],
  ['a request of 1.1 MB', 413, () => routes('', { body: JSON.stringify('x'.repeat(1_100_000)) })],
  ['a form', 415, () => routes('', { headers: FORM_TYPE, body: 'mobile=0812345678' })],
  ['an unknown number', 400, () => routes('', { body: '{"mobile":"1"}' })],
  [
    'an unknown purpose',
    400,
    () => routes('', { body: '{"mobile":"0812345678","purpose":"nobody-offers-this"}' }),
  ],
  ['a check without a body', 400, ({ id }) => routes(`/${id}/verify`)],
  [
    'a check of an unknown OTP',
    404,
    () => routes(`/${STRANGER}/verify`, { body: '{"code":"123456","ticket":"x"}' }),
  ],
  [
    'a check with a foreign ticket',
    404,
    ({ id }) => routes(`/${id}/verify`, { body: '{"code":"123456","ticket":"x"}' }),
  ],
  ['a resend without a ticket', 400, ({ id }) => routes(`/${id}/resend`, { body: '{}' })],
  [
    'a resend of an unknown OTP',
    404,
    () => routes(`/${STRANGER}/resend`, { body: '{"ticket":"x"}' }),
  ],
  [
    'a resend in the cool-down',
    429,
    ({ id, ticket }) => routes(`/${id}/resend`, { body: JSON.stringify({ ticket }) }),
  ],
  ['a status without a ticket', 404, ({ id }) => status(`/${id}`)],
  ['a status of no OTP', 404, () => status('/x', 'x')],
  ['a status', 200, ({ id, ticket }) => status(`/${id}`, ticket)],
  ['a stream without a ticket', 404, ({ id }) => status(`/${id}/events`)],
  ['a stream of an unknown OTP', 404, () => status(`/${STRANGER}/events`, 'x')],
  [
    'a HEAD of a stream',
    200,
    ({ id, ticket }) => ({ ...status(`/${id}/events`, ticket), method: 'HEAD' }),
  ],
];

const console_ = (path: string, more: Partial<RawRequest> = {}): RawRequest => ({
  ...{ method: 'GET', path: `/ops${path}`, headers: STAFF },
  ...more,
});
const FOREIGN = { 'Sec-Fetch-Site': 'cross-site' };
/** A form as the console's own page sends it. */
const act = (path: string, headers: Record<string, string> = {}, body = ''): RawRequest => ({
  ...{ method: 'POST', path: `/ops${path}`, body },
  headers: { ...STAFF, ...FORM_TYPE, 'Sec-Fetch-Site': 'same-origin', ...headers },
});
const THAI = encodeURIComponent('ก\r\nX-Evil: 1');

const CONSOLE: Row[] = [
  ['the overview', 200, () => console_('')],
  ['the overview of a stranger', 403, () => console_('', { headers: {} })],
  ['a page of an OTP', 200, ({ id }) => console_(`/otps/${id}`)],
  ['a page of an unknown OTP', 404, () => console_(`/otps/${STRANGER}`)],
  ['a page of no OTP', 404, () => console_('/otps/x')],
  ['a page whose id is odd', 404, () => console_(`/otps/${THAI}`)],
  ['the style', 200, () => console_('/console.css')],
  ['the script', 200, () => console_('/console.js')],
  ['the style for a stranger', 403, () => console_('/console.css', { headers: {} })],
  ['the way back', 303, ({ id }) => console_(`/otps/${id}/cancel`)],
  ['the way back to an odd id', 303, () => console_(`/otps/${THAI}/cancel`)],
  ['the way home', 303, () => console_('/unblock')],
  ['what was found, without ids', 303, () => console_('/find')],
  ['what was found, with odd ids', 200, () => console_(`/find?otps=${THAI}`)],
  ['a search for one', 303, ({ id }) => act('/find', {}, `q=${id}`)],
  ['a search for none', 303, () => act('/find', {}, 'q=nothing')],
  ['a search without a form', 303, () => act('/find')],
  ['a search of a stranger', 403, () => act('/find', { 'X-Staff': 'no' })],
  ...['cancel', 'unlock', 'erase', 'unmask'].flatMap((action): Row[] => [
    [`${action} from another site`, 403, ({ id }) => act(`/otps/${id}/${action}`, FOREIGN)],
    [`${action} by a stranger`, 403, ({ id }) => act(`/otps/${id}/${action}`, { 'X-Staff': 'no' })],
    [`${action} of an unknown OTP`, 404, () => act(`/otps/${STRANGER}/${action}`)],
    [`${action} of an odd id`, 404, () => act(`/otps/${THAI}/${action}`)],
  ]),
  ['erase without the digits', 400, ({ id }) => act(`/otps/${id}/erase`)],
  ['unblock from another site', 403, () => act('/unblock', FOREIGN)],
  ['unblock of nothing', 400, () => act('/unblock', {}, 'range=x')],
];

/** The same while the database is away. */
const AWAY: Row[] = [
  ['a report', 503, ({ token }) => webhook(token)],
  ['a report that cannot be read', 400, ({ token }) => webhook(token, { body: '{' })],
  [
    'a compressed report',
    415,
    ({ token }) => webhook(token, { headers: { ...SENDER, 'Content-Encoding': 'gzip' } }),
  ],
  ['a request', 503, () => routes('', { body: '{"mobile":"0812345678"}' })],
  ['a status', 503, ({ id, ticket }) => status(`/${id}`, ticket)],
  ['a stream', 503, ({ id, ticket }) => status(`/${id}/events`, ticket)],
  ['the overview of the console', 503, () => console_('')],
  ['a page of an OTP', 503, ({ id }) => console_(`/otps/${id}`)],
  ['an action', 503, ({ id }) => act(`/otps/${id}/cancel`)],
];

describe.each(BOTH_ADAPTERS)('on %s, a response ends', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let t: TestApp;
  let known: Known;
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({
      ...{ adapter, simulator },
      options: {
        maxStreamsPerIp: MAX_STREAMS,
        webhookAuth: { username: 'ants', password: 'pushes-with-this' },
      },
      extras: { routes: true },
      controllers: [OddController],
      imports: [
        OtpConsoleModule.forRoot({
          path: 'ops',
          guards: [StaffGuard],
          actGuards: [StaffGuard],
          unmaskGuards: [StaffGuard],
          actor: () => 'staff-7',
        }),
      ],
    });
    const keys = t.app.get(KeyRing);
    const { id, ticket } = await t.otps.request({ mobile: nextMobile() });
    known = {
      ...{ id, ticket },
      token: keys.webhookToken(id),
      gone: keys.webhookToken(uuidv7()),
      old: keys.webhookToken(uuidv7({ msecs: Date.now() - 73 * 3_600_000 })),
    };
    const wait = globalThis.setTimeout;
    // The five seconds of a body. A statement has as many, so they stay long enough for one on a busy machine.
    jest
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation((run: () => void, ms?: number) => wait(run, ms === 5_000 ? 600 : ms));
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await t.close();
    await simulator.stop();
  });
  const server = () => t.app.getHttpServer() as Server;
  const ends = async (row: Row[1], request: Row[2]) => {
    expect((await exchange(t.url, request(known))).status).toBe(row);
    await noneOpen(server());
  };

  describe.each([
    ['the webhook', REPORTS],
    ['the ready routes', READY],
    ['the console', CONSOLE],
  ])('of %s', (_name, rows) => {
    it.each(rows)('for %s: %i', (_what, ...row) => ends(...row));
  });

  it('with a 500 where its headers cannot be sent', () =>
    ends(500, () => console_('', { path: '/odd' })));

  it('of a stream, when its first status cannot be said', async () => {
    const said = jest.spyOn(t.app.get(OtpLanguages), 'noticeIn').mockImplementation(() => {
      throw new Error('no words');
    });
    await ends(500, ({ id, ticket }) => status(`/${id}/events`, ticket));
    said.mockRestore();
    expect(t.app.get(StatusStreams).size).toBe(0);
  });

  it('of a stream, when the address has too many and when its OTP ends', async () => {
    const { id, ticket } = await t.otps.request({ mobile: nextMobile() });
    const answers = Array.from({ length: MAX_STREAMS + 1 }, () =>
      exchange(t.url, status(`/${id}/events`, ticket)),
    );
    expect((await Promise.race(answers)).status).toBe(429);
    await t.otps.cancel(id, { ticket });
    const statuses = (await Promise.all(answers)).map((answer) => answer.status);
    expect(statuses.sort()).toEqual([...Array<number>(MAX_STREAMS).fill(200), 429]);
    await noneOpen(server());
  });

  it.each<[string, Row[2]]>([
    ['the webhook', ({ token }) => webhook(token, { body: 'x'.repeat(100) })],
    ['the webhook, in chunks', ({ token }) => chunked(webhook(token), 'x'.repeat(100))],
    ['a request', () => routes('', { body: '{"mobile":"0812345678"}' })],
    ['a check', ({ id }) => routes(`/${id}/verify`, { body: '{"code":"123456"}' })],
    ['a resend', ({ id }) => routes(`/${id}/resend`, { body: '{"ticket":"x"}' })],
    ['a search of the console', () => act('/find', {}, 'q=0812345678')],
    ['an action', ({ id }) => act(`/otps/${id}/erase`, {}, 'digits=5678')],
  ])('of %s, when its client goes away in mid-body', async (_name, request) => {
    const whole = request(known);
    const start = (whole.head ?? headOf(whole)) + String(whole.body).slice(0, 10);
    await leaveHalfway(server(), t.url, start);
    await noneOpen(server());
  });

  describe('while the database is away', () => {
    beforeAll(() => t.database.query('ALTER TABLE otps RENAME TO otps_away'));
    afterAll(() => t.database.query('ALTER TABLE otps_away RENAME TO otps'));
    it.each(AWAY)('for %s: %i', (_what, ...row) => ends(...row));
  });
});
