import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../../test/support/any-text.js';
import { FUZZ, FUZZ_TIMEOUT_MS } from '../../../test/contract/provider-fuzz.js';
import { repeats, shapeOf } from '../../../test/contract/provider-shapes.js';
import type { DeliveryReport } from '../../domain/delivery.js';
import { parseReports } from './ants.report.js';

const MESSAGE_ID = '25501288135972440649';
const CODE_TEXT = 'Your OTP is 918273';

const STATUS = { code: '000', name: 'DELIVERED', description: 'success' };
const DETAIL = {
  messageId: MESSAGE_ID,
  to: '66812345678',
  from: 'ANTS',
  text: CODE_TEXT,
  credit: '1',
  sendDate: '2019-05-27T14:39:00.00',
  doneDate: '2019-05-27T14:39:05.00',
  status: STATUS,
};
const PUSH = { bulkId: '898319fa', details: [DETAIL], callbackData: 'order-17' };

const READ: DeliveryReport = {
  messageId: MESSAGE_ID,
  bulkId: '898319fa',
  to: '66812345678',
  credit: '1',
  sentAt: new Date('2019-05-27T07:39:00Z'),
  doneAt: new Date('2019-05-27T07:39:05Z'),
  rawDates: { sendDate: '2019-05-27T14:39:00.00', doneDate: '2019-05-27T14:39:05.00' },
  delivery: 'delivered',
  statusName: 'DELIVERED',
  statusCode: '000',
  description: 'success',
  callbackData: 'order-17',
};
/** The report that the short bodies of this file mean. */
const SHORT: DeliveryReport = { messageId: '1', delivery: 'pending', statusName: 'PENDING' };

const JSON_TYPE = 'application/json';
const XML_TYPE = 'application/xml';

const asBuffer = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
};
const read = (body: unknown, contentType = JSON_TYPE) => parseReports(asBuffer(body), contentType);
const without = <T extends object, K extends keyof T>(value: T, ...keys: K[]) =>
  Object.fromEntries(
    Object.entries(value).filter(([key]) => !keys.includes(key as K)),
  ) as unknown as Omit<T, K>;
const withDetail = (detail: unknown) => ({ ...PUSH, details: [detail] });
const withStatus = (status: unknown) => withDetail({ ...DETAIL, status });
const withoutCallback = without(PUSH, 'callbackData');

/** One element for each key; a list repeats its element. */
const xml = (value: object): string =>
  Object.entries(value)
    .flatMap(([name, held]: [string, unknown]) =>
      (Array.isArray(held) ? (held as unknown[]) : [held]).map((one) => {
        const inner = typeof one === 'object' && one !== null ? xml(one) : String(one);
        return `<${name}>${inner}</${name}>`;
      }),
    )
    .join('');
const SHORT_FIELDS = '<messageId>1</messageId><status>PENDING</status>';
/** A short report whose callbackData is written in this way. */
const callback = (content: string) =>
  `<report>${SHORT_FIELDS}<callbackData>${content}</callbackData></report>`;
const shortWith = (callbackData: string): DeliveryReport => ({ ...SHORT, callbackData });

/** `สวัสดี` in the charset of Thai Windows; its letters have the same numbers in TIS-620. */
const THAI = 'สวัสดี';
const thaiBytes = (text: string) =>
  Buffer.from(
    Array.from(text, (letter) => {
      const point = letter.codePointAt(0) ?? 0;
      return point < 0x80 ? point : point - 0x0e00 + 0xa0;
    }),
  );
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

const INFOBIP_DETAIL = {
  bulkId: '898319fa',
  messageId: MESSAGE_ID,
  to: '66812345678',
  sentAt: '2015-02-12T09:58:20.323+0100',
  doneAt: '2015-02-12T09:58:21.000+0100',
  smsCount: 1,
  price: { pricePerMessage: 0.01, currency: 'EUR' },
  status: {
    groupId: 3,
    groupName: 'DELIVERED',
    id: 5,
    name: 'DELIVERED_TO_HANDSET',
    description: 'ok',
  },
  callbackData: 'order-17',
};
const INFOBIP_READ: DeliveryReport = {
  ...READ,
  sentAt: new Date('2015-02-12T08:58:20.323Z'),
  doneAt: new Date('2015-02-12T08:58:21Z'),
  rawDates: {
    sendDate: '2015-02-12T09:58:20.323+0100',
    doneDate: '2015-02-12T09:58:21.000+0100',
  },
  statusName: 'DELIVERED_TO_HANDSET',
  statusCode: '3',
  description: 'ok',
};
const NO_CALLBACK = without(READ, 'callbackData');

/** Each row: the shape, the body, the whole reading, and a content type that is not the usual one. */
type Row = [name: string, body: unknown, reports: DeliveryReport[], contentType?: string];

const JSON_SHAPES: Row[] = [
  ['the documented form', PUSH, [READ]],
  [
    'other key case',
    JSON.stringify(PUSH)
      .replace('"messageId"', '"MessageID"')
      .replace('"status"', '"STATUS"')
      .replace('"details"', '"Details"'),
    [READ],
  ],
  [
    'a messageId as a number keeps its digits',
    JSON.stringify(PUSH).replace(`"${MESSAGE_ID}"`, MESSAGE_ID),
    [READ],
  ],
  [
    'a receiver and a credit as numbers',
    withDetail({ ...DETAIL, to: 66812345678, credit: 1 }),
    [READ],
  ],
  ['details as one object', { ...PUSH, details: DETAIL }, [READ]],
  ['fields at the root', { ...without(PUSH, 'details'), ...DETAIL }, [READ]],
  ['details null, fields at the root', { ...PUSH, ...DETAIL, details: null }, [READ]],
  ['a list of pushes', [PUSH, PUSH], [READ, READ]],
  [
    'a list of details',
    [DETAIL, DETAIL],
    Array(2).fill(without(READ, 'bulkId', 'callbackData')) as DeliveryReport[],
  ],
  [
    'two details',
    { ...PUSH, details: [DETAIL, { ...DETAIL, messageId: '2' }] },
    [READ, { ...READ, messageId: '2' }],
  ],
  ['garbage beside a detail', { ...PUSH, details: [null, 1, 'x', {}, DETAIL] }, [READ]],
  ['one key around the push', { report: PUSH }, [READ]],
  ['two keys around a list of pushes', { body: { reports: [PUSH, PUSH] } }, [READ, READ]],
  ['one key around the list of details', { ...PUSH, details: { detail: [DETAIL] } }, [READ]],
  ['one key around each detail', { ...PUSH, details: [{ detail: DETAIL }] }, [READ]],
  ['details below details', { ...PUSH, details: { details: DETAIL } }, [READ]],
  ['bulkId missing', without(PUSH, 'bulkId'), [without(READ, 'bulkId')]],
  [
    'bulkId in the detail',
    { ...without(PUSH, 'bulkId'), details: [{ ...DETAIL, bulkId: '898319fa' }] },
    [READ],
  ],
  [
    'callbackData in the detail',
    { ...withoutCallback, details: [{ ...DETAIL, callbackData: 'order-17' }] },
    [READ],
  ],
  [
    'callbackData in the detail wins',
    withDetail({ ...DETAIL, callbackData: 'order-18' }),
    [{ ...READ, callbackData: 'order-18' }],
  ],
  [
    'callbackData in the status',
    { ...withoutCallback, details: [{ ...DETAIL, status: { ...STATUS, callbackData: 'o' } }] },
    [{ ...READ, callbackData: 'o' }],
  ],
  ['callbackData missing', withoutCallback, [NO_CALLBACK]],
  ['status as a list', withStatus([STATUS]), [READ]],
  [
    'status as a list of single fields',
    withStatus([{ code: '000' }, { name: 'DELIVERED' }, { description: 'success' }]),
    [READ],
  ],
  [
    'status as a list of states: the furthest',
    withStatus([{ code: '101', name: 'ACCEPTED' }, STATUS]),
    [READ],
  ],
  [
    'callbackData in another element of a status list',
    {
      ...withoutCallback,
      details: [{ ...DETAIL, status: [STATUS, { callbackData: 'order-17' }] }],
    },
    [READ],
  ],
  ['one key around the status', withStatus({ state: STATUS }), [READ]],
  ['status as a bare name', withStatus('DELIVERED'), [without(READ, 'statusCode', 'description')]],
  [
    'status as a bare number',
    withStatus(3),
    [{ ...without(READ, 'statusName', 'description'), statusCode: '3' }],
  ],
  [
    'no status',
    withDetail(without(DETAIL, 'status')),
    [{ ...without(READ, 'statusName', 'statusCode', 'description'), delivery: 'unknown' }],
  ],
  [
    'status null',
    withStatus(null),
    [{ ...without(READ, 'statusName', 'statusCode', 'description'), delivery: 'unknown' }],
  ],
  ['no messageId', withDetail(without(DETAIL, 'messageId')), [without(READ, 'messageId')]],
  [
    'no dates',
    withDetail(without(DETAIL, 'sendDate', 'doneDate')),
    [without(READ, 'sentAt', 'doneAt', 'rawDates')],
  ],
  [
    'a doneDate alone',
    withDetail(without(DETAIL, 'sendDate')),
    [{ ...without(READ, 'sentAt'), rawDates: { doneDate: DETAIL.doneDate } }],
  ],
  [
    'an unreadable date keeps its text',
    withDetail({ ...DETAIL, doneDate: 'yesterday' }),
    [
      {
        ...without(READ, 'doneAt'),
        rawDates: { sendDate: DETAIL.sendDate, doneDate: 'yesterday' },
      },
    ],
  ],
  [
    'a date with a blank and no zone is Bangkok time',
    { messageId: '1', status: 'PENDING', sendDate: '2019-05-27 14:39' },
    [
      {
        ...SHORT,
        sentAt: new Date('2019-05-27T07:39:00Z'),
        rawDates: { sendDate: '2019-05-27 14:39' },
      },
    ],
  ],
  [
    'fields of wrong types are absent',
    {
      bulkId: {},
      details: [{ messageId: '1', to: [], credit: true, status: 'PENDING', sendDate: {} }],
    },
    [SHORT],
  ],
  [
    'over-long fields are cut',
    {
      details: [
        { messageId: '9'.repeat(300), status: { name: 'PENDING', description: 'd'.repeat(900) } },
      ],
    },
    [{ ...SHORT, messageId: '9'.repeat(100), description: 'd'.repeat(500) }],
  ],
  [
    'what Postgres cannot hold is dropped',
    '{"messageId":"1\\u0000","status":"PENDING","callbackData":"a\\ud800b"}',
    [shortWith('ab')],
  ],
  [
    '__proto__ brings nothing',
    '{"__proto__":{"to":"x","callbackData":"x"},"messageId":"1","status":{"name":"PENDING","__proto__":{"code":"x"}}}',
    [SHORT],
  ],
  ['the sibling Infobip form', { results: [INFOBIP_DETAIL] }, [INFOBIP_READ]],
  ['results as one object', { results: INFOBIP_DETAIL }, [INFOBIP_READ]],
  [
    'a price for want of a count',
    { results: [{ messageId: '1', status: 'PENDING', price: { pricePerMessage: 0.01 } }] },
    [{ ...SHORT, credit: '0.01' }],
  ],
  [
    'a price as a number',
    { results: [{ messageId: '1', status: 'PENDING', price: 0.01 }] },
    [{ ...SHORT, credit: '0.01' }],
  ],
  ['a byte order mark', `\uFEFF${JSON.stringify(PUSH)}`, [READ]],
  ['blanks around it', `\r\n ${JSON.stringify(PUSH)}\n`, [READ]],
  ['UTF-16 with its mark', Buffer.from(`\uFEFF${JSON.stringify(PUSH)}`, 'utf16le'), [READ]],
  [
    'Thai letters as UTF-8',
    { messageId: '1', status: 'PENDING', callbackData: THAI },
    [shortWith(THAI)],
  ],
  [
    'Thai letters in the charset of the content type',
    thaiBytes(`{"messageId":"1","status":"PENDING","callbackData":"${THAI}"}`),
    [shortWith(THAI)],
    'application/json; charset="windows-874"',
  ],
  ['JSON called XML', PUSH, [READ], XML_TYPE],
  ['JSON called nothing', PUSH, [READ], ''],
  ['JSON called a text, with a charset', PUSH, [READ], 'text/plain; format=flowed; charset=UTF-8'],
];

const XML_SHAPES: Row[] = [
  ['the documented fields in order', `<report>${xml(PUSH)}</report>`, [READ]],
  ['XML: an element for each detail', xml({ r: { ...PUSH, details: { detail: DETAIL } } }), [READ]],
  [
    'XML: two details in one list',
    xml({ r: { ...PUSH, details: { detail: [DETAIL, DETAIL] } } }),
    [READ, READ],
  ],
  [
    'XML: the list repeated',
    xml({ deliveryReport: { ...PUSH, details: [DETAIL, DETAIL, DETAIL] } }),
    [READ, READ, READ],
  ],
  ['XML: fields at the root', xml({ r: { ...without(PUSH, 'details'), ...DETAIL } }), [READ]],
  [
    'XML: an empty list, fields at the root',
    xml({ r: { ...PUSH, ...DETAIL, details: '' } }),
    [READ],
  ],
  ['XML: several pushes', xml({ reports: { report: [PUSH, PUSH] } }), [READ, READ]],
  [
    'XML: an envelope with name-spaces',
    `<s:Envelope xmlns:s="urn:s"><s:Body><r:report xmlns:r="urn:r">${xml(PUSH).replace(/<(\/?)/g, '<$1r:')}</r:report></s:Body></s:Envelope>`,
    [READ],
  ],
  [
    'XML: a default name-space and attributes',
    `<report xmlns="urn:r" version="1.0">${xml(PUSH).replaceAll('<status>', "<status type='object'>")}</report>`,
    [READ],
  ],
  [
    'XML: other case of its names',
    xml({ R: PUSH }).replace(/<[^>]+>/g, (tag) => tag.toUpperCase()),
    [READ],
  ],
  [
    'XML: declaration, comment and instruction',
    `<?xml version="1.0" encoding="UTF-8"?>\n<!-- a & b --><?x y?>\n<report>${xml(PUSH)}<!-- end --></report>\n`,
    [READ],
  ],
  ['XML: indented', xml({ report: PUSH }).replace(/<[^>]+>/g, (tag) => `\n  ${tag}\n  `), [READ]],
  ['XML: text beside elements', `<report>a${xml(PUSH)}b</report>`, [READ]],
  [
    'XML: CDATA',
    xml({
      report: { ...PUSH, details: { ...DETAIL, text: `<![CDATA[<b>${CODE_TEXT}</b> & more]]>` } },
    }),
    [READ],
  ],
  [
    'XML: entities in the text of the SMS',
    xml({ report: { ...PUSH, details: { ...DETAIL, text: '&lt;#&gt; 918273 &amp; more' } } }),
    [READ],
  ],
  ['XML: a status list', xml({ r: withStatus({ item: [STATUS, { code: '101' }] }) }), [READ]],
  [
    'XML: a status element for each field',
    xml({ r: withStatus([{ code: '000' }, { name: 'DELIVERED' }, { description: 'success' }]) }),
    [READ],
  ],
  ['XML: a status in a status', xml({ r: withStatus({ status: STATUS }) }), [READ]],
  [
    'XML: a bare status name',
    xml({ r: withStatus('DELIVERED') }),
    [without(READ, 'statusCode', 'description')],
  ],
  [
    'XML: a bare status code',
    xml({ r: withStatus('3') }),
    [{ ...without(READ, 'statusName', 'description'), statusCode: '3' }],
  ],
  [
    'XML: no messageId',
    xml({ r: withDetail(without(DETAIL, 'messageId')) }),
    [without(READ, 'messageId')],
  ],
  [
    'XML: empty elements are absent',
    xml({ r: { ...PUSH, bulkId: '', callbackData: '' } }).replace('<bulkId></bulkId>', '<bulkId/>'),
    [without(READ, 'bulkId', 'callbackData')],
  ],
  [
    'XML: callbackData in the detail',
    xml({ r: { ...withoutCallback, details: { ...DETAIL, callbackData: 'order-17' } } }),
    [READ],
  ],
  [
    'XML: callbackData in the status',
    xml({
      r: {
        ...withoutCallback,
        details: { ...DETAIL, status: { ...STATUS, callbackData: 'order-17' } },
      },
    }),
    [READ],
  ],
  [
    'XML: an unreadable date',
    xml({ r: withDetail({ ...DETAIL, sendDate: '27/05/2562', doneDate: '-' }) }),
    [
      {
        ...without(READ, 'sentAt', 'doneAt'),
        rawDates: { sendDate: '27/05/2562', doneDate: '-' },
      },
    ],
  ],
  ['XML: the sibling form', xml({ r: { results: { result: INFOBIP_DETAIL } } }), [INFOBIP_READ]],
  ['XML: the five entities', callback('&lt;&amp;&gt;&quot;&apos;'), [shortWith('<&>"\'')]],
  ['XML: characters by number', callback('&#3626;&#x0E27;'), [shortWith('สว')]],
  ['XML: entities are read once', callback('&amp;lt;&#38;amp;'), [shortWith('&lt;&amp;')]],
  ['XML: CDATA has no entities', callback('<![CDATA[&lt;]]>&lt;'), [shortWith('&lt;<')]],
  ['XML: other entities stay', callback('&nbsp;&copy;'), [shortWith('&nbsp;&copy;')]],
  ['XML: a character over the last', callback('&#x110000;'), [shortWith('&#x110000;')]],
  ['XML: what Postgres cannot hold', callback('a&#0;b&#xD800;c'), [shortWith('abc')]],
  ['XML: blanks are data', callback(' a  b '), [shortWith(' a  b ')]],
  ['XML: line ends around a text are not', callback('\r\n  a\r\n '), [shortWith('a')]],
  [
    'XML: over-long fields are cut',
    `<r><messageId>${'9'.repeat(300)}</messageId><status>PENDING</status></r>`,
    [{ ...SHORT, messageId: '9'.repeat(100) }],
  ],
  [
    'XML: names of Object.prototype',
    `<r>${SHORT_FIELDS}<hasOwnProperty>1</hasOwnProperty><toString>2</toString></r>`,
    [SHORT],
  ],
  ['XML: a byte order mark', `\uFEFF<report>${xml(PUSH)}</report>`, [READ]],
  [
    'XML: UTF-16 with its mark',
    utf16be(`\uFEFF<?xml version="1.0" encoding="utf-16"?><r>${SHORT_FIELDS}</r>`),
    [SHORT],
  ],
  [
    'XML: called UTF-16, but is not',
    `<?xml version="1.0" encoding="utf-16"?>${callback(THAI)}`,
    [shortWith(THAI)],
  ],
  [
    'XML: Thai letters in the charset of its declaration',
    thaiBytes(`<?xml version='1.0' encoding='tis-620'?>${callback(THAI)}`),
    [shortWith(THAI)],
  ],
  [
    'XML: the charset of the content type goes before its declaration',
    thaiBytes(`<?xml version="1.0" encoding="utf-8"?>${callback(THAI)}`),
    [shortWith(THAI)],
    'text/xml;charset=windows-874',
  ],
  ['XML called text/xml', `<r>${SHORT_FIELDS}</r>`, [SHORT], 'text/xml'],
  ['XML called JSON', `<r>${SHORT_FIELDS}</r>`, [SHORT], JSON_TYPE],
  ['XML called nothing', `<r>${SHORT_FIELDS}</r>`, [SHORT], ''],
];

const SHAPES = [
  ...JSON_SHAPES.map((row) => [...row, JSON_TYPE] as const),
  ...XML_SHAPES.map((row) => [...row, XML_TYPE] as const),
].map(([name, body, reports, contentType, usual]) => ({
  name,
  body: asBuffer(body),
  reports,
  contentType: contentType ?? usual,
}));

/** One report in many ways to say its state; each row: the status, and what the report says. */
const STATUSES: [status: unknown, report: Omit<DeliveryReport, 'messageId'>][] = [
  [{ name: 'ACCEPTED' }, { delivery: 'accepted', statusName: 'ACCEPTED' }],
  [
    { name: 'PENDING', code: '000' },
    { delivery: 'pending', statusName: 'PENDING', statusCode: '000' },
  ],
  [{ name: 'UNDELIVERED' }, { delivery: 'undelivered', statusName: 'UNDELIVERED' }],
  [{ name: 'UNDELIVERABLE' }, { delivery: 'undelivered', statusName: 'UNDELIVERABLE' }],
  [
    { name: 'DELIVERED', code: '000' },
    { delivery: 'delivered', statusName: 'DELIVERED', statusCode: '000' },
  ],
  [{ name: 'EXPIRED' }, { delivery: 'expired', statusName: 'EXPIRED' }],
  [{ name: 'REJECTED' }, { delivery: 'rejected', statusName: 'REJECTED' }],
  [{ name: 'COMPLETED' }, { delivery: 'completed', statusName: 'COMPLETED' }],
  [{ name: ' delivered ' }, { delivery: 'delivered', statusName: ' delivered ' }],
  [
    { name: 'UNDELIVERED', code: '3' },
    { delivery: 'undelivered', statusName: 'UNDELIVERED', statusCode: '3' },
  ],
  [
    { name: 'LOST', code: '3' },
    { delivery: 'unknown', statusName: 'LOST', statusCode: '3' },
  ],
  [{ name: 'constructor' }, { delivery: 'unknown', statusName: 'constructor' }],
  [
    { name: 'LOST', groupName: 'REJECTED' },
    { delivery: 'rejected', statusName: 'LOST' },
  ],
  [{ groupName: 'REJECTED' }, { delivery: 'rejected', statusName: 'REJECTED' }],
  [{ groupId: 4 }, { delivery: 'expired', statusCode: '4' }],
  ['DELIVERED', { delivery: 'delivered', statusName: 'DELIVERED' }],
  ['3', { delivery: 'delivered', statusCode: '3' }],
  [3, { delivery: 'delivered', statusCode: '3' }],
  [{ code: 0 }, { delivery: 'accepted', statusCode: '0' }],
  [{ code: '1' }, { delivery: 'pending', statusCode: '1' }],
  [{ code: '2' }, { delivery: 'undelivered', statusCode: '2' }],
  [{ code: '4' }, { delivery: 'expired', statusCode: '4' }],
  [{ code: '5' }, { delivery: 'rejected', statusCode: '5' }],
  [{ code: '6' }, { delivery: 'completed', statusCode: '6' }],
  [{ code: '7' }, { delivery: 'unknown', statusCode: '7' }],
  [{ code: '000' }, { delivery: 'unknown', statusCode: '000' }],
  [{ code: '03' }, { delivery: 'unknown', statusCode: '03' }],
  [
    { code: '204', name: null },
    { delivery: 'unknown', statusCode: '204' },
  ],
  [['DELIVERED'], { delivery: 'delivered', statusName: 'DELIVERED' }],
  [[{ name: 'PENDING' }, { name: 'LOST' }], { delivery: 'pending', statusName: 'PENDING' }],
  [[], { delivery: 'unknown' }],
  [{}, { delivery: 'unknown' }],
  [true, { delivery: 'unknown' }],
];

const NO_JSON = 'The body is neither JSON nor XML.';
const NO_XML = 'The body is not well-formed XML without a DTD.';
const NO_REPORT = 'The body holds no delivery report.';
const TOO_MANY = 'The push holds more than 100 reports.';
const TOO_LONG = 'The body is longer than 64 KB.';
const BOMB = `<!DOCTYPE r [<!ENTITY a "918273"><!ENTITY b "${'&a;'.repeat(10)}"><!ENTITY c "${'&b;'.repeat(10)}">]>`;

const UNREADABLE: [name: string, body: unknown, detail: string, contentType?: string][] = [
  ['nothing', '', NO_JSON],
  ['blanks', ' \n', NO_JSON],
  ['cut JSON', JSON.stringify(PUSH).slice(0, -2), NO_JSON],
  ['text', CODE_TEXT, NO_JSON, 'text/plain'],
  ['a form', 'details=1&messageId=2', NO_JSON, 'application/x-www-form-urlencoded'],
  ['a key in two cases', '{"messageId":"1","MessageId":"2"}', NO_JSON],
  ['a key twice', '{"messageId":"1","messageId":"2"}', NO_JSON],
  ['deep JSON lists', '['.repeat(30_000), NO_JSON],
  ['deep JSON objects', '{"a":'.repeat(500) + '1' + '}'.repeat(500), NO_REPORT],
  ['null', 'null', NO_REPORT],
  ['an empty object', '{}', NO_REPORT],
  ['no details', '{"bulkId":"1","details":[]}', NO_REPORT],
  ['a status without content', '{"status":{}}', NO_REPORT],
  ['a report below five keys', { a: { b: { c: { d: { e: PUSH } } } } }, NO_REPORT],
  ['a report in the text', { text: PUSH }, NO_REPORT],
  ['101 details', { details: Array(101).fill(DETAIL) }, TOO_MANY],
  ['101 pushes', Array(101).fill(PUSH), TOO_MANY],
  ['51 pushes of two', Array(51).fill({ details: [SHORT, SHORT] }), TOO_MANY],
  ['65 KB', `"${'x'.repeat(65_536)}"`, TOO_LONG],
  [
    'a charset that is none',
    PUSH,
    'The charset "klingon" cannot be read: send UTF-8.',
    'application/json; charset=klingon',
  ],
  [
    'UTF-7',
    '+ADw-r/+AD4-',
    'The charset "UTF-7" cannot be read: send UTF-8.',
    'text/xml; charset=UTF-7',
  ],
  [
    'a charset of EBCDIC',
    `<?xml version="1.0" encoding="IBM037"?><r>${SHORT_FIELDS}</r>`,
    'The charset "IBM037" cannot be read: send UTF-8.',
    XML_TYPE,
  ],
  ['UTF-16 without its mark', Buffer.from(JSON.stringify(PUSH), 'utf16le'), NO_JSON],
  ['XML without a report', '<report/>', NO_REPORT, XML_TYPE],
  ['XML with a text', `<report>${CODE_TEXT}</report>`, NO_REPORT, XML_TYPE],
  [
    'XML with everything in attributes',
    '<report messageId="1" status="PENDING"/>',
    NO_REPORT,
    XML_TYPE,
  ],
  ['XML: 101 details', xml({ r: { details: Array(101).fill(SHORT) } }), TOO_MANY, XML_TYPE],
  ['XML: 65 KB', `<r>${'x'.repeat(65_536)}</r>`, TOO_LONG, XML_TYPE],
  ['XML: not closed', `<report>${xml(PUSH)}`, NO_XML, XML_TYPE],
  ['XML: closed by another', `<report>${xml(PUSH)}</push>`, NO_XML, XML_TYPE],
  ['XML: two roots', '<r/><r/>', NO_XML, XML_TYPE],
  ['XML: text after the root', '<r></r>x', NO_XML, XML_TYPE],
  ['XML: a bare &', callback('a & b'), NO_XML, XML_TYPE],
  ['XML: an attribute without quotes', '<r a=1/>', NO_XML, XML_TYPE],
  ['XML: CDATA that is not closed', '<r><![CDATA[', NO_XML, XML_TYPE],
  ['XML: a comment that is not closed', `<r>${SHORT_FIELDS}</r><!--`, NO_XML, XML_TYPE],
  ['XML: HTML', '<!doctype html><html><br></html>', NO_XML, 'text/html'],
  [
    'XML: a DTD',
    `<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r>${SHORT_FIELDS}</r>`,
    NO_XML,
    XML_TYPE,
  ],
  [
    'XML: an entity bomb',
    `${BOMB}<r>${SHORT_FIELDS}<callbackData>&c;</callbackData></r>`,
    NO_XML,
    XML_TYPE,
  ],
  [
    'XML: an external entity',
    `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${callback('&x;')}`,
    NO_XML,
    XML_TYPE,
  ],
  ['XML: a DTD inside', `<r>${SHORT_FIELDS}<!DOCTYPE r></r>`, NO_XML, XML_TYPE],
  ['XML: 16 levels', '<a>'.repeat(16) + '</a>'.repeat(16), NO_REPORT, XML_TYPE],
  ['XML: 17 levels', '<a>'.repeat(17) + '</a>'.repeat(17), NO_XML, XML_TYPE],
  [
    'XML: 9,000 levels',
    '<a>'.repeat(9_000) + '</a>'.repeat(9_000).slice(0, 36_000),
    NO_XML,
    XML_TYPE,
  ],
  ['XML: __proto__', `<r>${SHORT_FIELDS}<__proto__><to>x</to></__proto__></r>`, NO_XML, XML_TYPE],
];

/** By what is said of it; every other sentence is about a charset. */
const REASONS = new Map([
  [NO_JSON, 'syntax'],
  [NO_XML, 'syntax'],
  [NO_REPORT, 'no_report'],
  [TOO_MANY, 'too_many'],
  [TOO_LONG, 'too_large'],
]);

/** Every row is about section 3 of what is known of ANTS, its delivery reports. */
describe('parseReports', () => {
  it.each(SHAPES)('reads $name', async ({ body, contentType, reports }) => {
    expect(await parseReports(body, contentType)).toStrictEqual({ kind: 'read', reports });
  });

  it('reads at least 60 shapes, each once', () => {
    const rows = SHAPES.map(({ name, body, contentType }) => ({
      name,
      shape: `${contentType} ${shapeOf(body.toString('latin1'))}`,
    }));
    expect(repeats(rows)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });

  it('has each status and each body that cannot be read once', () => {
    for (const table of [STATUSES, UNREADABLE]) {
      const rows = table.map(([first, ...rest]) =>
        JSON.stringify(table === STATUSES ? first : rest),
      );
      expect(rows.filter((row, n) => rows.indexOf(row) < n)).toEqual([]);
    }
  });

  it.each(STATUSES)('understands the status %j', async (status, report) => {
    expect(await read({ messageId: '1', status })).toStrictEqual({
      kind: 'read',
      reports: [{ messageId: '1', ...report }],
    });
  });

  it.each(UNREADABLE.map(([name, ...row]) => ({ name, row })))(
    'cannot read $name',
    async ({ row }) => {
      const [body, detail, contentType] = row;
      expect(await read(body, contentType)).toStrictEqual({
        kind: 'unreadable',
        reason: REASONS.get(detail) ?? 'charset',
        detail,
        fieldNames: expect.any(Array),
      });
    },
  );

  it.each([
    [
      'JSON',
      { A: 1, details: [{ text: CODE_TEXT, b: { c: 1 } }] },
      ['a', 'details', 'text', 'b', 'c'],
    ],
    ['XML', '<r><x>1</x><y><z/></y></r>', ['x', 'y', 'z']],
    ['JSON without fields', '[]', []],
    ['no JSON', '{"a":', []],
    ['a body that only looks like a form', 'a=1&b=2', []],
  ])('names the fields of %s', async (_name, body, names) => {
    const { fieldNames = [] } = (await read(body)) as { fieldNames?: string[] };
    expect([...fieldNames].sort()).toEqual([...names].sort());
  });

  it('names the fields of a form', async () => {
    const type = 'application/x-www-form-urlencoded; charset=utf-8';
    expect(await read('messageId=1&Your+OTP+is+1', type)).toMatchObject({
      reason: 'syntax',
      fieldNames: ['messageId', 'Your OTP is 1'],
    });
  });

  it('reads 100 details', async () => {
    const all = { kind: 'read', reports: Array(100).fill(SHORT) as DeliveryReport[] };
    const details = Array(100).fill({ messageId: '1', status: 'PENDING' }) as object[];
    expect(await read({ details })).toStrictEqual(all);
    expect(await read(xml({ r: { details } }))).toStrictEqual(all);
  });

  it('lets nothing of the SMS text through', async () => {
    for (const { body, contentType } of SHAPES) {
      expect(JSON.stringify(await parseReports(body, contentType))).not.toContain('918273');
    }
  });
});

describe('fuzz', () => {
  const SECRET = 'k9QxZ';
  const KNOWN = { messageId: MESSAGE_ID, text: SECRET };
  const values = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.constantFrom('DELIVERED', '2019-05-27T14:39:00.00', null, ''),
  );
  const fields = fc.record(
    {
      to: values,
      from: values,
      credit: values,
      sendDate: values,
      doneDate: values,
      status: fc.oneof(
        values,
        fc.record({ code: values, name: values, text: fc.constant(SECRET) }),
      ),
      callbackData: values,
    },
    { requiredKeys: [] },
  );
  const detail = fields.map((some) => ({ ...some, ...KNOWN }));
  const push = fc.oneof(
    detail,
    fc.record({
      details: fc.array(detail, { minLength: 1, maxLength: 3 }),
      text: fc.constant(SECRET),
    }),
    fc.record({ results: detail }),
    fc.record({ details: fc.record({ detail }) }),
  );
  const escaped = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(escaped)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, held]) => [key, escaped(held)]))
        : String(value).replace(/[^\w .:-]/gu, (letter) => `&#${letter.codePointAt(0) ?? 0};`);
  const written = fc.oneof(
    push.map((value) => JSON.stringify(value)),
    fc.array(push, { minLength: 1, maxLength: 2 }).map((value) => JSON.stringify(value)),
    push.map((value) => xml({ report: escaped(value) as object })),
    push.map(
      (value) => `<?xml version="1.0"?>\n<a:r xmlns:a="b">${xml(escaped(value) as object)}</a:r>`,
    ),
  );
  const types = fc.constantFrom(JSON_TYPE, XML_TYPE, '', 'text/plain; charset=utf-8');

  it(
    'reads every report that was built, and never its text',
    async () => {
      await fc.assert(
        fc.asyncProperty(written, types, async (source, type) => {
          const reading = await parseReports(Buffer.from(source), type);
          const ids = reading.kind === 'read' ? reading.reports.map((r) => r.messageId) : reading;
          expect(ids).toEqual(source.match(new RegExp(MESSAGE_ID, 'g')));
          expect(JSON.stringify(reading)).not.toContain(SECRET);
        }),
        FUZZ,
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  const NAMES = {
    ACCEPTED: 'accepted',
    PENDING: 'pending',
    UNDELIVERED: 'undelivered',
    UNDELIVERABLE: 'undelivered',
    DELIVERED: 'delivered',
    EXPIRED: 'expired',
    REJECTED: 'rejected',
    COMPLETED: 'completed',
    LOST: 'unknown',
  } as const;
  const said = fc.record({
    messageId: fc.stringMatching(/^\d{20}$/),
    to: fc.stringMatching(/^66[689]\d{8}$/),
    callbackData: fc.stringMatching(/^[a-z][\w-]{0,20}$/),
    name: fc.constantFrom(...(Object.keys(NAMES) as (keyof typeof NAMES)[])),
  });
  const LAYOUTS: ((details: object[]) => string)[] = [
    (details) => JSON.stringify({ bulkId: '1', details }),
    (details) => JSON.stringify({ results: details }),
    (details) => JSON.stringify(details.map((one) => ({ details: one }))),
    (details) => JSON.stringify(details),
    (details) => xml({ report: { details: { detail: details } } }),
    (details) => xml({ r: { result: details } }),
  ];

  it(
    'reads of each what was said of it, whatever the layout',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(said, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(...LAYOUTS),
          types,
          async (all, layout, type) => {
            const details = all.map(({ name, ...rest }) => ({ ...rest, status: { name } }));
            const reading = await parseReports(Buffer.from(layout(details)), type);
            const reports = reading.kind === 'read' ? reading.reports : [];
            expect(
              reports.map(({ messageId, to, callbackData, delivery }) => ({
                ...{ messageId, to, callbackData, delivery },
              })),
            ).toEqual(all.map(({ name, ...rest }) => ({ ...rest, delivery: NAMES[name] })));
          },
        ),
        FUZZ,
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'never throws for anything else, and reads nothing where no field of a report is named',
    async () => {
      const field = /messageid|status|groupid|groupname/i;
      const damaged = fc
        .tuple(written, fc.nat(), fc.nat(20), anyText({ maxLength: 5 }))
        .map(([source, at, length, inserted]) => {
          const start = at % source.length;
          return source.slice(0, start) + inserted + source.slice(start + length);
        });
      const bodies = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
        fc.string().map((text) => Buffer.from(`<r>${text}</r>`)),
        damaged.map((text) => Buffer.from(text)),
        damaged.map((text) => Buffer.from(text, 'utf16le')),
      );
      await fc.assert(
        fc.asyncProperty(bodies, fc.oneof(types, fc.string()), async (body, type) => {
          const { kind } = await parseReports(body, type);
          const named = [body.toString(), body.toString('utf16le')].some((text) =>
            field.test(text),
          );
          expect(named ? ['read', 'unreadable'] : ['unreadable']).toContain(kind);
        }),
        FUZZ,
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
