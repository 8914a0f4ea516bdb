import { describe, expect, it } from '@jest/globals';
import { parseReports } from '../providers/ants/ants.report.js';
import type { SentSms } from './ants-simulator.account.js';
import { simulatorSettings } from './ants-simulator.options.js';
import { type AntsReportOptions, renderReport } from './ants-simulator.reports.js';

const LAYOUTS = [
  'documented',
  'statusArray',
  'statusText',
  'detailsObject',
  'flat',
  'infobip',
] as const;
const PLACES = ['detail', 'root', 'status'] as const;
const TYPES = ['application/json', 'application/xml'] as const;

const CASES = TYPES.flatMap((type) =>
  LAYOUTS.flatMap((reportLayout) =>
    PLACES.flatMap((reportCallbackData) =>
      [false, true].map((reportNumericIds) => ({
        type,
        reportLayout,
        reportCallbackData,
        reportNumericIds,
      })),
    ),
  ),
);

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
};

describe('the module reads, in JSON and in XML,', () => {
  it.each<[AntsReportOptions, object]>([
    [{ status: 'UNDELIVERABLE' }, { delivery: 'undelivered', statusName: 'UNDELIVERABLE' }],
    [{ reportStatusName: 'EN_ROUTE' }, { delivery: 'unknown', statusName: 'EN_ROUTE' }],
    [{ status: 'PENDING', reportStatusCode: '000' }, { delivery: 'pending' }],
    [{ status: 'REJECTED', reportLayout: 'statusText' }, { delivery: 'rejected' }],
    [{ reportXmlType: 'text/xml', reportXmlNames: 'namespaces' }, { delivery: 'delivered' }],
    [{ reportBulkId: false }, { delivery: 'delivered', messageId: SMS.messageId }],
  ])('%j', async (options, expected) => {
    for (const notifyContentType of TYPES) {
      const { contentType, body } = renderReport([{ ...SMS, notifyContentType }], SMS.sentAt, {
        ...simulatorSettings({}),
        ...options,
      });

      expect(await parseReports(Buffer.from(body), contentType)).toEqual({
        kind: 'read',
        reports: [expect.objectContaining(expected)],
      });
    }
  });
});

describe('the module reads what the simulator writes', () => {
  it.each(CASES)(
    '$type, $reportLayout, callbackData in $reportCallbackData, numeric ids $reportNumericIds',
    async ({ type, ...shape }) => {
      const sms: SentSms = {
        to: '66812345678',
        from: 'ANTS',
        text: 'Your OTP is 123456 <&>',
        otpId: 'otp',
        referenceCode: 'Ref',
        code: '123456',
        messageId: '25501288135972440649',
        bulkId: 'bulk',
        sentAt: Date.parse('2026-03-01T10:00:00Z'),
        notifyContentType: type,
        callbackData: '<สั่ง & "17">',
      };
      const { contentType, body } = renderReport([sms], sms.sentAt + 2000, {
        ...simulatorSettings({}),
        ...shape,
        status: 'UNDELIVERED',
      });

      const reading = await parseReports(Buffer.from(body), contentType);

      expect(reading).toEqual({
        kind: 'read',
        reports: [
          expect.objectContaining({
            messageId: sms.messageId,
            bulkId: 'bulk',
            to: sms.to,
            delivery: 'undelivered',
            callbackData: sms.callbackData,
            sentAt: new Date('2026-03-01T10:00:00Z'),
            doneAt: new Date('2026-03-01T10:00:02Z'),
          }),
        ],
      });
      expect(JSON.stringify(reading)).not.toContain('123456 ');
    },
  );
});
