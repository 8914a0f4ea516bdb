import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../test/support/any-text.js';
import { anOtp, aSend, at } from '../../test/support/records.js';
import { times } from '../../test/support/counts.js';
import { DELIVERY_RANKS } from './delivery.js';
import type { Delivery } from './delivery.js';
import { explain } from './explain.js';
import type { ExplainedOtp } from './explain.js';
import type { OtpWaits } from './notice.js';
import { OTP_EVENT_TYPES, OTP_STATUSES } from './otp.js';
import { UNREADABLE_REASONS } from './unreadable-report.js';
import type { UnreadableReason } from './unreadable-report.js';
import type { OtpChannel, OtpEvent, OtpEventType, OtpRecord, SendRecord } from './otp.js';

const event = (
  eventNo: number,
  type: OtpEventType,
  seconds: number,
  data: Record<string, unknown> = {},
): OtpEvent => ({ otpId: anOtp().id, eventNo, type, at: at(seconds), data });

const REQUESTED = event(1, 'requested', 0);
const SENT = event(2, 'sent', 1, { otpId: 'P1', referenceCode: 'QWER' });
const UNDELIVERED = { delivery: 'undelivered', statusName: 'UNDELIVERED', send: 1 };

/** A number that cools down until then. */
const cooling = (until: number): OtpWaits => ({
  resendAt: at(until),
  requestAt: at(until),
  lockedUntil: null,
});

const told = (facts: Partial<ExplainedOtp> = {}) => {
  const now = facts.now ?? at(20);
  const record = facts.record ?? anOtp();
  return explain({
    ...{ record, sends: [aSend()], events: [REQUESTED, SENT], waits: cooling(60), now },
    ...facts,
  });
};
/** The last line of a history that ends with this event. */
const lastLine = (last: OtpEvent, facts: Partial<ExplainedOtp> = {}) =>
  told({ ...facts, events: [REQUESTED, SENT, ...(facts.events ?? []), last] }).lines.at(-1)!;

type Line = [name: string, last: OtpEvent, en: string, th: string, facts?: Partial<ExplainedOtp>];

/** Why a report could not be read, in both languages. */
const UNREADABLE: Record<UnreadableReason, [en: string, th: string]> = {
  body_taken: [
    'another part of your application had already read it',
    'ส่วนอื่นของแอปพลิเคชันอ่านข้อมูลไปก่อนแล้ว',
  ],
  charset: ['its character encoding is not known', 'ระบบไม่รู้จักการเข้ารหัสอักขระของข้อมูล'],
  encoding: ['it was compressed', 'ข้อมูลถูกบีบอัดมา'],
  no_report: ['it held none of the fields of a delivery report', 'ไม่พบข้อมูลรายงานผลการส่ง'],
  other: ['', ''],
  syntax: ['it was neither valid JSON nor valid XML', 'ข้อมูลไม่ใช่ JSON หรือ XML ที่ถูกต้อง'],
  too_large: ['it was too large', 'ข้อมูลมีขนาดใหญ่เกินไป'],
  too_many: ['it held too many reports at once', 'มีรายงานรวมมาในครั้งเดียวมากเกินไป'],
  too_slow: ['it took too long to arrive', 'ได้รับข้อมูลไม่ครบภายในเวลาที่กำหนด'],
};

const LINES: Line[] = [
  ['requested', REQUESTED, 'A code was requested for "login".', 'มีการขอรหัส OTP สำหรับ "login"'],
  [
    'requested without a purpose',
    REQUESTED,
    'A code was requested.',
    'มีการขอรหัส OTP',
    { record: anOtp({ purpose: 'default' }) },
  ],
  ['sent', SENT, 'ANTS took the SMS (Ref QWER).', 'ANTS รับ SMS (Ref QWER) ไปส่งแล้ว'],
  [
    'send_failed',
    event(3, 'send_failed', 2, { reason: 'credit', antsCode: '9995', detail: 'ANTS says no.' }),
    'No SMS was sent: the ANTS account has no credit left (ANTS 9995).',
    'ไม่ได้ส่ง SMS: เครดิตของบัญชี ANTS หมด (ANTS 9995)',
  ],
  [
    'send_unknown with what was heard',
    event(3, 'send_unknown', 11, { detail: 'ANTS answered with HTTP 502.' }),
    'ANTS gave no clear answer: ANTS answered with HTTP 502. An SMS may or may not have left, so it is not sent again by itself.',
    'ANTS ไม่ได้ตอบกลับอย่างชัดเจน: ANTS answered with HTTP 502 ไม่แน่ใจว่า SMS ถูกส่งหรือไม่ ระบบจึงไม่ส่งซ้ำเอง',
  ],
  [
    'send_unknown by the sweeper',
    event(3, 'send_unknown', 16, { by: 'sweeper' }),
    'ANTS gave no clear answer. An SMS may or may not have left, so it is not sent again by itself.',
    'ANTS ไม่ได้ตอบกลับอย่างชัดเจน ไม่แน่ใจว่า SMS ถูกส่งหรือไม่ ระบบจึงไม่ส่งซ้ำเอง',
  ],
  [
    'late_answer',
    event(3, 'late_answer', 17, { send: 1, outcome: 'sent', referenceCode: 'LATE' }),
    "ANTS' answer came too late to count: the SMS was sent (Ref LATE).",
    'คำตอบจาก ANTS มาช้าเกินไปจึงไม่มีผล: SMS ถูกส่งออกไป (Ref LATE)',
  ],
  [
    'resend_requested',
    event(3, 'resend_requested', 61, { send: 2 }),
    'Another SMS was asked for (SMS 2).',
    'มีการขอส่ง SMS อีกครั้ง (SMS ฉบับที่ 2)',
  ],
  [
    'resent',
    event(4, 'resent', 62, { send: 2, referenceCode: 'ASDF' }),
    'ANTS took another SMS (Ref ASDF); from now on the code of this one counts.',
    'ANTS รับ SMS อีกฉบับ (Ref ASDF) ไปส่งแล้ว ตั้งแต่นี้ให้ใช้รหัสจากฉบับนี้',
  ],
  [
    'resend_failed',
    event(4, 'resend_failed', 62, { send: 2, reason: 'not_reached' }),
    'The other SMS was not sent: ANTS could not be reached. The one before still counts.',
    'ไม่ได้ส่ง SMS อีกฉบับ: ติดต่อ ANTS ไม่ได้ รหัสจาก SMS ก่อนหน้ายังใช้ได้',
  ],
  [
    'resend_unknown',
    event(4, 'resend_unknown', 72, { send: 2 }),
    'ANTS gave no clear answer about the other SMS. It may or may not have left, so it is not sent again by itself.',
    'ANTS ไม่ได้ตอบกลับอย่างชัดเจนเรื่อง SMS อีกฉบับ ไม่แน่ใจว่าถูกส่งหรือไม่ ระบบจึงไม่ส่งซ้ำเอง',
  ],
  [
    'wrong_code',
    event(3, 'wrong_code', 14),
    'A wrong code was entered 13 s after the SMS.',
    'มีการกรอกรหัสที่ไม่ถูกต้อง หลังส่ง SMS 13 วินาที',
  ],
  [
    'locked',
    event(4, 'locked', 14),
    'Too many wrong codes were entered for this number, so it was locked for a while.',
    'กรอกรหัสผิดหลายครั้งเกินกำหนดสำหรับหมายเลขนี้ ระบบจึงล็อกหมายเลขไว้ชั่วคราว',
  ],
  [
    'verify_not_reached',
    event(3, 'verify_not_reached', 14, { reason: 'credentials', antsCode: '9998' }),
    'A code was entered 13 s after the SMS, but it could not be checked: ANTS does not accept the credentials of your account (ANTS 9998). The attempt was given back.',
    'มีการกรอกรหัส หลังส่ง SMS 13 วินาที แต่ตรวจสอบไม่ได้: ANTS ไม่ยอมรับชื่อผู้ใช้หรือรหัสผ่านของบัญชี (ANTS 9998) ระบบคืนจำนวนครั้งให้แล้ว',
  ],
  [
    'verify_unknown',
    event(3, 'verify_unknown', 14, { antsCode: '9999' }),
    'A code was entered 13 s after the SMS, but ANTS gave no clear answer (ANTS 9999). The same code may be entered again without using another attempt.',
    'มีการกรอกรหัส หลังส่ง SMS 13 วินาที แต่ ANTS ไม่ได้ตอบกลับอย่างชัดเจน (ANTS 9999) กรอกรหัสเดิมอีกครั้งได้โดยไม่เสียจำนวนครั้งเพิ่ม',
  ],
  [
    'already_used',
    event(3, 'already_used', 14, { antsCode: '0306' }),
    'A code was entered 13 s after the SMS that ANTS says was used before (ANTS 0306); it counts as wrong.',
    'มีการกรอกรหัส หลังส่ง SMS 13 วินาที ซึ่ง ANTS แจ้งว่าเคยใช้ไปแล้ว (ANTS 0306) จึงนับเป็นรหัสผิด',
  ],
  [
    'already_used after the success',
    event(4, 'already_used', 20),
    'Another code was entered after the success, and was refused.',
    'มีการกรอกรหัสอื่นหลังจากยืนยันสำเร็จแล้ว จึงถูกปฏิเสธ',
    { events: [event(3, 'verified', 14)] },
  ],
  [
    'verified',
    event(3, 'verified', 131),
    'The right code was entered 2 min 10 s after the SMS.',
    'มีการกรอกรหัสที่ถูกต้อง หลังส่ง SMS 2 นาที 10 วินาที',
  ],
  [
    'verified after a lost answer',
    event(3, 'verified', 14, { recovered: true }),
    'The right code was entered 13 s after the SMS; an earlier try had been right already, but its answer was lost.',
    'มีการกรอกรหัสที่ถูกต้อง หลังส่ง SMS 13 วินาที โดยครั้งก่อนหน้าถูกต้องอยู่แล้ว แต่คำตอบสูญหายระหว่างทาง',
  ],
  [
    'max_attempts_reached',
    event(7, 'max_attempts_reached', 40),
    'The last attempt was used without the right code; this ended the OTP.',
    'ใช้สิทธิ์กรอกรหัสครบแล้วโดยยังไม่ถูกต้อง รายการนี้จึงจบลง',
    { record: anOtp({ attempts: 5 }) },
  ],
  [
    'max_attempts_reached at ANTS',
    event(3, 'max_attempts_reached', 40, { antsCode: '0304' }),
    'ANTS ended the OTP: its own attempts are used up (ANTS 0304).',
    'ANTS ปิดรายการนี้ เพราะลองรหัสครบจำนวนครั้งของ ANTS แล้ว (ANTS 0304)',
  ],
  [
    'expired',
    event(3, 'expired', 301, { by: 'sweeper' }),
    'The time for entering the code ran out; this ended the OTP.',
    'หมดเวลากรอกรหัส รายการนี้จึงจบลง',
  ],
  [
    'expired at ANTS',
    event(3, 'expired', 40, { antsCode: '0305' }),
    'A code was entered 39 s after the SMS, but ANTS says that the OTP has expired or is not known there (ANTS 0305); this ended the OTP.',
    'มีการกรอกรหัส หลังส่ง SMS 39 วินาที แต่ ANTS แจ้งว่ารหัสหมดอายุหรือไม่พบรายการนี้ (ANTS 0305) รายการนี้จึงจบลง',
  ],
  [
    'canceled',
    event(3, 'canceled', 40),
    'The OTP was canceled, by the customer or by your application.',
    'รายการนี้ถูกยกเลิก โดยลูกค้าหรือโดยแอปพลิเคชันของคุณ',
  ],
  [
    'superseded',
    event(3, 'superseded', 70),
    'A newer request for the same number and purpose took its place; this ended the OTP.',
    'มีคำขอใหม่ของหมายเลขและวัตถุประสงค์เดียวกันมาแทนที่ รายการนี้จึงจบลง',
  ],
  [
    'consumed',
    event(4, 'consumed', 20),
    'The confirmation was used by your application.',
    'แอปพลิเคชันของคุณนำการยืนยันไปใช้แล้ว',
  ],
  [
    'revoked',
    event(4, 'revoked', 20),
    'Your application revoked the confirmation; it opens nothing any more.',
    'แอปพลิเคชันของคุณเพิกถอนการยืนยัน จึงใช้ไม่ได้อีก',
  ],
  [
    'delivered',
    event(3, 'delivered', 5, { delivery: 'delivered', statusName: 'DELIVERED', send: 1 }),
    'The operator reported DELIVERED 4 s after the SMS; it is on the phone.',
    'ผู้ให้บริการเครือข่ายแจ้งผล DELIVERED หลังส่ง SMS 4 วินาที ข้อความอยู่ในโทรศัพท์แล้ว',
  ],
  [
    'undelivered',
    event(3, 'undelivered', 5, {
      ...UNDELIVERED,
      ...{ description: 'Absent subscriber', statusCode: '27', messageId: '20260101' },
    }),
    'The operator reported UNDELIVERED 4 s after the SMS (Absent subscriber, code 27) [message 20260101]; this SMS will not arrive.',
    'ผู้ให้บริการเครือข่ายแจ้งผล UNDELIVERED หลังส่ง SMS 4 วินาที (Absent subscriber, code 27) [ข้อความ 20260101] SMS ฉบับนี้จะไม่ถึงโทรศัพท์',
  ],
  [
    'undelivered when the cool-down is over',
    event(3, 'undelivered', 5, UNDELIVERED),
    'The operator reported UNDELIVERED 4 s after the SMS; the customer may resend now.',
    'ผู้ให้บริการเครือข่ายแจ้งผล UNDELIVERED หลังส่ง SMS 4 วินาที ลูกค้าขอรับ SMS อีกครั้งได้ทันที',
    { record: anOtp({ delivery: 'undelivered' }), waits: cooling(20) },
  ],
  [
    'delivery_report',
    event(3, 'delivery_report', 5, { delivery: 'accepted', send: 1 }),
    'The operator reported ACCEPTED 4 s after the SMS.',
    'ผู้ให้บริการเครือข่ายแจ้งผล ACCEPTED หลังส่ง SMS 4 วินาที',
  ],
  [
    'delivery_report of a strange SMS',
    event(3, 'delivery_report', 5, { delivery: 'delivered', send: null, messageId: 'm-1' }),
    'A delivery report came for an SMS that does not belong to this OTP; nothing was changed [message m-1].',
    'มีรายงานผลการส่งของ SMS ที่ไม่ใช่ของรายการนี้ จึงไม่มีผลใด ๆ [ข้อความ m-1]',
  ],
  [
    'delivery_mismatch',
    event(3, 'delivery_mismatch', 5, { delivery: 'delivered', send: null }),
    'A delivery report named another number or other callbackData; nothing was changed.',
    'มีรายงานผลการส่งที่ระบุหมายเลขหรือ callbackData อื่น จึงไม่มีผลใด ๆ',
  ],
  ...UNREADABLE_REASONS.map((reason): Line => {
    const [en, th] = UNREADABLE[reason];
    return [
      `report_unreadable, ${reason}`,
      event(3, 'report_unreadable', 5, { reason, contentType: 'text/plain', bytes: 7 }),
      `A delivery report came in but could not be read${en && `: ${en}`}.`,
      `มีรายงานผลการส่งเข้ามา แต่ระบบอ่านไม่ได้${th && ` เนื่องจาก${th}`}`,
    ];
  }),
  [
    'report_unreadable of a later version',
    event(3, 'report_unreadable', 5, { reason: 'toString' }),
    'A delivery report came in but could not be read.',
    'มีรายงานผลการส่งเข้ามา แต่ระบบอ่านไม่ได้',
  ],
  [
    'unmasked',
    event(3, 'unmasked', 60, { actor: 'staff-7' }),
    'The whole number was shown to "staff-7".',
    'มีการแสดงหมายเลขเต็มให้ "staff-7"',
  ],
  [
    'erased',
    event(3, 'erased', 60),
    'What identifies the customer was erased; only what is counted was kept.',
    'ลบข้อมูลที่ระบุตัวลูกค้าแล้ว เก็บไว้เฉพาะข้อมูลที่ใช้นับจำนวน',
  ],
];

describe('a line', () => {
  it.each(LINES)('of %s', (_, last, en, th, ...more) => {
    expect(lastLine(last, ...more)).toEqual({ at: last.at, no: last.eventNo, en, th });
  });

  it('is in this table for every type of event', () => {
    expect([...new Set(LINES.map(([, { type }]) => type))].sort()).toEqual(
      [...OTP_EVENT_TYPES].sort(),
    );
  });

  it('counts from the SMS that the event is about', () => {
    const resends = [
      event(3, 'resend_requested', 61, { send: 2 }),
      event(4, 'resent', 62, { send: 2, referenceCode: 'ASDF' }),
    ];
    const sends = [aSend(), aSend({ sendNo: 2, requestedAt: at(61) })];
    const late = event(5, 'delivery_report', 70, { delivery: 'delivered', send: 1 });
    expect(lastLine(late, { events: resends, sends }).en).toContain(' 69 s after');
    expect(lastLine(event(5, 'wrong_code', 70), { events: resends, sends }).en).toContain(' 8 s ');
  });

  it('counts from the request when the report is quicker than the answer', () => {
    const early = event(2, 'delivered', 1, { delivery: 'delivered', send: 1 });
    const { lines } = told({ events: [REQUESTED, early, { ...SENT, eventNo: 3 }] });
    expect(lines[1]!.en).toContain(' 1 s after the SMS');
  });

  it('says something about a type that this version does not know', () => {
    const strange = event(3, 'beamed' as OtpEventType, 5);
    expect(lastLine(strange).en).toBe('Something happened that this version cannot name.');
  });
});

type Standing = [
  name: string,
  record: Partial<OtpRecord>,
  en: string,
  th: string,
  facts?: Partial<ExplainedOtp>,
];
const MORE = 'The customer can enter the code for 5 min more (attempts left: 5), or';
const MORE_TH = 'ลูกค้ากรอกรหัสได้อีก 5 นาที (เหลือ 5 ครั้ง) หรือ';
const AGAIN = `${MORE} ask for another SMS in 40 s.`;
const AGAIN_TH = `${MORE_TH}ขอรับ SMS อีกครั้งได้ในอีก 40 วินาที`;
const NEW = 'The customer can ask for a new code in 40 s.';
const NEW_TH = 'ลูกค้าขอรหัสใหม่ได้ในอีก 40 วินาที';
const second = (outcome: SendRecord['outcome']) => ({
  sends: [aSend(), aSend({ sendNo: 2, outcome })],
});

const STANDINGS: Standing[] = [
  [
    'sending',
    { status: 'sending', createdAt: at(15) },
    'The SMS is being sent at this moment. Ask the customer to wait a moment.',
    'ระบบกำลังส่ง SMS อยู่ในขณะนี้ กรุณาแจ้งให้ลูกค้ารอสักครู่',
  ],
  [
    'pending without a report',
    {},
    `ANTS took the SMS (Ref QWER); no delivery report has come yet. ${AGAIN}`,
    `ANTS รับ SMS (Ref QWER) ไปส่งแล้ว แต่ยังไม่มีรายงานผลการส่ง ${AGAIN_TH}`,
  ],
  [
    'pending with a report that could not be read',
    {},
    `ANTS took the SMS (Ref QWER). A delivery report came in but could not be read, so it is not known whether the SMS reached the phone. ${AGAIN}`,
    `ANTS รับ SMS (Ref QWER) ไปส่งแล้ว มีรายงานผลการส่งเข้ามาแต่ระบบอ่านไม่ได้ จึงไม่ทราบว่า SMS ถึงโทรศัพท์หรือไม่ ${AGAIN_TH}`,
    { events: [REQUESTED, SENT, event(3, 'report_unreadable', 5, { reason: 'syntax' })] },
  ],
  ...(['accepted', 'pending'] as const).map((delivery): Standing => [
    `pending, ${delivery}`,
    { delivery },
    `The SMS (Ref QWER) is on its way to the phone. ${AGAIN}`,
    `SMS (Ref QWER) กำลังส่งไปยังโทรศัพท์ ${AGAIN_TH}`,
  ]),
  ...(['unknown', 'completed'] as const).map((delivery): Standing => [
    `pending, ${delivery}`,
    { delivery },
    `ANTS has handled the SMS (Ref QWER), but does not say whether it reached the phone. ${AGAIN}`,
    `ANTS ดำเนินการส่ง SMS (Ref QWER) แล้ว แต่ไม่ได้แจ้งว่าถึงโทรศัพท์หรือไม่ ${AGAIN_TH}`,
  ]),
  [
    'pending, external',
    { delivery: 'external' },
    `ANTS took the SMS (Ref QWER); its delivery reports go to your own address, so nothing is known of them here. ${AGAIN}`,
    `ANTS รับ SMS (Ref QWER) ไปส่งแล้ว รายงานผลการส่งไปที่ปลายทางของคุณเอง จึงไม่ทราบผลที่นี่ ${AGAIN_TH}`,
  ],
  [
    'pending, delivered',
    { delivery: 'delivered' },
    `The SMS (Ref QWER) was delivered to the phone. ${AGAIN}`,
    `SMS (Ref QWER) ส่งถึงโทรศัพท์แล้ว ${AGAIN_TH}`,
  ],
  ...(['expired', 'rejected', 'undelivered'] as const).map((delivery): Standing => [
    `pending, ${delivery}`,
    { delivery },
    'The SMS (Ref QWER) could not be delivered and will not arrive. The customer may ask for another SMS now.',
    'SMS (Ref QWER) ส่งไม่สำเร็จและจะไม่ถึงโทรศัพท์ ลูกค้าขอรับ SMS อีกครั้งได้ทันที',
    { waits: cooling(20) },
  ]),
  [
    'pending with no send left',
    { sends: 4 },
    `ANTS took the SMS (Ref QWER); no delivery report has come yet. ${MORE} start again with a new code in 40 s.`,
    `ANTS รับ SMS (Ref QWER) ไปส่งแล้ว แต่ยังไม่มีรายงานผลการส่ง ${MORE_TH}เริ่มขอรหัสใหม่ได้ในอีก 40 วินาที`,
  ],
  [
    'pending, another SMS on its way',
    { sends: 2 },
    `Another SMS is being sent at this moment. ${AGAIN}`,
    `ระบบกำลังส่ง SMS อีกครั้งในขณะนี้ ${AGAIN_TH}`,
    second('sending'),
  ],
  [
    'pending, another SMS not sent',
    { sends: 2 },
    `The last SMS could not be sent; the code of the one before (Ref QWER) still counts. ${AGAIN}`,
    `ส่ง SMS ครั้งล่าสุดไม่ได้ รหัสจาก SMS ก่อนหน้า (Ref QWER) ยังใช้ได้ ${AGAIN_TH}`,
    second('failed'),
  ],
  [
    'pending, another SMS unknown',
    { sends: 2 },
    `It is not certain that the last SMS was sent; the code of the one before (Ref QWER) may still count. ${AGAIN}`,
    `ไม่แน่ใจว่า SMS ครั้งล่าสุดถูกส่งหรือไม่ รหัสจาก SMS ก่อนหน้า (Ref QWER) อาจยังใช้ได้ ${AGAIN_TH}`,
    second('unknown'),
  ],
  [
    'pending, a check running',
    { delivery: 'delivered', attempts: 1, leaseUntil: at(30) },
    'The SMS (Ref QWER) was delivered to the phone. A code is being checked at this moment.',
    'SMS (Ref QWER) ส่งถึงโทรศัพท์แล้ว ระบบกำลังตรวจสอบรหัสอยู่ในขณะนี้',
  ],
  [
    'pending, the last attempt without an answer',
    { delivery: 'delivered', attempts: 5 },
    `The SMS (Ref QWER) was delivered to the phone. The last code could not be checked; the customer should enter the same code again. ${NEW}`,
    `SMS (Ref QWER) ส่งถึงโทรศัพท์แล้ว ยังตรวจสอบรหัสล่าสุดไม่ได้ กรุณาแจ้งให้ลูกค้ากรอกรหัสเดิมอีกครั้ง ${NEW_TH}`,
  ],
  [
    'pending, an early resend after a failed delivery',
    { delivery: 'undelivered' },
    'The SMS (Ref QWER) could not be delivered and will not arrive. The customer may ask for another SMS in 10 s.',
    'SMS (Ref QWER) ส่งไม่สำเร็จและจะไม่ถึงโทรศัพท์ ลูกค้าขอรับ SMS อีกครั้งได้ในอีก 10 วินาที',
    { waits: { ...cooling(60), resendAt: at(30) } },
  ],
  [
    'pending, the number locked',
    { delivery: 'delivered' },
    'The SMS (Ref QWER) was delivered to the phone. The number is locked after too many wrong codes; the customer can try again in 1 h.',
    'SMS (Ref QWER) ส่งถึงโทรศัพท์แล้ว หมายเลขนี้ถูกล็อกเพราะกรอกรหัสผิดหลายครั้ง ลูกค้าลองใหม่ได้ในอีก 1 ชั่วโมง',
    { waits: { ...cooling(60), lockedUntil: at(3620) } },
  ],
  [
    'verified',
    { status: 'verified' },
    'The code was right; the confirmation has not been used yet. There is nothing left to enter.',
    'รหัสถูกต้อง แต่ยังไม่ได้นำการยืนยันไปใช้ ลูกค้าไม่ต้องกรอกรหัสอีก',
  ],
  [
    'verified and consumed',
    { status: 'verified', consumedAt: at(19) },
    'The code was right and the confirmation was used. To confirm something else, the customer needs a new code.',
    'รหัสถูกต้องและนำการยืนยันไปใช้แล้ว หากต้องการยืนยันรายการอื่น ลูกค้าต้องขอรหัสใหม่',
  ],
  [
    'verified and revoked',
    { status: 'verified', consumedAt: at(18), revokedAt: at(19) },
    'The code was right, but the confirmation was revoked later. To confirm something else, the customer needs a new code.',
    'รหัสถูกต้อง แต่การยืนยันถูกเพิกถอนในภายหลัง หากต้องการยืนยันรายการอื่น ลูกค้าต้องขอรหัสใหม่',
  ],
  [
    'send_failed',
    { status: 'send_failed', errorCode: '0307' },
    `No SMS was sent: ANTS does not accept the mobile number (ANTS 0307). ${NEW}`,
    `ไม่ได้ส่ง SMS: ANTS ไม่รองรับหมายเลขโทรศัพท์นี้ (ANTS 0307) ${NEW_TH}`,
    { events: [event(2, 'send_failed', 1, { reason: 'number', antsCode: '0307' })] },
  ],
  [
    'send_failed without its history',
    { status: 'send_failed', errorCode: 'not_reached' },
    `No SMS was sent: ANTS could not be reached. ${NEW}`,
    `ไม่ได้ส่ง SMS: ติดต่อ ANTS ไม่ได้ ${NEW_TH}`,
    { events: [] },
  ],
  [
    'send_unknown',
    { status: 'send_unknown' },
    `It is not certain that an SMS was sent; if one arrives, its code is not accepted. ${NEW}`,
    `ไม่แน่ใจว่า SMS ถูกส่งออกไปหรือไม่ หากลูกค้าได้รับ รหัสนั้นใช้ไม่ได้ ${NEW_TH}`,
  ],
  [
    'max_attempts_reached',
    { status: 'max_attempts_reached' },
    `It ended after too many codes were tried. ${NEW}`,
    `รายการนี้จบแล้ว เพราะลองรหัสครบจำนวนครั้งที่กำหนด ${NEW_TH}`,
  ],
  [
    'expired, swept or not',
    { expiresAt: at(20) },
    `Its time ran out before the right code was entered. ${NEW}`,
    `หมดเวลาก่อนที่จะกรอกรหัสที่ถูกต้อง ${NEW_TH}`,
  ],
  [
    'expired, delivered',
    { status: 'expired', delivery: 'delivered' },
    `Its time ran out before the right code was entered. The SMS was delivered to the phone. ${NEW}`,
    `หมดเวลาก่อนที่จะกรอกรหัสที่ถูกต้อง SMS ส่งถึงโทรศัพท์แล้ว ${NEW_TH}`,
  ],
  [
    'expired, undelivered',
    { status: 'expired', delivery: 'undelivered' },
    `Its time ran out before the right code was entered. The SMS never reached the phone. ${NEW}`,
    `หมดเวลาก่อนที่จะกรอกรหัสที่ถูกต้อง SMS ส่งไม่ถึงโทรศัพท์ ${NEW_TH}`,
  ],
  [
    'canceled',
    { status: 'canceled' },
    `It was canceled, by the customer or by your application. ${NEW}`,
    `รายการนี้ถูกยกเลิก โดยลูกค้าหรือโดยแอปพลิเคชันของคุณ ${NEW_TH}`,
  ],
  [
    'superseded',
    { status: 'superseded' },
    'A newer request for the same number took its place. The customer should use the code of the newest SMS.',
    'มีคำขอใหม่ของหมายเลขเดียวกันมาแทนที่แล้ว กรุณาแจ้งให้ลูกค้าใช้รหัสจาก SMS ล่าสุด',
  ],
];

describe('a summary', () => {
  it.each(STANDINGS)('of %s', (_, facts, en, th, ...more) => {
    const record = anOtp({ expiresAt: at(320), ...facts });
    expect(told({ record, ...more[0] }).summary).toEqual({ en, th });
  });

  it.each<[OtpChannel, string]>([
    [
      'decoy',
      'Your application suppressed this request ("beforeSend"): no SMS was sent, and no code is accepted.',
    ],
    [
      'test',
      `This is a number for tests: no SMS is sent, the code is the one in your options ("testNumbers"). ${AGAIN}`,
    ],
  ])('never says of a %s that an SMS left', (channel, en) => {
    const record = anOtp({ expiresAt: at(320), channel });
    expect(told({ record }).summary.en).toBe(en);
    const { lines } = told({ record, events: [REQUESTED, SENT, event(3, 'resent', 70)] });
    expect(JSON.stringify(lines)).not.toMatch(/took/);
  });

  it('names the OTP by its id and mask', () => {
    expect(told()).toMatchObject({ id: anOtp().id, mobileMask: '08x-xxx-5678' });
  });
});

describe('any history', () => {
  const seconds = fc.integer({ min: 0, max: 100_000_000 });
  const time = seconds.map(at);
  const timeOrNull = fc.option(time);
  /** Digits of a code, a number or a token wherever free text can stand. */
  const text = fc.oneof(
    fc.constantFrom(
      'DELIVERED',
      'code 123456',
      '0812345678',
      '๑๒๓๔๕๖',
      '+66812345678',
      'a\n\t1234',
    ),
    anyText(),
  );
  const loose = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.object());
  const REF = 'R1234567';
  const MESSAGE = '12345678901234567890';
  const data = fc.record(
    {
      send: fc.oneof(fc.integer({ min: -2, max: 200 }), loose),
      referenceCode: fc.constant(REF),
      messageId: fc.constant(MESSAGE),
      antsCode: fc.oneof(fc.constantFrom('0305', '9999'), fc.constantFrom('12345678', 17)),
      reason: fc.oneof(fc.constantFrom('credit', 'toString', '__proto__'), loose),
      detail: loose,
      outcome: fc.oneof(fc.constantFrom('sent', 'failed', '__proto__'), loose),
      by: loose,
      recovered: loose,
      delivery: loose,
      statusName: loose,
      statusCode: loose,
      description: loose,
      mobile: loose,
      purpose: loose,
    },
    { requiredKeys: [] },
  );
  const events = fc
    .array(fc.tuple(fc.constantFrom(...OTP_EVENT_TYPES), seconds, data), { maxLength: 12 })
    .map((list) => list.map(([type, when, some], i) => event(i + 1, type, when, some)));
  const delivery = fc.constantFrom<Delivery>(...DELIVERY_RANKS, 'external');
  const count = fc.integer({ min: 0, max: 101 });
  const record = fc
    .record({
      status: fc.constantFrom(...OTP_STATUSES),
      delivery,
      purpose: text,
      referenceCode: fc.constantFrom(null, REF),
      errorCode: fc.option(text),
      attempts: count,
      maxAttempts: count,
      sends: count,
      maxSends: count,
      leaseUntil: timeOrNull,
      expiresAt: time,
      createdAt: time,
      consumedAt: timeOrNull,
      revokedAt: timeOrNull,
    })
    .map(anOtp);
  const send = fc
    .record({
      sendNo: fc.integer({ min: 1, max: 5 }),
      outcome: fc.constantFrom('sending', 'sent', 'failed', 'unknown'),
      delivery,
      referenceCode: fc.constantFrom(null, REF),
      description: fc.option(text),
      requestedAt: time,
    })
    .map((facts) => aSend(facts as Partial<SendRecord>));
  const history = fc.record<ExplainedOtp>({
    record,
    sends: fc.array(send, { maxLength: 5 }),
    events,
    waits: fc.record({ resendAt: time, requestAt: time, lockedUntil: timeOrNull }),
    now: time,
  });

  it('is told without a fault, and without a run of digits that could be a code or a number', () => {
    fc.assert(
      fc.property(history, (otp) => {
        const { summary, lines } = explain(otp);
        expect(lines).toHaveLength(otp.events.length);
        for (const { en, th } of [summary, ...lines]) {
          expect(en).toMatch(/^\S/);
          expect(th).toMatch(/[\u0e00-\u0e7f]/);
          for (const said of [en, th]) {
            const own = said.replaceAll(REF, '').replaceAll(MESSAGE, '');
            const digits = own.replace(/\(ANTS (0305|9999)\)|ANTS (0305|9999)/g, '');
            expect(digits).not.toMatch(/\p{Nd}{4,}/u);
            expect(said).not.toMatch(/undefined|NaN|\[object/);
          }
        }
      }),
      { numRuns: times(300, 20_000) },
    );
  });
});
