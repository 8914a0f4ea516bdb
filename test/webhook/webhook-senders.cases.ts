import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { FakeClock } from 'nestjs-ants-otp/testing';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { v7 as uuidv7 } from 'uuid';
import { KeyRing } from '../../src/service/key-ring.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { runLog } from '../support/leaks/run-log.js';
import { countStatements } from '../support/statements.js';

const ANTS = '198.51.100.7';
const ANTS_V6 = '2001:db8:1::7';
const STRANGER = '203.0.113.9';
const PASSWORD = 'a:password-of-ไทย';
const basic = (credential: string): string => `Basic ${Buffer.from(credential).toString('base64')}`;
const GOOD = basic(`ants:${PASSWORD}`);
const REPORT = JSON.stringify({ details: [{ messageId: '1', status: { name: 'PENDING' } }] });
const REFUSED =
  'HTTP/1.1 404 Not Found\r\nConnection: close\r\nDate: …\r\nContent-Length: 0\r\n\r\n';

/** One push as it goes over the wire. */
interface Push {
  path: string;
  from?: string;
  authorization?: string | null;
  /** `null` announces a body that never comes. */
  body?: string | null;
}

describe.each(ADAPTERS)('the senders of reports on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const clock = new FakeClock(Date.now());
  const logged: string[] = [];
  const note = (message: unknown): void => {
    logged.push(String(message));
  };
  const logger: LoggerService = { log: note, warn: note, error: note };
  let t: TestApp;
  let statements: () => number;
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({
      ...{ adapter, simulator, clock },
      trustedProxy: '127.0.0.1',
      options: {
        webhookAuth: { username: 'ants', password: PASSWORD },
        webhookAddresses: ['198.51.100.0/24', ANTS_V6],
      },
    });
    t.app.useLogger(runLog(logger));
    statements = countStatements(t.app);
  });
  beforeEach(() => {
    // A warning is given once a minute.
    clock.advance(61);
    logged.length = 0;
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  const ask = async (): Promise<{ id: string; path: string }> => {
    const mobile = nextMobile();
    const { id } = await t.otps.request({ mobile });
    return { id, path: new URL(simulator.lastSms(mobile)!.notifyUrl!).pathname };
  };
  /** Every byte of the answer but the time of day, once the server has ended the connection. */
  const push = async (
    { path, from = ANTS, authorization = GOOD, body = REPORT }: Push,
    to = t,
  ): Promise<string> => {
    const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const headers = [
      `POST ${path} HTTP/1.1`,
      'Host: shop.example',
      `X-Forwarded-For: ${from}`,
      'Content-Type: application/json',
      `Content-Length: ${body === null ? 1000 : Buffer.byteLength(body)}`,
      ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
      ...(body === null ? [] : ['Connection: close']),
    ];
    socket.write(`${headers.join('\r\n')}\r\n\r\n${body ?? ''}`);
    return (await text(socket)).replace(/Date: [^\r]*/, 'Date: …');
  };
  const delivery = async (id: string): Promise<string> => (await t.otps.status(id)).delivery;

  const REFUSALS: [name: string, change: (good: Push) => Push][] = [
    [
      'a token with one letter changed',
      ({ path }) => ({
        path: path.slice(0, -9) + (path.at(-9) === 'A' ? 'B' : 'A') + path.slice(-8),
      }),
    ],
    ['half a token', ({ path }) => ({ path: path.slice(0, -20) })],
    ['a word', ({ path }) => ({ path: path.replace(/[^/]*$/, 'x') })],
    ['the id alone', ({ path }) => ({ path: path.replace(/[^/]*$/, uuidv7()) })],
    ['no credential', ({ path }) => ({ path, authorization: null })],
    ['an empty credential', ({ path }) => ({ path, authorization: 'Basic ' })],
    ['another password', ({ path }) => ({ path, authorization: basic('ants:password') })],
    ['another user', ({ path }) => ({ path, authorization: basic(`Ants:${PASSWORD}`) })],
    ['a part of the password', ({ path }) => ({ path, authorization: basic('ants:a') })],
    ['more than the password', ({ path }) => ({ path, authorization: basic(`ants:${PASSWORD}x`) })],
    ['another scheme', ({ path }) => ({ path, authorization: GOOD.replace('Basic', 'Bearer') })],
    ['a foreign address', ({ path }) => ({ path, from: STRANGER })],
    ['a foreign IPv6 address', ({ path }) => ({ path, from: '2001:db8:1::8' })],
    [
      'a foreign address behind one of ANTS',
      ({ path }) => ({ path, from: `${ANTS}, ${STRANGER}` }),
    ],
    ['no address', ({ path }) => ({ path, from: 'unknown' })],
    [
      'a foreign address and another password',
      ({ path }) => ({ path, from: STRANGER, authorization: basic('ants:x') }),
    ],
  ];

  it.each(REFUSALS)(
    '%s: the one empty answer, before any body and without the database',
    async (_, change) => {
      const { id, path } = await ask();
      const before = statements();
      for (const body of [null, REPORT, '', '{"details":'])
        expect(await push({ ...change({ path }), body })).toBe(REFUSED);
      expect(statements() - before).toBe(0);
      expect(await delivery(id)).toBe('none');
    },
  );

  it('a token older than 72 h: the same answer, without the database', async () => {
    const { path } = await ask();
    clock.advance(72 * 3600 + 60);
    const before = statements();
    for (const body of [null, REPORT]) expect(await push({ path, body })).toBe(REFUSED);
    expect(statements() - before).toBe(0);
    clock.advance(-72 * 3600 - 60);
    expect(await push({ path })).toMatch(/^HTTP\/1.1 200/);
  });

  it('a token of an OTP that is gone: the same answer', async () => {
    const { path } = await ask();
    const token = t.app.get(KeyRing).webhookToken(uuidv7());
    expect(await push({ path: path.replace(/[^/]*$/, token) })).toBe(REFUSED);
  });

  it.each<[string, Partial<Push>]>([
    ['its address and credential', {}],
    ['another address of its network', { from: '198.51.100.255' }],
    ['its IPv6 address', { from: ANTS_V6 }],
    ['its IPv4 address in IPv6', { from: `::ffff:${ANTS}` }],
    ['its address behind a forged one', { from: `${STRANGER}, ${ANTS}` }],
    ['the scheme in small letters', { authorization: GOOD.replace('Basic', 'basic') }],
  ])('ANTS with %s is heard', async (_, sent) => {
    const { id, path } = await ask();
    expect(await push({ path, ...sent })).toMatch(/^HTTP\/1.1 200/);
    expect(await delivery(id)).toBe('pending');
  });

  it('an operator is told once what did not fit, when the token was good', async () => {
    const { path } = await ask();
    for (let n = 0; n < 3; n++) {
      await push({ path, from: STRANGER });
      await push({ path, authorization: basic('ants:guess') });
      await push({ path: `${path}x`, from: 'unknown', authorization: null });
    }
    expect(logged).toEqual([
      `A delivery report with a good token was refused: it came from ${STRANGER}, which is not in "webhookAddresses". If that is your proxy, let the app trust it.`,
      'A delivery report with a good token was refused: it does not carry the credential of "webhookAuth". ANTS sends one only if its support has set it for your account; else let your proxy add it.',
    ]);
  });
});

describe.each(ADAPTERS)('without a trusted proxy on %s', (adapter) => {
  it('a forged X-Forwarded-For is no address', async () => {
    const t = await bootApp({ adapter, options: { webhookAddresses: [ANTS] } });
    try {
      const mobile = nextMobile();
      await t.otps.request({ mobile });
      const answer = await fetch(t.simulator.lastSms(mobile)!.notifyUrl!, {
        method: 'POST',
        headers: { 'X-Forwarded-For': ANTS },
        body: REPORT,
      });
      expect(answer.status).toBe(404);
    } finally {
      await t.close();
    }
  });
});
