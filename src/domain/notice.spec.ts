import { describe, expect, it } from '@jest/globals';
import { anOtp, at } from '../../test/support/records.js';
import { noticeOf } from './notice.js';
import type { OtpWaits } from './notice.js';
import { DELIVERY_RANKS } from './delivery.js';
import { OTP_STATUSES } from './otp.js';
import type { OtpRecord } from './otp.js';

const WAY = 'The SMS is on its way. If it does not come, you can ask for another in 42 s.';
const WAY_TH = 'ส่ง SMS แล้ว กรุณารอสักครู่ หากไม่ได้รับ ขอรับ SMS อีกครั้งได้ในอีก 42 วินาที';
const SENT = 'The SMS was sent. If it does not come, you can ask for another in 42 s.';
const SENT_TH = 'ส่ง SMS แล้ว หากไม่ได้รับ ขอรับ SMS อีกครั้งได้ในอีก 42 วินาที';
const FAILED = 'The SMS could not be delivered. You can ask for another now.';
const FAILED_TH = 'ไม่สามารถส่ง SMS ถึงโทรศัพท์ของคุณได้ คุณขอรับ SMS อีกครั้งได้ทันที';

/** A number that cools down until then. */
const cooling = (until: number, more: Partial<OtpWaits> = {}): OtpWaits => ({
  resendAt: at(until),
  requestAt: at(until),
  lockedUntil: null,
  ...more,
});

type Case = [
  name: string,
  facts: Partial<OtpRecord>,
  now: number,
  again: number,
  en: string,
  th: string,
];

describe('a notice', () => {
  it.each<Case>([
    ['sending', { status: 'sending' }, 1, 60, 'We are sending the SMS.', 'กำลังส่ง SMS กรุณารอสักครู่'],
    ['no report', { delivery: 'none' }, 18, 60, WAY, WAY_TH],
    ['accepted', { delivery: 'accepted' }, 18, 60, WAY, WAY_TH],
    ['on its way', { delivery: 'pending' }, 18, 60, WAY, WAY_TH],
    ['an odd report', { delivery: 'unknown' }, 18, 60, SENT, SENT_TH],
    ['handled', { delivery: 'completed' }, 18, 60, SENT, SENT_TH],
    ['reports elsewhere', { delivery: 'external' }, 18, 60, SENT, SENT_TH],
    [
      'delivered',
      { delivery: 'delivered' },
      18,
      60,
      'The SMS was delivered. Check your messages; you can ask for another in 42 s.',
      'SMS ส่งถึงโทรศัพท์ของคุณแล้ว กรุณาตรวจสอบข้อความ หากไม่พบ ขอรับ SMS อีกครั้งได้ในอีก 42 วินาที',
    ],
    ['undelivered', { delivery: 'undelivered' }, 60, 60, FAILED, FAILED_TH],
    ['rejected', { delivery: 'rejected' }, 60, 60, FAILED, FAILED_TH],
    ['given up', { delivery: 'expired' }, 60, 60, FAILED, FAILED_TH],
    [
      'undelivered, and the number cools down',
      { delivery: 'undelivered' },
      18,
      60,
      'The SMS could not be delivered. You can ask for another in 42 s.',
      'ไม่สามารถส่ง SMS ถึงโทรศัพท์ของคุณได้ คุณขอรับ SMS อีกครั้งได้ในอีก 42 วินาที',
    ],
    [
      'undelivered, and no send is left',
      { delivery: 'undelivered', sends: 4 },
      60,
      60,
      'The SMS could not be delivered. You can start again with a new code now.',
      'ไม่สามารถส่ง SMS ถึงโทรศัพท์ของคุณได้ คุณเริ่มขอรหัสใหม่ได้ทันที',
    ],
    [
      'a cool-down that outlives the OTP',
      { delivery: 'delivered' },
      10,
      310,
      'The SMS was delivered. Check your messages; you can start again with a new code in 5 min.',
      'SMS ส่งถึงโทรศัพท์ของคุณแล้ว กรุณาตรวจสอบข้อความ หากไม่พบ เริ่มขอรหัสใหม่ได้ในอีก 5 นาที',
    ],
    [
      'the last attempt without an answer',
      { attempts: 5 },
      60,
      60,
      'Your last code could not be checked. Enter the same code again. You can ask for a new code now.',
      'ยังตรวจสอบรหัสล่าสุดไม่ได้ กรุณากรอกรหัสเดิมอีกครั้ง คุณขอรหัสใหม่ได้ทันที',
    ],
    ['verified', { status: 'verified' }, 60, 60, 'The code is confirmed.', 'ยืนยันรหัสเรียบร้อยแล้ว'],
    [
      'revoked',
      { status: 'verified', revokedAt: at(50) },
      60,
      60,
      'This confirmation is no longer valid. You can ask for a new code now.',
      'การยืนยันนี้ใช้ไม่ได้แล้ว คุณขอรหัสใหม่ได้ทันที',
    ],
    [
      'send_failed',
      { status: 'send_failed' },
      60,
      60,
      'The SMS could not be sent. You can ask for a new code now.',
      'ไม่สามารถส่ง SMS ได้ คุณขอรหัสใหม่ได้ทันที',
    ],
    [
      'send_unknown',
      { status: 'send_unknown' },
      1,
      10,
      'It is not certain that the SMS was sent. You can ask for a new code in 9 s.',
      'ไม่แน่ใจว่า SMS ถูกส่งออกไปแล้วหรือไม่ คุณขอรหัสใหม่ได้ในอีก 9 วินาที',
    ],
    [
      'max_attempts_reached',
      { status: 'max_attempts_reached' },
      60,
      60,
      'Too many wrong codes. You can ask for a new code now.',
      'กรอกรหัสผิดเกินจำนวนครั้งที่กำหนด คุณขอรหัสใหม่ได้ทันที',
    ],
    [
      'expired, swept or not',
      {},
      300,
      300,
      'The code has expired. You can ask for a new code now.',
      'รหัสหมดอายุแล้ว คุณขอรหัสใหม่ได้ทันที',
    ],
    [
      'canceled',
      { status: 'canceled' },
      18,
      60,
      'This code was canceled. You can ask for a new code in 42 s.',
      'รหัสนี้ถูกยกเลิกแล้ว คุณขอรหัสใหม่ได้ในอีก 42 วินาที',
    ],
    [
      'superseded',
      { status: 'superseded' },
      18,
      60,
      'A newer code replaced this one. Use the code of the newest SMS.',
      'มีรหัสใหม่แทนรหัสนี้แล้ว กรุณาใช้รหัสจาก SMS ล่าสุด',
    ],
  ])('of %s', (_, facts, now, again, en, th) => {
    expect(noticeOf(anOtp(facts), cooling(again), at(now))).toMatchObject({ en, th });
  });

  it.each([
    [
      'an SMS that failed may be sent again sooner',
      anOtp({ delivery: 'undelivered' }),
      cooling(60, { resendAt: at(15) }),
      'The SMS could not be delivered. You can ask for another in 5 s.',
    ],
    [
      'but not as a new OTP',
      anOtp({ delivery: 'undelivered', sends: 4 }),
      cooling(60, { resendAt: at(15) }),
      'The SMS could not be delivered. You can start again with a new code in 50 s.',
    ],
    [
      'a locked number waits, whatever became of the SMS',
      anOtp({ delivery: 'undelivered' }),
      cooling(60, { lockedUntil: at(3610) }),
      'Too many wrong codes were entered for this number. You can try again in 1 h.',
    ],
    [
      'also after an end',
      anOtp({ status: 'max_attempts_reached' }),
      cooling(60, { lockedUntil: at(3610) }),
      'Too many wrong codes. You can ask for a new code in 1 h.',
    ],
    [
      'a check that runs may be the right one',
      anOtp({ leaseUntil: at(20), attempts: 5 }),
      cooling(60, { lockedUntil: at(3610) }),
      'The SMS is on its way. If it does not come, you can start again with a new code in 1 h.',
    ],
  ])('%s', (_, otp, waits, en) => {
    expect(noticeOf(otp, waits, at(10)).en).toBe(en);
  });

  it.each([
    [59.999, 'in 1 s'],
    [59.001, 'in 1 s'],
    [59, 'in 1 s'],
    [58.999, 'in 2 s'],
    [60, 'now'],
    [61, 'now'],
  ])('rounds the wait up: asked at %d s it says "%s"', (now, when) => {
    const { en } = noticeOf(anOtp({ delivery: 'delivered' }), cooling(60), at(now));
    expect(en).toMatch(new RegExp(` another ${when}\\.$`));
  });

  it('has words in both languages for every status and delivery', () => {
    for (const status of OTP_STATUSES)
      for (const delivery of [...DELIVERY_RANKS, 'external' as const]) {
        const { en, th } = noticeOf(anOtp({ status, delivery }), cooling(60), at(30));
        expect(en).toMatch(/^[A-Z][ -~]+\.$/);
        expect(th).toMatch(/[\u0e00-\u0e7f]/);
        expect(th).not.toMatch(/undefined|null|NaN/);
      }
  });
});
