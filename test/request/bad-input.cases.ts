import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { isOtpException } from 'nestjs-ants-otp';
import type { OtpChallenge, OtpHolder, OtpRequest, OtpService } from 'nestjs-ants-otp';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

const NUL = 'a\0b';
/** As long as Express's parser still takes it. */
const HUGE = 'x'.repeat(95_000);
const MOBILE = '0812345678';

const NO_MOBILES: [name: string, mobile: string][] = [
  ['a landline', '02-123-4567'],
  ['a foreign number', '+1 415 555 2671'],
  ['a Thai number of another kind', '1800-123-456'],
  ['letters', 'hello'],
  ['letters among digits', '081234567a'],
  ['a digit too few', '081234567'],
  ['a digit too many', '08123456789'],
  ['two numbers', '0812345678,0812345679'],
  ['an extension', '0812345678 ext. 5'],
  ['nothing', ''],
  ['spaces', '   '],
  ['a NUL', '0812345678\0'],
];
const NO_CODES: [name: string, code: string][] = [
  ['letters', 'abcdef'],
  ['a letter among digits', '12345a'],
  ['3 digits', '123'],
  ['11 digits', '12345678901'],
  ['a sign', '+123456'],
  ['a fraction', '1234.5'],
  ['digits of another script', '١٢٣٤٥٦'],
  ['nothing', ''],
  ['a NUL', '123\x00456'],
];
const NO_TEXTS: [name: string, value: unknown][] = [
  ['a number', 812345678],
  ['a truth', true],
  ['an object', { a: 1 }],
  ['a list', [MOBILE]],
  ['null', null],
];

/** Everything that must not move: calls to ANTS, rows, spent attempts, lines of history. */
async function traces({ simulator, database }: TestApp): Promise<object> {
  const { rows } = await database.query(`
    SELECT (SELECT count(*) FROM otps) AS otps, (SELECT sum(attempts) FROM otps) AS attempts,
      (SELECT count(*) FROM otp_sends) AS sends, (SELECT count(*) FROM otp_events) AS events,
      (SELECT count(*) FROM otp_limits) AS limits`);
  return { calls: simulator.requests.length, ...rows[0] };
}

async function liveOtp(t: TestApp): Promise<OtpChallenge> {
  const otp = await t.otps.request({ mobile: nextMobile(), subject: 'owner' });
  await t.simulator.reportsSettled();
  return otp;
}

describe.each(ADAPTERS)('bad input to the ready routes on %s', (adapter) => {
  let t: TestApp;
  let otp: OtpChallenge;
  beforeAll(async () => {
    t = await bootApp({ adapter, extras: { routes: true }, options: { purposes: { login: {} } } });
    otp = await liveOtp(t);
  });
  afterAll(() => t.close());

  const post = (path: string, body?: object | string, type = 'application/json') =>
    request(t.url).post(`/otp${path}`).set('Content-Type', type).send(body);
  /** Sends it, and sees that it is refused in plain words and changes nothing. */
  const refused = async (call: () => PromiseLike<Response>): Promise<[number, unknown]> => {
    const before = await traces(t);
    const answer = await call();
    expect(await traces(t)).toEqual(before);
    const { statusCode, code, message } = answer.body as Record<string, unknown>;
    expect(statusCode).toBe(answer.status);
    expect(message).toEqual(expect.stringMatching(/\S/));
    return [answer.status, code];
  };
  const ask = (fields: object) => refused(() => post('', { mobile: nextMobile(), ...fields }));
  const verify = (fields: object) =>
    refused(() => post(`/${otp.id}/verify`, { code: '123456', ticket: otp.ticket, ...fields }));

  it.each(NO_MOBILES)('refuses %s as a number', async (_, mobile) => {
    expect(await ask({ mobile })).toEqual([400, 'invalid_mobile']);
  });

  it.each(NO_CODES)('refuses %s as a code', async (_, code) => {
    expect(await verify({ code })).toEqual([400, 'invalid_code']);
  });

  it.each(NO_TEXTS)('refuses %s where a text belongs', async (_, value) => {
    for (const field of ['mobile', 'purpose', 'callbackData', 'idempotencyKey', 'captcha'])
      expect([field, await ask({ [field]: value })]).toEqual([field, [400, 'invalid_request']]);
    for (const field of ['code', 'ticket'])
      expect([field, await verify({ [field]: value })]).toEqual([field, [400, 'invalid_request']]);
    const resend = () => post(`/${otp.id}/resend`, { ticket: value });
    expect(await refused(resend)).toEqual([400, 'invalid_request']);
  });

  it.each<[name: string, fields: object]>([
    ['no number', { mobile: undefined }],
    ['a number of 65 characters', { mobile: MOBILE.padEnd(65) }],
    ['a purpose that is not offered', { purpose: 'transfer' }],
    ['an empty purpose', { purpose: '' }],
    ['a purpose that every object has', { purpose: 'constructor' }],
    ['callbackData of 201 characters', { callbackData: 'x'.repeat(201) }],
    ['callbackData with a NUL', { callbackData: NUL }],
    ['an idempotencyKey of 201 characters', { idempotencyKey: 'x'.repeat(201) }],
    ['an idempotencyKey with a NUL', { idempotencyKey: NUL }],
    ['an empty idempotencyKey', { idempotencyKey: '' }],
    ['a captcha of 4097 characters', { captcha: 'x'.repeat(4097) }],
    ['a context', { context: { captcha: 'x' } }],
    ['an unknown field', { hello: 'world' }],
    ['a notifyUrl', { notifyUrl: 'https://hooks.example/' }],
    ['a subject', { subject: 'owner' }],
    ['a binding', { binding: { amount: 1 } }],
    ['an otcId', { otcId: 'x' }],
    ['an ip', { ip: '10.0.0.1' }],
    ['95 KB as a number', { mobile: HUGE }],
    ['95 KB as a purpose', { purpose: HUGE }],
    ['95 KB as callbackData', { callbackData: HUGE }],
    ['95 KB as an idempotencyKey', { idempotencyKey: HUGE }],
    ['95 KB as an unknown field', { [HUGE]: 1 }],
  ])('refuses a request with %s', async (_, fields) => {
    expect(await ask(fields)).toEqual([400, 'invalid_request']);
  });

  it.each<[name: string, fields: object]>([
    ['no code', { code: undefined }],
    ['no ticket', { ticket: undefined }],
    ['a code of 33 characters', { code: '1'.repeat(33) }],
    ['a ticket of 65 characters', { ticket: 'x'.repeat(65) }],
    ['an unknown field', { hello: 'world' }],
    ['a subject', { ticket: undefined, subject: 'owner' }],
    ['95 KB as a code', { code: HUGE }],
    ['95 KB as a ticket', { ticket: HUGE }],
  ])('refuses a check with %s', async (_, fields) => {
    expect(await verify(fields)).toEqual([400, 'invalid_request']);
  });

  it.each<[name: string, id: () => string]>([
    ['an unknown id', () => randomUUID()],
    ['a word', () => 'x'],
    ['a number', () => '1'],
    ['a path', () => '..%2f..%2fetc'],
    ['a NUL', () => `${otp.id}%00`],
    ['SQL', () => encodeURIComponent("' OR true --")],
    ['another spelling of a known id', () => otp.id.toUpperCase()],
    ['100 letters, the most that Fastify routes', () => 'x'.repeat(100)],
  ])('finds no OTP under %s', async (_, id) => {
    const { ticket } = otp;
    const nowhere = [404, 'not_found'];
    expect(await refused(() => post(`/${id()}/verify`, { code: '123456', ticket }))).toEqual(
      nowhere,
    );
    expect(await refused(() => post(`/${id()}/resend`, { ticket }))).toEqual(nowhere);
    const status = () => request(t.url).get(`/otp/${id()}`).set('X-OTP-Ticket', ticket);
    expect(await refused(status)).toEqual(nowhere);
  });

  it.each<[name: string, ticket: () => string]>([
    ['no ticket', () => ''],
    ['a word', () => 'x'],
    ['the ticket and more', () => `${otp.ticket}A`],
    ['8 KB', () => 'x'.repeat(8000)],
  ])('shows no status for %s', async (_, ticket) => {
    const status = () => request(t.url).get(`/otp/${otp.id}`).set('X-OTP-Ticket', ticket());
    expect(await refused(status)).toEqual([404, 'not_found']);
  });

  it.each<[name: string, body: string | undefined, status: number]>([
    ['nothing', undefined, 400],
    ['an empty object', '{}', 400],
    ['a list', '[]', 400],
    ['a list of requests', `[{"mobile":"${MOBILE}"}]`, 400],
    ['null', 'null', 400],
    ['a text', '"hello"', 400],
    ['a number', '1', 400],
    ['broken JSON', '{"mobile":', 400],
    ['1 MB of JSON', JSON.stringify({ mobile: 'x'.repeat(1024 * 1024) }), 413],
  ])('refuses %s as the body', async (_, body, status) => {
    for (const path of ['', `/${otp.id}/verify`, `/${otp.id}/resend`])
      expect(await refused(() => post(path, body))).toEqual([status, 'invalid_request']);
  });

  it.each([
    '"__proto__":{"polluted":true}',
    '"__proto__":{"purpose":"login"}',
    '"constructor":{"prototype":{"polluted":true}}',
    '"prototype":{"polluted":true}',
  ])('pollutes nothing by %s', async (key) => {
    const [status] = await refused(() => post('', `{"mobile":"123",${key}}`));
    expect(status).toBe(400);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('bad input to the service', () => {
  const HOST = 'hooks.example';
  let t: TestApp;
  let otp: OtpChallenge;
  beforeAll(async () => {
    t = await bootApp({ options: { notifyHosts: [HOST] } });
    otp = await liveOtp(t);
  });
  afterAll(() => t.close());

  /** Calls it, and sees that it throws one of our errors and changes nothing. */
  const refused = async (call: () => Promise<unknown>): Promise<string> => {
    const before = await traces(t);
    const error = await call().catch((thrown: unknown) => thrown);
    expect(await traces(t)).toEqual(before);
    if (!isOtpException(error)) throw new Error('This was accepted.', { cause: error });
    expect(error.message).toMatch(/\S/);
    return error.code;
  };
  const ask = (fields: object) =>
    refused(() => t.otps.request({ mobile: nextMobile(), ...fields }));

  it.each([...NO_MOBILES, ...NO_TEXTS, ['100 KB', HUGE], ['no value', undefined]])(
    'refuses %s as a number',
    async (_, mobile) => {
      expect(await ask({ mobile })).toBe('invalid_mobile');
      const search = { mobile } as { mobile: string };
      expect(await refused(() => t.otps.find(search))).toMatch(/^invalid_/);
    },
  );

  it.each([...NO_CODES, ...NO_TEXTS, ['100 KB', HUGE], ['no value', undefined]])(
    'refuses %s as a code',
    async (_, code) => {
      const { id, ticket } = otp;
      expect(await refused(() => t.otps.verify(id, code as string, { ticket }))).toBe(
        'invalid_code',
      );
    },
  );

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  let deep: unknown = 1;
  for (let level = 0; level < 20_000; level++) deep = [deep];

  it.each<[name: string, fields: object]>([
    ['an empty subject', { subject: '' }],
    ['a subject of 201 characters', { subject: 'x'.repeat(201) }],
    ['a subject with a NUL', { subject: NUL }],
    ['a subject that Postgres cannot tell from others', { subject: 'user-\ud800' }],
    ['a subject that is a number', { subject: 17 }],
    ['100 KB as a subject', { subject: HUGE }],
    ['an empty purpose', { purpose: '' }],
    ['a purpose with a NUL', { purpose: NUL }],
    ['a purpose that is an object', { purpose: {} }],
    ['100 KB as a purpose', { purpose: HUGE }],
    ['an empty idempotencyKey', { idempotencyKey: '' }],
    ['an idempotencyKey of 201 characters', { idempotencyKey: 'x'.repeat(201) }],
    ['an idempotencyKey with a NUL', { idempotencyKey: NUL }],
    ['100 KB as an idempotencyKey', { idempotencyKey: HUGE }],
    ['callbackData of 201 characters', { callbackData: 'x'.repeat(201) }],
    ['callbackData with a NUL', { callbackData: NUL }],
    ['callbackData that is an object', { callbackData: {} }],
    ['100 KB as callbackData', { callbackData: HUGE }],
    ['an empty otcId', { otcId: '' }],
    ['an otcId with a NUL', { otcId: NUL }],
    ['100 KB as an otcId', { otcId: HUGE }],
    ['a notifyUrl of 151 characters', { notifyUrl: `https://${HOST}/`.padEnd(151, 'x') }],
    ['a notifyUrl of another host', { notifyUrl: 'https://evil.example/' }],
    ['a notifyUrl of a longer host', { notifyUrl: `https://${HOST}.evil.example/` }],
    ['a notifyUrl with another port', { notifyUrl: `https://${HOST}:8443/` }],
    ['a notifyUrl with credentials', { notifyUrl: `https://a:b@${HOST}/` }],
    ['a notifyUrl by ftp', { notifyUrl: `ftp://${HOST}/` }],
    ['a notifyUrl that is a script', { notifyUrl: 'javascript:alert(1)' }],
    ['a notifyUrl that is a word', { notifyUrl: 'hooks' }],
    ['a notifyUrl that is empty', { notifyUrl: '' }],
    ['a notifyUrl that is null', { notifyUrl: null }],
    ['a notifyUrl with a NUL', { notifyUrl: `https://${HOST}/\0` }],
    ['a notifyUrl with a line break', { notifyUrl: `https://${HOST}/\r\nX: y` }],
    ['100 KB as a notifyUrl', { notifyUrl: `https://${HOST}/${HUGE}` }],
    ['an unknown notifyContentType', { notifyContentType: 'text/html' }],
    ['100 KB as a notifyContentType', { notifyContentType: HUGE }],
    ['a context that is a text', { context: 'x' }],
    ['a context that is null', { context: null }],
    ['a binding with a BigInt', { binding: { amount: 10n } }],
    ['a binding that holds itself', { binding: circular }],
    ['a binding with no number', { binding: { amount: NaN } }],
    ['a binding with a function', { binding: { amount: () => 100 } }],
    ['a binding that is a symbol', { binding: Symbol('amount') }],
    ['a binding that is a Map', { binding: new Map([['amount', 100]]) }],
    ['a binding that is still awaited', { binding: Promise.resolve({ amount: 100 }) }],
    ['a binding nested 20,000 deep', { binding: deep }],
  ])('refuses a request with %s', async (_, fields) => {
    expect(await ask(fields)).toBe('invalid_request');
  });

  it.each<[name: string, ask: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', MOBILE],
  ])('refuses %s as a request', async (_, given) => {
    expect(await refused(() => t.otps.request(given as OtpRequest))).toMatch(/^invalid_/);
  });

  const BY_ID: [name: string, call: (otps: OtpService, id: string) => Promise<unknown>][] = [
    ['verify', (otps, id) => otps.verify(id, '123456', { ticket: 'x', subject: 'owner' })],
    ['resend', (otps, id) => otps.resend(id, { ticket: 'x', subject: 'owner' })],
    ['cancel', (otps, id) => otps.cancel(id)],
    ['status', (otps, id) => otps.status(id)],
    ['history', (otps, id) => otps.history(id)],
  ];
  const NO_IDS: [name: string, id: unknown][] = [
    ['an unknown id', randomUUID()],
    ['a word', 'x'],
    ['nothing', ''],
    ['a NUL', NUL],
    ['100 KB', HUGE],
    ['no value', undefined],
  ];

  it.each(NO_IDS)('finds no OTP under %s', async (_, id) => {
    for (const [name, call] of BY_ID)
      expect([name, await refused(() => call(t.otps, id as string))]).toEqual([name, 'not_found']);
  });

  it.each(NO_IDS)('has nothing to revoke under %s', async (_, id) => {
    expect(await t.otps.revoke(id as string)).toBe(false);
  });

  const NO_HOLDERS: [name: string, holder: unknown][] = [
    ['no ticket', { ticket: undefined }],
    ['an empty ticket', { ticket: '' }],
    ['100 KB as a ticket', { ticket: HUGE }],
    ['another subject', { subject: 'stranger' }],
    ['an empty subject', { subject: '' }],
    ['a subject with a NUL', { subject: NUL }],
    ['100 KB as a subject', { subject: HUGE }],
  ];

  it.each(NO_HOLDERS)('shows an OTP to none with %s', async (_, given) => {
    const holder = given as object;
    const code = t.simulator.inbox.at(-1)!.code;
    expect(await refused(() => t.otps.verify(otp.id, code, holder))).toBe('not_found');
    expect(await refused(() => t.otps.resend(otp.id, holder))).toBe('not_found');
    expect(await refused(() => t.otps.cancel(otp.id, holder))).toBe('not_found');
    expect(await refused(() => t.otps.status(otp.id, holder))).toBe('not_found');
  });

  it.each([
    ['another purpose', 'transfer'],
    ['no purpose where one is asked for', undefined],
    ['an empty purpose', ''],
    ['a purpose that is an object', { $ne: null }],
    ['a purpose with a NUL', NUL],
  ])('shows an OTP to none who holds it for %s', async (_, purpose) => {
    const code = t.simulator.inbox.at(-1)!.code;
    const holder = { ticket: otp.ticket, purpose } as OtpHolder;
    const { attemptsLeft } = await t.otps.status(otp.id);
    expect(await refused(() => t.otps.verify(otp.id, code, holder))).toBe('not_found');
    expect(await refused(() => t.otps.resend(otp.id, holder))).toBe('not_found');
    expect(await refused(() => t.otps.cancel(otp.id, holder))).toBe('not_found');
    expect(await refused(() => t.otps.status(otp.id, holder))).toBe('not_found');
    expect(await t.otps.status(otp.id)).toMatchObject({ status: 'pending', attemptsLeft });
    const { purpose: own } = await t.otps.status(otp.id);
    expect(await t.otps.status(otp.id, { ticket: otp.ticket, purpose: own })).toBeDefined();
  });

  it('needs a holder to verify and to resend', async () => {
    const code = t.simulator.inbox.at(-1)!.code;
    const nobody = undefined as unknown as object;
    expect(await refused(() => t.otps.verify(otp.id, code, nobody))).toBe('not_found');
    expect(await refused(() => t.otps.resend(otp.id, nobody))).toBe('not_found');
  });

  it.each<[name: string, search: unknown]>([
    ['no key', {}],
    ['two keys', { mobile: MOBILE, subject: 'owner' }],
    ['an unknown key', { id: randomUUID() }],
    ['a key that every object has', { constructor: 'x' }],
    ['a value that is no text', { subject: { $ne: null } }],
    ['a value with a NUL', { subject: NUL }],
    ['nothing', undefined],
    ['null', null],
  ])('refuses to search by %s', async (_, search) => {
    expect(await refused(() => t.otps.find(search as { subject: string }))).toBe('invalid_request');
  });
});
