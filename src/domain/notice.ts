import type { Delivery } from './delivery.js';
import { effectiveStatus, isLeased, resendRefusal } from './lifecycle.js';
import type { OtpRecord } from './otp.js';
import { secondsLeft, waitOf, words } from './words.js';
import type { Words } from './words.js';

/** When the holder of an OTP may do what; a time that is not in the future has come. */
export interface OtpWaits {
  /** Another SMS of this OTP; sooner than a new OTP when the last SMS failed. */
  resendAt: Date;
  /** A new OTP for the same number: the end of its cool-down. */
  requestAt: Date;
  /** Until then the number may do nothing at all. */
  lockedUntil: Date | null;
}

/** What a screen should say to the holder of an OTP now: what became of the SMS, and what can be done. */
export function noticeOf(otp: OtpRecord, waits: OtpWaits, now: Date): Words {
  const wait = secondsLeft(newOtpAt(waits), now);
  const status = effectiveStatus(otp, now);
  switch (status) {
    case 'sending':
      return words('We are sending the SMS.', 'กำลังส่ง SMS กรุณารอสักครู่');
    case 'pending':
      return pendingNotice(otp, waits, now);
    case 'verified':
      return otp.revokedAt === null
        ? words('The code is confirmed.', 'ยืนยันรหัสเรียบร้อยแล้ว')
        : join(words('This confirmation is no longer valid.', 'การยืนยันนี้ใช้ไม่ได้แล้ว'), newCode(wait));
    case 'superseded':
      return words(
        'A newer code replaced this one. Use the code of the newest SMS.',
        'มีรหัสใหม่แทนรหัสนี้แล้ว กรุณาใช้รหัสจาก SMS ล่าสุด',
      );
    case 'send_failed':
    case 'send_unknown':
    case 'max_attempts_reached':
    case 'expired':
    case 'canceled':
      return join(ENDS[status], newCode(wait));
  }
}

const ENDS = {
  send_failed: words('The SMS could not be sent.', 'ไม่สามารถส่ง SMS ได้'),
  send_unknown: words('It is not certain that the SMS was sent.', 'ไม่แน่ใจว่า SMS ถูกส่งออกไปแล้วหรือไม่'),
  max_attempts_reached: words('Too many wrong codes.', 'กรอกรหัสผิดเกินจำนวนครั้งที่กำหนด'),
  expired: words('The code has expired.', 'รหัสหมดอายุแล้ว'),
  canceled: words('This code was canceled.', 'รหัสนี้ถูกยกเลิกแล้ว'),
} as const;

function pendingNotice(otp: OtpRecord, waits: OtpWaits, now: Date): Words {
  const checking = isLeased(otp, now);
  const wait = secondsLeft(newOtpAt(waits), now);
  if (otp.attempts >= otp.maxAttempts && !checking)
    return join(
      words(
        'Your last code could not be checked. Enter the same code again.',
        'ยังตรวจสอบรหัสล่าสุดไม่ได้ กรุณากรอกรหัสเดิมอีกครั้ง',
      ),
      newCode(wait),
    );
  // A running check has taken its failure already and may give it back.
  if (waits.lockedUntil && waits.lockedUntil > now && !checking) {
    const { en, th } = waitOf(secondsLeft(waits.lockedUntil, now));
    return words(
      `Too many wrong codes were entered for this number. You can try again ${en}.`,
      `กรอกรหัสผิดเกินจำนวนครั้งที่กำหนดสำหรับหมายเลขนี้ คุณลองใหม่ได้${th}`,
    );
  }
  return arrival(
    otp.delivery,
    resendsAt(otp, waits, now) ? another(secondsLeft(waits.resendAt, now)) : startAgain(wait),
  );
}

/** Whether another SMS of this OTP is possible once its wait is over; by then it may have ended. */
export function resendsAt(otp: OtpRecord, { resendAt }: OtpWaits, now: Date): boolean {
  return resendRefusal(otp, resendAt > now ? resendAt : now) === null;
}

/** When a new OTP may be asked for. */
export function newOtpAt({ requestAt, lockedUntil }: OtpWaits): Date {
  return lockedUntil && lockedUntil > requestAt ? lockedUntil : requestAt;
}

/** What is known of the newest SMS, and how to come by another. */
function arrival(delivery: Delivery, more: Words): Words {
  switch (delivery) {
    case 'none':
    case 'accepted':
    case 'pending':
      return join(
        words('The SMS is on its way. If it does not come,', 'ส่ง SMS แล้ว กรุณารอสักครู่ หากไม่ได้รับ'),
        more,
      );
    case 'unknown':
    case 'completed':
    case 'external':
      return join(words('The SMS was sent. If it does not come,', 'ส่ง SMS แล้ว หากไม่ได้รับ'), more);
    case 'delivered':
      return join(
        words(
          'The SMS was delivered. Check your messages;',
          'SMS ส่งถึงโทรศัพท์ของคุณแล้ว กรุณาตรวจสอบข้อความ หากไม่พบ',
        ),
        more,
      );
    case 'expired':
    case 'rejected':
    case 'undelivered':
      return join(
        words('The SMS could not be delivered.', 'ไม่สามารถส่ง SMS ถึงโทรศัพท์ของคุณได้'),
        words(more.en.charAt(0).toUpperCase() + more.en.slice(1), `คุณ${more.th}`),
      );
  }
}

function another(wait: number): Words {
  const when = waitOf(wait);
  return words(`you can ask for another ${when.en}.`, `ขอรับ SMS อีกครั้งได้${when.th}`);
}

/** When this OTP may send no more. */
function startAgain(wait: number): Words {
  const when = waitOf(wait);
  return words(`you can start again with a new code ${when.en}.`, `เริ่มขอรหัสใหม่ได้${when.th}`);
}

function newCode(wait: number): Words {
  const when = waitOf(wait);
  return words(`You can ask for a new code ${when.en}.`, `คุณขอรหัสใหม่ได้${when.th}`);
}

const join = (a: Words, b: Words): Words => words(`${a.en} ${b.en}`, `${a.th} ${b.th}`);
