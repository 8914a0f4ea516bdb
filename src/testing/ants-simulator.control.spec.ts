import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AntsCaller } from '../../test/conformance/ants-caller.js';
import { ANTS_MAGIC_NUMBERS, antsError, AntsSimulator } from './index.js';

const MOBILE = '66812345678';
let simulator: AntsSimulator;
let caller: AntsCaller;

beforeEach(async () => {
  simulator = new AntsSimulator({ now: () => Date.parse('2026-03-01T10:00:00Z') });
  const { username, password } = simulator.settings;
  caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
});

afterEach(() => simulator.stop());

async function control(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

async function request(extra: object = {}): Promise<string> {
  const body = { otcId: simulator.settings.otcIds[0], mobile: MOBILE, ...extra };
  return ((await caller.post('/otp/requestOTP', body)).json as { otpId: string }).otpId;
}

describe('the control API', () => {
  it('lists its routes, which all answer JSON', async () => {
    const { answer } = await control('GET', '');
    const routes = answer as { method: string; path: string }[];

    expect(routes.length).toBeGreaterThan(10);
    for (const { method, path } of routes)
      expect((await control(method, path)).status).toBeGreaterThanOrEqual(200);
  });

  it('gives the inbox, of one number too', async () => {
    await request();
    await request({ mobile: '66898765432' });

    expect(await control('GET', 'inbox')).toEqual({
      status: 200,
      answer: JSON.parse(JSON.stringify(simulator.inbox)) as unknown,
    });
    expect((await control('GET', 'inbox?mobile=081-234-5678')).answer).toHaveLength(1);
  });

  it('gives the newest code to a number', async () => {
    await request();

    const { answer } = await control('GET', 'code?mobile=0812345678');

    expect(answer).toMatchObject({ code: simulator.codeFor(MOBILE), to: MOBILE });
  });

  it('gives the requests, and does not count itself', async () => {
    await request();
    await caller.post('/account/balance', {});

    expect((await control('GET', 'requests')).answer).toHaveLength(2);
    expect((await control('GET', 'requests?call=balance')).answer).toMatchObject([
      { call: 'balance', headers: { authorization: 'Basic [hidden]' } },
    ]);
  });

  it('gives the magic numbers', async () => {
    expect((await control('GET', 'magic-numbers')).answer).toEqual(
      ANTS_MAGIC_NUMBERS.map(({ mobile, does }) => ({ mobile, does })),
    );
  });

  it('queues faults', async () => {
    await control('POST', 'faults', { call: 'balance', error: '9999', times: 2 });
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push((await caller.post('/account/balance', {})).json);

    expect(answers).toEqual([
      antsError('9999'),
      antsError('9999'),
      { type: 'prepaid', credit: 1_000_000 },
    ]);
  });

  it('holds a call and lets it go', async () => {
    const { answer } = await control('POST', 'holds', { call: 'requestOTP' });
    const { id } = answer as { id: string };
    expect((await control('GET', `holds/${id}`)).answer).toEqual({
      id,
      call: 'requestOTP',
      arrived: false,
    });
    const asked = request();
    let arrived: unknown = false;
    while (arrived !== true)
      arrived = ((await control('GET', `holds/${id}`)).answer as { arrived: boolean }).arrived;

    await control('DELETE', `holds/${id}`);

    expect(await asked).toBe(simulator.lastSms()?.otpId);
    expect((await control('GET', `holds/${id}`)).status).toBe(404);
  });

  it('lets codes expire by the clock', async () => {
    const otpId = await request();

    expect(await control('POST', 'clock', { advance: 300 })).toEqual({
      status: 200,
      answer: { now: '2026-03-01T10:05:00.000Z' },
    });
    const { json } = await caller.post('/otp/verifyOTP', { otpId, otpCode: '1' });
    expect(json).toMatchObject({ isExprCode: true });
  });

  it('lets the codes of one number expire', async () => {
    const first = await request();
    const second = await request({ mobile: '66898765432' });

    await control('POST', 'expire', { mobile: '0812345678' });

    for (const [otpId, isExprCode] of [
      [first, true],
      [second, false],
    ])
      expect((await caller.post('/otp/verifyOTP', { otpId, otpCode: '1' })).json).toMatchObject({
        isExprCode,
      });
  });

  it('shows the settings and changes them', async () => {
    const { answer } = await control('PATCH', 'settings', { keyCase: 'lower', credit: 0 });

    expect(answer).toEqual((await control('GET', 'settings')).answer);
    expect(answer).toMatchObject({ keyCase: 'lower', ttl: 300 });
    expect(
      (
        await caller.post('/otp/requestOTP', {
          otcId: simulator.settings.otcIds[0],
          mobile: MOBILE,
        })
      ).json,
    ).toEqual(antsError('9995'));
  });

  it('lets a held call go when it resets', async () => {
    const { answer } = await control('POST', 'holds', { call: 'requestOTP' });
    const { id } = answer as { id: string };
    const asked = request();
    while (simulator.inbox.length === 0) await control('GET', `holds/${id}`);

    await control('POST', 'reset');

    expect(await asked).toEqual(expect.any(String));
  });

  it('can change every option that is data', async () => {
    const { answer } = await control('GET', 'settings');
    const settings = Object.fromEntries(
      Object.entries(answer as object).filter(([name]) => name !== 'port'),
    );

    expect((await control('PATCH', 'settings', settings)).answer).toMatchObject(settings);
  });

  it('resets all but the settings', async () => {
    await request();
    await control('PATCH', 'settings', { ttl: 60 });
    await control('POST', 'clock', { advance: 10 });

    await control('POST', 'reset');

    expect(simulator.inbox).toEqual([]);
    expect(simulator.settings.ttl).toBe(60);
    expect(simulator.settings.now()).toBe(Date.parse('2026-03-01T10:00:00Z'));
  });

  describe('reports', () => {
    let receiver: Server;
    let notifyUrl: string;

    beforeEach(async () => {
      receiver = createServer((_, response) => response.writeHead(202).end()).listen(
        0,
        '127.0.0.1',
      );
      await once(receiver, 'listening');
      notifyUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      simulator.configure({ reports: 'manual' });
    });

    afterEach(() => {
      receiver.closeAllConnections();
      receiver.close();
    });

    it('on the newest SMS to a number, and gives the replies', async () => {
      await request({ notifyUrl });
      const report = { mobile: MOBILE, status: ['PENDING', 'DELIVERED'], times: 2 };

      expect(await control('POST', 'reports', report)).toEqual({
        status: 200,
        answer: { statuses: [202, 202] },
      });
    });

    it('in every form that has a name', async () => {
      await request({ notifyUrl });
      const forms = [
        { status: 'UNDELIVERABLE' },
        { reportStatusName: 'EN_ROUTE' },
        { status: 'PENDING', reportStatusCode: '000' },
        { reportLayout: 'statusText' },
        { reportBulkId: false },
        { reportXmlType: 'text/xml', reportXmlNames: 'namespaces' },
      ];

      for (const form of forms)
        expect((await control('POST', 'reports', form)).answer).toEqual({ statuses: [202] });
    });

    it('on an SMS by its messageId', async () => {
      await request({ notifyUrl });
      const { messageId } = simulator.lastSms()!;
      await request();

      expect((await control('POST', 'reports', { messageId })).answer).toEqual({ statuses: [202] });
      expect(await control('POST', 'reports')).toEqual({
        status: 409,
        answer: { error: 'The request of this SMS named no notifyUrl.' },
      });
    });
  });

  it.each<[string, string, unknown, number, string]>([
    ['GET', 'code?mobile=0812345678', undefined, 404, 'The simulator sent no such SMS.'],
    ['POST', 'reports', {}, 404, 'The simulator sent no such SMS.'],
    ['GET', 'other', undefined, 404, 'There is no GET /_simulator/other'],
    ['DELETE', 'inbox', undefined, 405, 'There is no DELETE /_simulator/inbox'],
    ['DELETE', 'holds/7', undefined, 404, 'There is no hold "7".'],
    ['POST', 'faults', 'text', 400, 'it must be an object, got "text".'],
    ['POST', 'faults', {}, 400, '"call" is missing.'],
    ['POST', 'faults', { call: 'other' }, 400, '"call" must be one of requestOTP, resendOTP'],
    ['POST', 'faults', { call: 'balance', error: '1' }, 400, '"error" must be one of'],
    ['POST', 'faults', { call: 'balance', faults: 1 }, 400, 'there is no "faults", only call'],
    ['PATCH', 'settings', { ttl: -1 }, 400, '"ttl" must be a whole number from 0, got -1.'],
    [
      'PATCH',
      'settings',
      { codeLength: '6' },
      400,
      '"codeLength" must be a whole number from 4 to 10',
    ],
    ['PATCH', 'settings', { port: 1 }, 400, 'there is no "port", only'],
    ['PATCH', 'settings', { constructor: 1 }, 400, 'there is no "constructor", only'],
    ['PATCH', 'settings', { failRate: 2 }, 400, '"failRate" must be a number from 0 to 1, got 2.'],
    ['PATCH', 'settings', { reports: 'often' }, 400, '"reports" must be one of delivered, early'],
    ['PATCH', 'settings', { latencyMs: [9, 1] }, 400, 'or two of them, the lower one first'],
    ['PATCH', 'settings', { latencyMs: ['1', '2'] }, 400, 'or two of them, the lower one first'],
    ['GET', 'code?mobile=8', undefined, 400, '"8" is no number'],
    ['GET', 'inbox?mobile=', undefined, 400, '"mobile" must be a text that is not empty'],
    ['POST', 'expire', { mobile: 'x' }, 400, '"x" is no number'],
    ['POST', 'reports', { mobile: '12345678' }, 400, '"12345678" is no number'],
    ['POST', 'faults', { call: 'balance', headers: { 'x-a': 'a\nb' } }, 400, '"headers" must be'],
    ['POST', 'faults', { call: 'balance', headers: { 'x a': 'b' } }, 400, '"headers" must be'],
    ['POST', 'faults', { call: 'balance', headers: { 'x-a': 1 } }, 400, '"headers" must be'],
    ['POST', 'clock', { advance: 'long' }, 400, '"advance" must be a whole number from 0'],
    ['POST', 'holds', { call: 1 }, 400, '"call" must be one of'],
  ])('answers %s %s %j with %i and a sentence', async (method, path, body, status, sentence) => {
    const { status: seen, answer } = await control(method, path, body);

    expect(seen).toBe(status);
    expect((answer as { error: string }).error).toContain(sentence);
  });
});
