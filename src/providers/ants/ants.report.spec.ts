import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeliveryReport } from '../../domain/delivery.js';
import { parseReports } from './ants.report.js';

const MESSAGE_ID = '25501288135972440649';
const CODE_TEXT = 'Your OTP is 918273';

const DETAIL = {
  messageId: MESSAGE_ID,
  to: '66812345678',
  from: 'ANTS',
  text: CODE_TEXT,
  credit: '1',
  sendDate: '2019-05-27T14:39:00.00',
  doneDate: '2019-05-27T14:39:05.00',
  status: { code: '000', name: 'DELIVERED', description: 'success' },
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

const JSON_TYPE = 'application/json';
const read = (body: unknown, contentType = JSON_TYPE) =>
  parseReports(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), contentType);
const without = <T extends object>(value: T, ...keys: (keyof T)[]) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as keyof T)));
const withStatus = (status: unknown) => ({ ...PUSH, details: [{ ...DETAIL, status }] });

const INFOBIP = {
  results: [
    {
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
    },
  ],
};

/** Each row: the fact it guards (all of section 3), the body, the reports. */
const SHAPES: [name: string, body: unknown, reports: DeliveryReport[]][] = [
  ['the documented form', PUSH, [READ]],
  [
    'other key case',
    JSON.parse(
      JSON.stringify(PUSH)
        .replaceAll('"messageId"', '"MessageID"')
        .replaceAll('"status"', '"STATUS"'),
    ),
    [READ],
  ],
  [
    'a messageId as a number keeps its digits',
    JSON.stringify(PUSH).replace(`"${MESSAGE_ID}"`, MESSAGE_ID),
    [READ],
  ],
  [
    'a receiver and a credit as numbers',
    { ...PUSH, details: [{ ...DETAIL, to: 66812345678, credit: 1 }] },
    [READ],
  ],
  ['details as one object', { ...PUSH, details: DETAIL }, [READ]],
  ['fields at the root', { ...without(PUSH, 'details'), ...DETAIL }, [READ]],
  ['details null, fields at the root', { ...PUSH, ...DETAIL, details: null }, [READ]],
  ['an array of pushes', [PUSH, PUSH], [READ, READ]],
  [
    'two details',
    { ...PUSH, details: [DETAIL, { ...DETAIL, messageId: '2' }] },
    [READ, { ...READ, messageId: '2' }],
  ],
  ['garbage beside a detail', { ...PUSH, details: [null, 1, 'x', {}, DETAIL] }, [READ]],
  [
    'bulkId missing',
    without(PUSH, 'bulkId'),
    [without(READ, 'bulkId') as unknown as DeliveryReport],
  ],
  [
    'bulkId in the detail',
    { ...without(PUSH, 'bulkId'), details: [{ ...DETAIL, bulkId: '898319fa' }] },
    [READ],
  ],
  [
    'callbackData in the detail',
    { ...without(PUSH, 'callbackData'), details: [{ ...DETAIL, callbackData: 'order-17' }] },
    [READ],
  ],
  [
    'callbackData in the detail wins',
    { ...PUSH, details: [{ ...DETAIL, callbackData: 'order-18' }] },
    [{ ...READ, callbackData: 'order-18' }],
  ],
  [
    'callbackData in the status',
    {
      ...without(PUSH, 'callbackData'),
      details: [{ ...DETAIL, status: { ...DETAIL.status, callbackData: 'order-17' } }],
    },
    [READ],
  ],
  [
    'callbackData missing',
    without(PUSH, 'callbackData'),
    [without(READ, 'callbackData') as unknown as DeliveryReport],
  ],
  ['status as a list', withStatus([DETAIL.status]), [READ]],
  [
    'status as a list of single fields',
    withStatus([{ code: '000' }, { name: 'DELIVERED' }, { description: 'success' }]),
    [READ],
  ],
  [
    'status as a list of states: the furthest',
    withStatus([{ code: '101', name: 'ACCEPTED' }, DETAIL.status]),
    [READ],
  ],
  [
    'callbackData in another element of a status list',
    {
      ...without(PUSH, 'callbackData'),
      details: [{ ...DETAIL, status: [DETAIL.status, { callbackData: 'order-17' }] }],
    },
    [READ],
  ],
  [
    'no status',
    { ...PUSH, details: [without(DETAIL, 'status')] },
    [
      {
        ...(without(READ, 'statusName', 'statusCode', 'description') as unknown as DeliveryReport),
        delivery: 'unknown',
      },
    ],
  ],
  [
    'no messageId',
    { ...PUSH, details: [without(DETAIL, 'messageId')] },
    [without(READ, 'messageId') as unknown as DeliveryReport],
  ],
  [
    'no dates',
    { ...PUSH, details: [without(DETAIL, 'sendDate', 'doneDate')] },
    [without(READ, 'sentAt', 'doneAt', 'rawDates') as unknown as DeliveryReport],
  ],
  [
    'an unreadable date keeps its text',
    { ...PUSH, details: [{ ...DETAIL, doneDate: 'yesterday' }] },
    [
      {
        ...(without(READ, 'doneAt') as unknown as DeliveryReport),
        rawDates: { sendDate: '2019-05-27T14:39:00.00', doneDate: 'yesterday' },
      },
    ],
  ],
  [
    'fields of wrong types are absent',
    {
      bulkId: {},
      details: [{ messageId: '1', to: [], credit: true, status: 'PENDING', sendDate: {} }],
    },
    [{ messageId: '1', delivery: 'pending', statusName: 'PENDING' }],
  ],
  [
    'over-long fields are cut',
    {
      details: [
        { messageId: 'm'.repeat(300), status: { name: 'PENDING', description: 'd'.repeat(900) } },
      ],
    },
    [
      {
        messageId: 'm'.repeat(100),
        delivery: 'pending',
        statusName: 'PENDING',
        description: 'd'.repeat(500),
      },
    ],
  ],
  [
    'what Postgres cannot hold is dropped',
    '{"messageId":"1\\u0000","status":"PENDING","callbackData":"a\\ud800b"}',
    [{ messageId: '1', delivery: 'pending', statusName: 'PENDING', callbackData: 'ab' }],
  ],
  [
    '__proto__ brings nothing',
    '{"__proto__":{"to":"x","callbackData":"x"},"messageId":"1","status":{"name":"PENDING","__proto__":{"code":"x"}}}',
    [{ messageId: '1', delivery: 'pending', statusName: 'PENDING' }],
  ],
  ['a byte order mark', '\uFEFF' + JSON.stringify(PUSH), [READ]],
  [
    'the sibling Infobip form',
    INFOBIP,
    [
      {
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
      },
    ],
  ],
  [
    'a price for want of a count',
    { results: [{ messageId: '1', status: 'DELIVERED', price: { pricePerMessage: 0.01 } }] },
    [{ messageId: '1', credit: '0.01', delivery: 'delivered', statusName: 'DELIVERED' }],
  ],
];

const STATUSES: [status: unknown, delivery: DeliveryReport['delivery']][] = [
  [{ name: 'ACCEPTED' }, 'accepted'],
  [{ name: 'PENDING', code: '000' }, 'pending'],
  [{ name: 'UNDELIVERED' }, 'undelivered'],
  [{ name: 'UNDELIVERABLE' }, 'undelivered'],
  [{ name: 'DELIVERED', code: '000' }, 'delivered'],
  [{ name: 'EXPIRED' }, 'expired'],
  [{ name: 'REJECTED' }, 'rejected'],
  [{ name: 'COMPLETED' }, 'completed'],
  [{ name: ' delivered ' }, 'delivered'],
  [{ name: 'UNDELIVERED', code: '3' }, 'undelivered'],
  [{ name: 'LOST', code: '3' }, 'unknown'],
  [{ name: 'constructor' }, 'unknown'],
  [{ name: 'LOST', groupName: 'REJECTED' }, 'rejected'],
  [{ groupId: 4 }, 'expired'],
  ['DELIVERED', 'delivered'],
  ['3', 'delivered'],
  [3, 'delivered'],
  [{ code: 0 }, 'accepted'],
  [{ code: '1' }, 'pending'],
  [{ code: '2' }, 'undelivered'],
  [{ code: '4' }, 'expired'],
  [{ code: '5' }, 'rejected'],
  [{ code: '6' }, 'completed'],
  [{ code: '7' }, 'unknown'],
  [{ code: '000' }, 'unknown'],
  [{ code: '03' }, 'unknown'],
  [{ code: '204', name: null }, 'unknown'],
  [['DELIVERED'], 'delivered'],
  [[{ name: 'PENDING' }, { name: 'LOST' }], 'pending'],
  [[], 'unknown'],
  [{}, 'unknown'],
  [true, 'unknown'],
];

const UNREADABLE: [name: string, body: string, contentType: string, detail: string][] = [
  ['nothing', '', JSON_TYPE, 'The body is not JSON.'],
  ['cut JSON', JSON.stringify(PUSH).slice(0, -2), JSON_TYPE, 'The body is not JSON.'],
  ['text', CODE_TEXT, 'text/plain', 'The body is not JSON.'],
  ['deep nesting', '['.repeat(30_000), JSON_TYPE, 'The body is not JSON.'],
  ['null', 'null', JSON_TYPE, 'The body holds no delivery report.'],
  ['an empty object', '{}', JSON_TYPE, 'The body holds no delivery report.'],
  ['no details', '{"bulkId":"1","details":[]}', JSON_TYPE, 'The body holds no delivery report.'],
  ['a status without content', '{"status":{}}', JSON_TYPE, 'The body holds no delivery report.'],
  [
    '101 details',
    JSON.stringify({ details: Array(101).fill(DETAIL) }),
    JSON_TYPE,
    'The push holds more than 100 reports.',
  ],
  [
    '101 pushes',
    JSON.stringify(Array(101).fill(PUSH)),
    JSON_TYPE,
    'The push holds more than 100 reports.',
  ],
  [
    'XML by its type',
    '<report/>',
    'application/xml; charset=utf-8',
    'XML reports are not supported: set notifyContentType to application/json.',
  ],
  [
    'XML by its body',
    ' <report/>',
    JSON_TYPE,
    'XML reports are not supported: set notifyContentType to application/json.',
  ],
];

describe('parseReports', () => {
  it.each(SHAPES)('reads %s', (_name, body, reports) => {
    expect(read(body)).toStrictEqual({ kind: 'read', reports });
  });

  it.each(STATUSES)('classifies %j as %s', (status, delivery) => {
    expect(read({ messageId: '1', status })).toMatchObject({ reports: [{ delivery }] });
  });

  it.each(UNREADABLE)('cannot read %s', (_name, body, contentType, detail) => {
    expect(read(body, contentType)).toStrictEqual({ kind: 'unreadable', detail });
  });

  it.each(['application/json; charset=utf-8', 'text/plain', ''])(
    'reads JSON sent as "%s"',
    (type) => {
      expect(read(PUSH, type)).toMatchObject({ kind: 'read' });
    },
  );

  it('reads 100 details', () => {
    const reading = read({ details: Array(100).fill(DETAIL) });
    expect(reading.kind === 'read' && reading.reports).toHaveLength(100);
  });

  it('lets nothing of the SMS text through', () => {
    for (const [, body] of SHAPES) expect(JSON.stringify(read(body))).not.toContain('918273');
  });

  it('never throws', () => {
    const statuses = fc.constantFrom(...STATUSES.map(([status]) => status));
    const details = fc.oneof(
      fc.jsonValue(),
      fc.record({ messageId: fc.jsonValue(), status: statuses }),
    );
    const bodies = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.record({ details }).map((push) => Buffer.from(JSON.stringify(push))),
    );
    fc.assert(
      fc.property(bodies, fc.string(), (body, type) => {
        expect(['read', 'unreadable']).toContain(parseReports(body, type).kind);
      }),
      { numRuns: 2_000, seed: 20_260_801 },
    );
  });
});
