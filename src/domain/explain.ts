import { hasFailed } from './delivery.js';
import { EVENT_SENTENCES, unsentSms } from './explain-events.js';
import type { Told } from './explain-events.js';
import { unreadableArrival } from './explain-unreadable.js';
import { reasonOf, refOf } from './explain-words.js';
import { attemptsLeft, effectiveStatus, isLeased } from './lifecycle.js';
import { newOtpAt, resendsAt } from './notice.js';
import type { OtpWaits } from './notice.js';
import type { OtpEvent, OtpEventType, OtpRecord, OtpStatus, SendRecord } from './otp.js';
import { secondsLeft, span, waitOf, words } from './words.js';
import type { Words } from './words.js';

/** What is known of one OTP. */
export interface ExplainedOtp {
  record: OtpRecord;
  sends: readonly SendRecord[];
  /** Oldest first. */
  events: readonly OtpEvent[];
  waits: OtpWaits;
  now: Date;
}

/** The history of one OTP in plain sentences, for the people of a support desk. */
export interface OtpExplanation {
  id: string;
  /** `08x-xxx-5678` */
  mobileMask: string;
  /** Where the OTP stands, and what the customer can do now. */
  summary: { en: string; th: string };
  /** What happened, oldest first. */
  lines: { at: Date; no: number; en: string; th: string }[];
}

/**
 * Tells what happened to an OTP. No sentence holds a code, a number, a ticket or a token; free text
 * comes only as it was cleaned for the history.
 */
export function explain(otp: ExplainedOtp): OtpExplanation {
  const { record, events } = otp;
  return {
    id: record.id,
    mobileMask: record.mobileMask,
    summary: summary(otp),
    lines: events.map((event, i) => ({ at: event.at, no: event.eventNo, ...line(otp, event, i) })),
  };
}

// --- lines -------------------------------------------------------------------------------------

function line(otp: ExplainedOtp, event: OtpEvent, index: number): Words {
  // A row that a newer version of this module wrote may hold a type of its own.
  const tell = (EVENT_SENTENCES as Partial<Record<string, (told: Told) => Words>>)[event.type];
  return tell
    ? tell(toldBy(otp, event, index))
    : words('Something happened that this version cannot name.', 'มีเหตุการณ์ที่ระบบรุ่นนี้ไม่รู้จัก');
}

function toldBy(otp: ExplainedOtp, event: OtpEvent, index: number): Told {
  const { record, sends } = otp;
  const before = otp.events.slice(0, index);
  const send = sends.find(({ sendNo }) => sendNo === event.data['send']);
  const newest = index === lastOf(otp.events, 'undelivered') && event.data['send'] === record.sends;
  return {
    event,
    record,
    send,
    sinceSms: gap(smsTime(before, send), event.at),
    wasVerified: before.some(({ type }) => type === 'verified'),
    mayResendNow:
      newest &&
      hasFailed(record.delivery) &&
      mayResend(otp) &&
      resendWait(otp) === 0 &&
      !isLocked(otp),
  };
}

/**
 * When ANTS took the SMS an event is about: the one it names, else the newest so far. A report may be
 * quicker than ANTS' answer; then it is the time at which we asked.
 */
function smsTime(before: readonly OtpEvent[], send: SendRecord | undefined): Date | undefined {
  const taken = before.filter(({ type, data }) => {
    if (!send) return type === 'sent' || type === 'resent';
    return send.sendNo === 1 ? type === 'sent' : type === 'resent' && data['send'] === send.sendNo;
  });
  return taken.at(-1)?.at ?? send?.requestedAt;
}

function gap(from: Date | undefined, to: Date): Words | null {
  const seconds = from ? (to.getTime() - from.getTime()) / 1000 : -1;
  return seconds >= 0 ? span(seconds) : null;
}

const lastOf = (events: readonly OtpEvent[], type: OtpEventType): number =>
  events.map((event) => event.type).lastIndexOf(type);

// --- summary -----------------------------------------------------------------------------------

function summary(otp: ExplainedOtp): Words {
  const { record, now } = otp;
  const unsent = unsentSms(record);
  const isOpen = effectiveStatus(record, now) === 'pending';
  if (!unsent || !isOpen) return sentences(unsent, standing(otp), advice(otp));
  return record.channel === 'decoy' ? unsent : sentences(unsent, advice(otp));
}

/** Where the OTP stands. */
function standing(otp: ExplainedOtp): Words {
  const { record, now } = otp;
  const status = effectiveStatus(record, now);
  const told = STANDINGS[status](otp);
  return KNOWS_ARRIVAL.includes(status) ? sentences(told, lateNews(record)) : told;
}

const STANDINGS: Record<OtpStatus, (otp: ExplainedOtp) => Words> = {
  sending: () => words('The SMS is being sent at this moment.', 'ระบบกำลังส่ง SMS อยู่ในขณะนี้'),
  pending: (otp) => newestSend(otp) ?? arrival(otp),
  verified: ({ record }) => {
    if (record.revokedAt !== null)
      return words(
        'The code was right, but the confirmation was revoked later.',
        'รหัสถูกต้อง แต่การยืนยันถูกเพิกถอนในภายหลัง',
      );
    return record.consumedAt === null
      ? words(
          'The code was right; the confirmation has not been used yet.',
          'รหัสถูกต้อง แต่ยังไม่ได้นำการยืนยันไปใช้',
        )
      : words('The code was right and the confirmation was used.', 'รหัสถูกต้องและนำการยืนยันไปใช้แล้ว');
  },
  send_failed: ({ record, events }) => {
    const failed = events[lastOf(events, 'send_failed')];
    const reason = reasonOf(failed?.data ?? { reason: record.errorCode });
    return words(`No SMS was sent${reason.en}.`, `ไม่ได้ส่ง SMS${reason.th}`);
  },
  send_unknown: () =>
    words(
      'It is not certain that an SMS was sent; if one arrives, its code is not accepted.',
      'ไม่แน่ใจว่า SMS ถูกส่งออกไปหรือไม่ หากลูกค้าได้รับ รหัสนั้นใช้ไม่ได้',
    ),
  max_attempts_reached: () =>
    words('It ended after too many codes were tried.', 'รายการนี้จบแล้ว เพราะลองรหัสครบจำนวนครั้งที่กำหนด'),
  expired: () =>
    words('Its time ran out before the right code was entered.', 'หมดเวลาก่อนที่จะกรอกรหัสที่ถูกต้อง'),
  canceled: () =>
    words(
      'It was canceled, by the customer or by your application.',
      'รายการนี้ถูกยกเลิก โดยลูกค้าหรือโดยแอปพลิเคชันของคุณ',
    ),
  superseded: () =>
    words(
      'A newer request for the same number took its place.',
      'มีคำขอใหม่ของหมายเลขเดียวกันมาแทนที่แล้ว',
    ),
};

/** Ends after which it helps to know whether the SMS ever came. */
const KNOWS_ARRIVAL: readonly OtpStatus[] = ['expired', 'send_unknown', 'canceled'];

function lateNews({ delivery }: OtpRecord): Words | null {
  if (delivery === 'delivered')
    return words('The SMS was delivered to the phone.', 'SMS ส่งถึงโทรศัพท์แล้ว');
  return hasFailed(delivery) ? words('The SMS never reached the phone.', 'SMS ส่งไม่ถึงโทรศัพท์') : null;
}

/** An SMS after the first that was not simply sent: the one before it still counts. */
function newestSend({ record, sends }: ExplainedOtp): Words | null {
  const outcome = sends.find(({ sendNo }) => sendNo === record.sends)?.outcome;
  if (record.sends <= 1 || outcome === undefined || outcome === 'sent') return null;
  const ref = refOf(record.referenceCode);
  switch (outcome) {
    case 'sending':
      return words('Another SMS is being sent at this moment.', 'ระบบกำลังส่ง SMS อีกครั้งในขณะนี้');
    case 'failed':
      return words(
        `The last SMS could not be sent; the code of the one before${ref} still counts.`,
        `ส่ง SMS ครั้งล่าสุดไม่ได้ รหัสจาก SMS ก่อนหน้า${ref} ยังใช้ได้`,
      );
    case 'unknown':
      return words(
        `It is not certain that the last SMS was sent; the code of the one before${ref} may still count.`,
        `ไม่แน่ใจว่า SMS ครั้งล่าสุดถูกส่งหรือไม่ รหัสจาก SMS ก่อนหน้า${ref} อาจยังใช้ได้`,
      );
  }
}

function arrival({ record, events }: ExplainedOtp): Words {
  const ref = refOf(record.referenceCode);
  switch (record.delivery) {
    case 'none':
      if (lastOf(events, 'report_unreadable') >= 0) return unreadableArrival(ref);
      return words(
        `ANTS took the SMS${ref}; no delivery report has come yet.`,
        `ANTS รับ SMS${ref} ไปส่งแล้ว แต่ยังไม่มีรายงานผลการส่ง`,
      );
    case 'accepted':
    case 'pending':
      return words(`The SMS${ref} is on its way to the phone.`, `SMS${ref} กำลังส่งไปยังโทรศัพท์`);
    case 'unknown':
    case 'completed':
      return words(
        `ANTS has handled the SMS${ref}, but does not say whether it reached the phone.`,
        `ANTS ดำเนินการส่ง SMS${ref} แล้ว แต่ไม่ได้แจ้งว่าถึงโทรศัพท์หรือไม่`,
      );
    case 'external':
      return words(
        `ANTS took the SMS${ref}; its delivery reports go to your own address, so nothing is known of them here.`,
        `ANTS รับ SMS${ref} ไปส่งแล้ว รายงานผลการส่งไปที่ปลายทางของคุณเอง จึงไม่ทราบผลที่นี่`,
      );
    case 'delivered':
      return words(`The SMS${ref} was delivered to the phone.`, `SMS${ref} ส่งถึงโทรศัพท์แล้ว`);
    case 'expired':
    case 'rejected':
    case 'undelivered':
      return words(
        `The SMS${ref} could not be delivered and will not arrive.`,
        `SMS${ref} ส่งไม่สำเร็จและจะไม่ถึงโทรศัพท์`,
      );
  }
}

/** What the customer can do now. */
function advice(otp: ExplainedOtp): Words {
  const { record, now } = otp;
  const status = effectiveStatus(record, now);
  switch (status) {
    case 'sending':
      return words('Ask the customer to wait a moment.', 'กรุณาแจ้งให้ลูกค้ารอสักครู่');
    case 'pending':
      return pendingAdvice(otp);
    case 'verified':
      return record.revokedAt === null && record.consumedAt === null
        ? words('There is nothing left to enter.', 'ลูกค้าไม่ต้องกรอกรหัสอีก')
        : words(
            'To confirm something else, the customer needs a new code.',
            'หากต้องการยืนยันรายการอื่น ลูกค้าต้องขอรหัสใหม่',
          );
    case 'superseded':
      return words(
        'The customer should use the code of the newest SMS.',
        'กรุณาแจ้งให้ลูกค้าใช้รหัสจาก SMS ล่าสุด',
      );
    case 'send_failed':
    case 'send_unknown':
    case 'max_attempts_reached':
    case 'expired':
    case 'canceled':
      return newCode(otp);
  }
}

function pendingAdvice(otp: ExplainedOtp): Words {
  const { record, now } = otp;
  const left = attemptsLeft(record);
  const checking = isLeased(record, now);
  if (checking)
    return words('A code is being checked at this moment.', 'ระบบกำลังตรวจสอบรหัสอยู่ในขณะนี้');
  if (left === 0)
    return sentences(
      words(
        'The last code could not be checked; the customer should enter the same code again.',
        'ยังตรวจสอบรหัสล่าสุดไม่ได้ กรุณาแจ้งให้ลูกค้ากรอกรหัสเดิมอีกครั้ง',
      ),
      newCode(otp),
    );
  if (isLocked(otp)) {
    const when = waitOf(requestWait(otp));
    return words(
      `The number is locked after too many wrong codes; the customer can try again ${when.en}.`,
      `หมายเลขนี้ถูกล็อกเพราะกรอกรหัสผิดหลายครั้ง ลูกค้าลองใหม่ได้${when.th}`,
    );
  }
  const { en, th } = mayResend(otp) ? another(otp) : startAgain(otp);
  if (hasFailed(record.delivery) && newestSend(otp) === null)
    return words(`The customer may ${en}.`, `ลูกค้า${th}`);
  const time = span(secondsLeft(record.expiresAt, now));
  return words(
    `The customer can enter the code for ${time.en} more (attempts left: ${countOf(left)}), or ${en}.`,
    `ลูกค้ากรอกรหัสได้อีก ${time.th} (เหลือ ${countOf(left)} ครั้ง) หรือ${th}`,
  );
}

const another = (otp: ExplainedOtp): Words => {
  const { en, th } = waitOf(resendWait(otp));
  return words(`ask for another SMS ${en}`, `ขอรับ SMS อีกครั้งได้${th}`);
};

const startAgain = (otp: ExplainedOtp): Words => {
  const { en, th } = waitOf(requestWait(otp));
  return words(`start again with a new code ${en}`, `เริ่มขอรหัสใหม่ได้${th}`);
};

function newCode(otp: ExplainedOtp): Words {
  const { en, th } = waitOf(requestWait(otp));
  return words(`The customer can ask for a new code ${en}.`, `ลูกค้าขอรหัสใหม่ได้${th}`);
}

const resendWait = ({ waits, now }: ExplainedOtp): number => secondsLeft(waits.resendAt, now);
const requestWait = ({ waits, now }: ExplainedOtp): number => secondsLeft(newOtpAt(waits), now);

/** Whether another SMS of this very OTP is possible once its wait is over. */
const mayResend = ({ record, waits, now }: ExplainedOtp): boolean => resendsAt(record, waits, now);
const isLocked = ({ waits, now }: ExplainedOtp): boolean =>
  waits.lockedUntil !== null && waits.lockedUntil > now;

const countOf = (count: number): string => String(Math.min(count, 100));

const sentences = (...all: (Words | null)[]): Words => {
  const said = all.filter((one) => one !== null);
  return words(said.map(({ en }) => en).join(' '), said.map(({ th }) => th).join(' '));
};
