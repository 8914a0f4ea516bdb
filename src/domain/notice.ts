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

/** What a notice is about: an OTP that has not ended, by what is known of its SMS, or its end. */
export type NoticeTopic = keyof typeof TOPICS | 'locked' | Arrival;

type Arrival = 'on_its_way' | 'sent' | 'delivered' | 'undelivered';

/** What a screen should say to the holder of an OTP, as values. */
export interface NoticeFacts {
  about: NoticeTopic;
  /** What can be done after the wait: another SMS of this OTP, a new OTP, or another try; `null`: nothing. */
  next: 'resend' | 'request' | 'retry' | null;
  /** Seconds; 0 = now. */
  wait: number;
}

/** The same in whole sentences. */
export interface OtpNotice extends NoticeFacts {
  en: string;
  th: string;
}

/** What a screen should say to the holder of an OTP now: what became of the SMS, and what can be done. */
export function noticeOf(otp: OtpRecord, waits: OtpWaits, now: Date): OtpNotice {
  const facts = factsOf(otp, waits, now);
  return { ...facts, ...wordsOf(facts) };
}

function factsOf(otp: OtpRecord, waits: OtpWaits, now: Date): NoticeFacts {
  const status = effectiveStatus(otp, now);
  const request = { next: 'request' as const, wait: secondsLeft(newOtpAt(waits), now) };
  switch (status) {
    case 'sending':
    case 'superseded':
      return { about: status, next: null, wait: 0 };
    case 'pending':
      return pendingFacts(otp, waits, now);
    case 'verified':
      return otp.revokedAt === null
        ? { about: status, next: null, wait: 0 }
        : { about: 'revoked', ...request };
    case 'send_failed':
    case 'send_unknown':
    case 'max_attempts_reached':
    case 'expired':
    case 'canceled':
      return { about: status, ...request };
  }
}

function pendingFacts(otp: OtpRecord, waits: OtpWaits, now: Date): NoticeFacts {
  const checking = isLeased(otp, now);
  const request = { next: 'request' as const, wait: secondsLeft(newOtpAt(waits), now) };
  if (otp.attempts >= otp.maxAttempts && !checking) return { about: 'unchecked', ...request };
  // A running check has taken its failure already and may give it back.
  if (waits.lockedUntil && waits.lockedUntil > now && !checking)
    return { about: 'locked', next: 'retry', wait: secondsLeft(waits.lockedUntil, now) };
  const again = resendsAt(otp, waits, now)
    ? { next: 'resend' as const, wait: secondsLeft(waits.resendAt, now) }
    : request;
  return { about: arrivalOf(otp.delivery), ...again };
}

/** What is known of the newest SMS. */
function arrivalOf(delivery: Delivery): Arrival {
  switch (delivery) {
    case 'none':
    case 'accepted':
    case 'pending':
      return 'on_its_way';
    case 'unknown':
    case 'completed':
    case 'external':
      return 'sent';
    case 'delivered':
      return 'delivered';
    case 'expired':
    case 'rejected':
    case 'undelivered':
      return 'undelivered';
  }
}

/** Whether another SMS of this OTP is possible once its wait is over; by then it may have ended. */
export function resendsAt(otp: OtpRecord, { resendAt }: OtpWaits, now: Date): boolean {
  return resendRefusal(otp, resendAt > now ? resendAt : now) === null;
}

/** When a new OTP may be asked for. */
export function newOtpAt({ requestAt, lockedUntil }: OtpWaits): Date {
  return lockedUntil && lockedUntil > requestAt ? lockedUntil : requestAt;
}

// --- sentences ---------------------------------------------------------------------------------

const TOPICS = {
  sending: words('We are sending the SMS.', 'กำลังส่ง SMS กรุณารอสักครู่'),
  verified: words('The code is confirmed.', 'ยืนยันรหัสเรียบร้อยแล้ว'),
  revoked: words('This confirmation is no longer valid.', 'การยืนยันนี้ใช้ไม่ได้แล้ว'),
  superseded: words(
    'A newer code replaced this one. Use the code of the newest SMS.',
    'มีรหัสใหม่แทนรหัสนี้แล้ว กรุณาใช้รหัสจาก SMS ล่าสุด',
  ),
  send_failed: words('The SMS could not be sent.', 'ไม่สามารถส่ง SMS ได้'),
  send_unknown: words('It is not certain that the SMS was sent.', 'ไม่แน่ใจว่า SMS ถูกส่งออกไปแล้วหรือไม่'),
  max_attempts_reached: words('Too many wrong codes.', 'กรอกรหัสผิดเกินจำนวนครั้งที่กำหนด'),
  expired: words('The code has expired.', 'รหัสหมดอายุแล้ว'),
  canceled: words('This code was canceled.', 'รหัสนี้ถูกยกเลิกแล้ว'),
  unchecked: words(
    'Your last code could not be checked. Enter the same code again.',
    'ยังตรวจสอบรหัสล่าสุดไม่ได้ กรุณากรอกรหัสเดิมอีกครั้ง',
  ),
} as const;

function wordsOf({ about, next, wait }: NoticeFacts): Words {
  const when = waitOf(wait);
  const more =
    next === 'resend'
      ? words(`you can ask for another ${when.en}.`, `ขอรับ SMS อีกครั้งได้${when.th}`)
      : words(`you can start again with a new code ${when.en}.`, `เริ่มขอรหัสใหม่ได้${when.th}`);
  switch (about) {
    case 'locked':
      return words(
        `Too many wrong codes were entered for this number. You can try again ${when.en}.`,
        `กรอกรหัสผิดเกินจำนวนครั้งที่กำหนดสำหรับหมายเลขนี้ คุณลองใหม่ได้${when.th}`,
      );
    case 'on_its_way':
      return join(
        words('The SMS is on its way. If it does not come,', 'ส่ง SMS แล้ว กรุณารอสักครู่ หากไม่ได้รับ'),
        more,
      );
    case 'sent':
      return join(words('The SMS was sent. If it does not come,', 'ส่ง SMS แล้ว หากไม่ได้รับ'), more);
    case 'delivered':
      return join(
        words(
          'The SMS was delivered. Check your messages;',
          'SMS ส่งถึงโทรศัพท์ของคุณแล้ว กรุณาตรวจสอบข้อความ หากไม่พบ',
        ),
        more,
      );
    case 'undelivered':
      return join(
        words('The SMS could not be delivered.', 'ไม่สามารถส่ง SMS ถึงโทรศัพท์ของคุณได้'),
        words(more.en.charAt(0).toUpperCase() + more.en.slice(1), `คุณ${more.th}`),
      );
    case 'sending':
    case 'verified':
    case 'revoked':
    case 'superseded':
    case 'send_failed':
    case 'send_unknown':
    case 'max_attempts_reached':
    case 'expired':
    case 'canceled':
    case 'unchecked':
      return next === null
        ? TOPICS[about]
        : join(
            TOPICS[about],
            words(`You can ask for a new code ${when.en}.`, `คุณขอรหัสใหม่ได้${when.th}`),
          );
  }
}

const join = (a: Words, b: Words): Words => words(`${a.en} ${b.en}`, `${a.th} ${b.th}`);
