import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { heldMegabytes } from '../support/heap.js';
import { itInAll } from '../support/in-all.js';

const JSON_TYPE = 'application/json';
const XML_TYPE = 'application/xml';
const SHORT = { messageId: '25501288135972440649', status: 'PENDING' };
const SHORT_XML = '<messageId>25501288135972440649</messageId><status>PENDING</status>';
/** Fills a body up to the 32 KB that the webhook takes. */
const FULL = 32 * 1024;
const times = (part: string, around = '') =>
  part.repeat(Math.floor((FULL - around.length) / part.length));
const wide = (part: string) => `<r>${times(part, '<r></r>')}</r>`;
const BILLION_LAUGHS = `<!DOCTYPE r [<!ENTITY a0 "ha">${Array.from(
  { length: 12 },
  (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`,
).join('')}]><r>${SHORT_XML}<callbackData>&a12;</callbackData></r>`;
const QUADRATIC = `<!DOCTYPE r [<!ENTITY a "${'a'.repeat(10_000)}">]><r>${SHORT_XML}<bulkId>${'&a;'.repeat(5_000)}</bulkId></r>`;

const REFUSED: [name: string, body: string | Buffer, type: string][] = [
  ['an entity bomb', BILLION_LAUGHS, XML_TYPE],
  ['one entity used often', QUADRATIC, XML_TYPE],
  ['a DTD alone', `<!DOCTYPE r><r>${SHORT_XML}</r>`, 'text/xml'],
  ['JSON lists 32,000 deep', times('['), JSON_TYPE],
  ['JSON objects 6,000 deep', times('{"a":'), JSON_TYPE],
  ['XML 10,000 deep', times('<a>'), XML_TYPE],
  ['XML 17 deep', '<a>'.repeat(17) + '</a>'.repeat(17), XML_TYPE],
  ['8,000 empty elements', wide('<b/>'), XML_TYPE],
  ['6,000 entities', `<r><to>${'&amp;'.repeat(6_000)}</to></r>`, XML_TYPE],
  ['6,000 ampersands', `<r>${'&'.repeat(6_000)}</r>`, XML_TYPE],
  ['8,000 comments that do not end', `<r>${times('<!--', '<r>')}`, XML_TYPE],
  [
    '3,000 attributes',
    `<r ${Array.from({ length: 3_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
    XML_TYPE,
  ],
  ['32 KB of blanks in a tag', `<r${' '.repeat(32_000)}/>`, XML_TYPE],
  ['32 KB of line ends', `<r>${'\n'.repeat(32_000)}</r>`, XML_TYPE],
  [
    '__proto__ as an element',
    `<r>${SHORT_XML}<__proto__><polluted>1</polluted></__proto__></r>`,
    XML_TYPE,
  ],
  ['101 details in XML', `<r>${`<details>${SHORT_XML}</details>`.repeat(101)}</r>`, XML_TYPE],
  ['UTF-7', '+ADw-r/+AD4-', `${XML_TYPE}; charset=utf-7`],
  ['a multipart body', '--x\r\n\r\n{}\r\n--x--', 'multipart/form-data; boundary=x'],
  ['random bytes', Buffer.from(Array.from({ length: 2_000 }, (_, i) => (i * 7919) % 256)), ''],
];

const CALLBACK = 'ใบสั่ง 17';
/** In the charset of Thai Windows, which has TIS-620 in it. */
const thaiBytes = (source: string) =>
  Buffer.from(
    Array.from(source, (letter) => {
      const point = letter.codePointAt(0) ?? 0;
      return point < 0x80 ? point : point - 0x0e00 + 0xa0;
    }),
  );
const withThai = `<r>${SHORT_XML}<callbackData>${CALLBACK}</callbackData></r>`;

const TAKEN: [name: string, body: string | Buffer, type: string][] = [
  [
    'JSON with __proto__',
    `{"__proto__":{"polluted":1},${JSON.stringify(SHORT).slice(1)}`,
    JSON_TYPE,
  ],
  ['XML', withThai, XML_TYPE],
  ['XML of another type', withThai, 'text/xml; charset=utf-8'],
  ['XML without a type', withThai, ''],
  ['XML in the charset of Thai Windows', thaiBytes(withThai), 'text/xml; charset=windows-874'],
  [
    'XML in the charset it declares',
    thaiBytes(`<?xml version="1.0" encoding="tis-620"?>${withThai}`),
    XML_TYPE,
  ],
  ['XML in UTF-16', Buffer.from(`\uFEFF${withThai}`, 'utf16le'), XML_TYPE],
  ['JSON without a type', JSON.stringify({ ...SHORT, callbackData: CALLBACK }), ''],
  [
    'JSON with bytes that are no UTF-8',
    Buffer.concat([
      Buffer.from(`{"text":"`),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from(`",${JSON.stringify(SHORT).slice(1)}`),
    ]),
    JSON_TYPE,
  ],
];

describe.each(ADAPTERS)('hostile reports on %s', (adapter) => {
  let t: TestApp;
  let stranger: Server;
  let visits = 0;
  beforeAll(async () => {
    t = await bootApp({ adapter });
    stranger = createServer((socket) => {
      visits += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
  });
  afterAll(async () => {
    stranger.close();
    await t.close();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const ask = async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile, callbackData: CALLBACK });
    await t.simulator.reportsSettled();
    return { otp, path: new URL(t.simulator.lastSms(mobile)!.notifyUrl!).pathname };
  };
  const open = (path: string, headers: Record<string, string>) =>
    httpRequest(t.url + path, { method: 'POST', agent: false, headers });
  /** Posts a body and reads the answer, whether or not the body is taken to its end. */
  const post = async (path: string, body: string | Buffer, type: string) => {
    const request = open(path, {
      'Content-Length': String(Buffer.byteLength(body)),
      ...(type && { 'Content-Type': type }),
    });
    request.on('error', () => undefined);
    request.end(body);
    const [response] = (await once(request, 'response')) as [
      Parameters<typeof text>[0] & { statusCode: number },
    ];
    return { status: response.statusCode, body: await text(response).catch(() => '') };
  };
  const reports = async (id: string) =>
    (await t.otps.history(id)).filter(({ type }) => /^(un)?deliver/.test(type));

  it.each(REFUSED)('refuse %s', async (_name, body, type) => {
    const { otp, path } = await ask();
    const started = performance.now();
    const answer = await post(path, body, type);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_report' });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await reports(otp.id)).toHaveLength(1);
  });

  it.each(TAKEN)('take %s', async (_name, body, type) => {
    const { otp, path } = await ask();
    expect(await post(path, body, type)).toEqual({ status: 200, body: '' });
    expect((await reports(otp.id))[1]).toMatchObject({
      type: 'delivery_report',
      data: { messageId: SHORT.messageId, delivery: 'pending' },
    });
    expect({}).not.toHaveProperty('polluted');
  });

  it('ask nobody for an external entity', async () => {
    const { path } = await ask();
    const { port } = stranger.address() as AddressInfo;
    const where = `http://127.0.0.1:${port}/x.dtd`;
    for (const dtd of [
      `r SYSTEM "${where}"`,
      `r [<!ENTITY x SYSTEM "${where}">]`,
      `r [<!ENTITY % x SYSTEM "${where}"> %x;]`,
    ])
      expect((await post(path, `<!DOCTYPE ${dtd}><r>&x;</r>`, XML_TYPE)).status).toBe(400);
    expect(visits).toBe(0);
  });

  it('take 100 details, and 33 KB in chunks are still too many', async () => {
    const { otp, path } = await ask();
    const details = Array.from({ length: 100 }, (_, i) => ({
      messageId: String(i),
      status: 'PENDING',
    }));
    expect((await post(path, JSON.stringify({ details }), JSON_TYPE)).status).toBe(200);
    expect(await reports(otp.id)).toHaveLength(101);
    const chunked = open(path, { 'Transfer-Encoding': 'chunked' });
    chunked.on('error', () => undefined);
    for (let i = 0; i < 33; i += 1) chunked.write('x'.repeat(1024));
    const [response] = (await once(chunked, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(413);
    chunked.destroy();
  });

  it('of 10 MB are refused by their length alone, before any of it came', async () => {
    const { otp, path } = await ask();
    const announced = open(path, { 'Content-Length': String(10 * 1024 * 1024) });
    announced.on('error', () => undefined);
    announced.flushHeaders();
    const [response] = (await once(announced, 'response')) as [
      Parameters<typeof text>[0] & { statusCode: number },
    ];
    expect(response.statusCode).toBe(413);
    expect(JSON.parse(await text(response))).toMatchObject({ code: 'report_too_large' });
    await until('the connection is cut', () => announced.destroyed);
    expect(await reports(otp.id)).toHaveLength(1);
  });

  it('keep nothing of the SMS text', async () => {
    const { otp, path } = await ask();
    const sms = `<text><![CDATA[Your OTP is 918273 <b>]]></text><text>918273</text>`;
    expect((await post(path, `<r>${sms}${SHORT_XML}</r>`, XML_TYPE)).status).toBe(200);
    const refused = await post(path, `<r>${sms}</r>`, XML_TYPE);
    expect(refused.status).toBe(400);
    expect(refused.body + JSON.stringify(await reports(otp.id))).not.toContain('918273');
  });

  describe('with the five seconds of a body gone by', () => {
    const BODY_TIMEOUT_MS = 5_000;
    beforeAll(() => {
      const wait = globalThis.setTimeout;
      jest
        .spyOn(globalThis, 'setTimeout')
        .mockImplementation((run: () => void, ms?: number) =>
          wait(run, ms === BODY_TIMEOUT_MS ? 100 : ms),
        );
    });

    it('answer 408 to a body that does not come, or comes in drops, and cut it', async () => {
      const { otp, path } = await ask();
      for (const drops of [false, true]) {
        const request = open(path, { 'Content-Length': '1000', 'Content-Type': JSON_TYPE });
        request.on('error', () => undefined);
        request.write('{');
        const dripping = drops && setInterval(() => request.write(' '), 20);
        const [response] = (await once(request, 'response')) as [
          Parameters<typeof text>[0] & { statusCode: number },
        ];
        expect(response.statusCode).toBe(408);
        expect(JSON.parse(await text(response))).toMatchObject({ code: 'report_too_slow' });
        await until('the connection is cut', () => request.destroyed);
        if (dripping) clearInterval(dripping);
      }
      expect(await reports(otp.id)).toHaveLength(1);
    });
  });

  itInAll('leave memory as it was, and the next report is taken', async () => {
    const { otp, path } = await ask();
    const round = async () => {
      for (const [, body, type] of REFUSED) await post(path, body, type);
    };
    for (let i = 0; i < 3; i += 1) await round();
    const before = heldMegabytes();
    for (let i = 0; i < 10; i += 1) await round();
    expect(heldMegabytes() - before).toBeLessThan(8);
    expect((await post(path, withThai, XML_TYPE)).status).toBe(200);
    expect(await reports(otp.id)).toHaveLength(2);
  });
});
