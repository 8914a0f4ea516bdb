import { describe, expect, it } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import type { SentSms } from './ants-simulator.account.js';
import { simulatorSettings } from './ants-simulator.options.js';
import { renderReport } from './ants-simulator.reports.js';
import type { AntsReportOptions } from './index.js';

const SMS: SentSms = {
  to: '66812345678',
  from: 'ANTS',
  text: 'Your OTP is 123456',
  otpId: 'otp',
  referenceCode: 'Ref',
  code: '123456',
  messageId: '25501288135972440649',
  bulkId: 'bulk',
  sentAt: Date.parse('2026-03-01T10:00:00Z'),
  notifyUrl: 'https://app.test/',
  callbackData: 'order-17',
};
const { callbackData } = SMS;
const STATUS = { code: '3', name: 'DELIVERED', description: 'Message delivered to handset' };
const BARE = {
  messageId: SMS.messageId,
  to: SMS.to,
  from: SMS.from,
  text: SMS.text,
  credit: 1,
  sendDate: '2026-03-01T17:00:00.00',
  doneDate: '2026-03-01T17:00:02.00',
  status: STATUS,
};
const DETAIL = { ...BARE, callbackData };

function body(options: AntsReportOptions, ...more: SentSms[]): string {
  const settings = simulatorSettings({});
  return renderReport([SMS, ...more], SMS.sentAt + 2000, { ...settings, ...options }).body;
}

describe('a JSON report', () => {
  it.each<[string, AntsReportOptions, object]>([
    ['documented', {}, { bulkId: 'bulk', details: [DETAIL] }],
    [
      'status as a list',
      { reportLayout: 'statusArray' },
      { bulkId: 'bulk', details: [{ ...DETAIL, status: [STATUS] }] },
    ],
    [
      'details as one object',
      { reportLayout: 'detailsObject' },
      { bulkId: 'bulk', details: DETAIL },
    ],
    [
      'status as bare text',
      { reportLayout: 'statusText' },
      { bulkId: 'bulk', details: [{ ...DETAIL, status: 'DELIVERED' }] },
    ],
    [
      'callbackData left in the detail of a bare status',
      { reportLayout: 'statusText', reportCallbackData: 'status' },
      { bulkId: 'bulk', details: [{ ...DETAIL, status: 'DELIVERED' }] },
    ],
    ['no bulkId', { reportBulkId: false }, { details: [DETAIL] }],
    ['no bulkId at the root', { reportBulkId: false, reportLayout: 'flat' }, DETAIL],
    [
      'an unknown status name',
      { reportStatusName: 'EN_ROUTE' },
      { bulkId: 'bulk', details: [{ ...DETAIL, status: { ...STATUS, name: 'EN_ROUTE' } }] },
    ],
    [
      'a sub-code under PENDING',
      { status: 'PENDING', reportStatusCode: '000' },
      {
        bulkId: 'bulk',
        details: [
          {
            ...DETAIL,
            status: { code: '000', name: 'PENDING', description: 'Message pending' },
          },
        ],
      },
    ],
    [
      'the other word for UNDELIVERED',
      { status: 'UNDELIVERABLE' },
      {
        bulkId: 'bulk',
        details: [
          {
            ...DETAIL,
            status: { code: '2', name: 'UNDELIVERABLE', description: 'Message not delivered' },
          },
        ],
      },
    ],
    ['fields at the root', { reportLayout: 'flat' }, { bulkId: 'bulk', ...DETAIL }],
    [
      'results of Infobip',
      { reportLayout: 'infobip' },
      {
        results: [
          {
            bulkId: 'bulk',
            messageId: SMS.messageId,
            to: SMS.to,
            from: SMS.from,
            text: SMS.text,
            sentAt: '2026-03-01T17:00:00.000+0700',
            doneAt: '2026-03-01T17:00:02.000+0700',
            smsCount: 1,
            status: {
              groupId: 3,
              groupName: 'DELIVERED',
              name: 'DELIVERED',
              description: STATUS.description,
            },
            callbackData,
          },
        ],
      },
    ],
    [
      'callbackData at the root',
      { reportCallbackData: 'root' },
      { bulkId: 'bulk', details: [BARE], callbackData },
    ],
    [
      'callbackData in the status',
      { reportCallbackData: 'status' },
      { bulkId: 'bulk', details: [{ ...BARE, status: { ...STATUS, callbackData } }] },
    ],
    [
      'callbackData in a status list',
      { reportCallbackData: 'status', reportLayout: 'statusArray' },
      { bulkId: 'bulk', details: [{ ...BARE, status: [{ ...STATUS, callbackData }] }] },
    ],
  ])('with %s', (_, options, expected) => {
    expect(JSON.parse(body(options))).toEqual(expected);
  });

  it('names no bulkId in results of Infobip', () => {
    const text = body({ reportLayout: 'infobip', reportBulkId: false });

    expect(text).toContain('"results":[{"messageId"');
    expect(text).not.toContain('bulkId');
  });

  it('can write 20 digits as a number', () => {
    expect(body({ reportNumericIds: true })).toContain('"messageId":25501288135972440649,');
  });

  it('changes nothing else then', () => {
    expect(body({ reportNumericIds: true }).replace(/:(\d{20}),/, ':"$1",')).toBe(body({}));
  });

  it('holds several states of one SMS', () => {
    const { details } = JSON.parse(body({ status: ['PENDING', 'DELIVERED'] })) as {
      details: { status: { name: string } }[];
    };

    expect(details.map(({ status }) => status.name)).toEqual(['PENDING', 'DELIVERED']);
  });

  it.each(['detailsObject', 'flat'] as const)(
    'keeps the list of several SMS under %s',
    (layout) => {
      expect(JSON.parse(body({ reportLayout: layout }, SMS))).toEqual({
        bulkId: 'bulk',
        details: [DETAIL, DETAIL],
      });
    },
  );
});

describe('an XML report', () => {
  function xml(options: AntsReportOptions = {}, sms: Partial<SentSms> = {}) {
    return renderReport(
      [{ ...SMS, notifyContentType: 'application/xml', ...sms }],
      SMS.sentAt + 2000,
      { ...simulatorSettings({}), ...options },
    );
  }

  it('has the JSON names as elements', () => {
    const { contentType, body: text } = xml();

    expect(contentType).toBe('application/xml');
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><report><bulkId>bulk</bulkId><details>' +
        '<messageId>25501288135972440649</messageId><to>66812345678</to><from>ANTS</from>' +
        '<text>Your OTP is 123456</text><credit>1</credit>' +
        '<sendDate>2026-03-01T17:00:00.00</sendDate><doneDate>2026-03-01T17:00:02.00</doneDate>' +
        '<status><code>3</code><name>DELIVERED</name>' +
        '<description>Message delivered to handset</description></status>' +
        '<callbackData>order-17</callbackData></details></report>',
    );
  });

  it('can say text/xml', () => {
    expect(xml({ reportXmlType: 'text/xml' }).contentType).toBe('text/xml');
    expect(xml({ reportXmlType: 'text/xml' }, { notifyContentType: undefined }).contentType).toBe(
      'application/json',
    );
  });

  it('can have names with a namespace', () => {
    const { body: text } = xml({ reportXmlNames: 'namespaces' });

    expect(text).toContain(
      '<ants:report xmlns:ants="urn:ants:report"><ants:bulkId>bulk</ants:bulkId>',
    );
    expect(text).toMatch(/<\/ants:details><\/ants:report>$/);
    expect(text).not.toMatch(/<\/?(?!ants:)\w/);
  });

  it('leaves out what is not there', () => {
    expect(xml({}, { callbackData: undefined }).body).not.toContain('callbackData');
  });

  it('repeats the element of a list', () => {
    expect(xml({ status: ['PENDING', 'DELIVERED'] }).body.match(/<details>/g)).toHaveLength(2);
  });

  it.each([
    `a<b>&"c"'d'`,
    ']]>',
    '<!DOCTYPE x [<!ENTITY e "v">]>&e;',
    'ชำระเงิน 🙂',
    '&amp;',
    'two\nlines',
  ])('carries %j through a parser', (text) => {
    const source = xml({}, { callbackData: text }).body;

    const parsed = new XMLParser({ parseTagValue: false, trimValues: false }).parse(source) as {
      report: { details: { callbackData: string } };
    };
    expect(parsed.report.details.callbackData).toBe(text);
  });

  it('drops control characters, which XML cannot hold', () => {
    expect(xml({}, { callbackData: 'a\u0000\u0007b' }).body).toContain('>ab<');
  });
});
