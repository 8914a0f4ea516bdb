import { unreadableLine } from './explain-unreadable.js';
import { codeIn, noteOf, reasonOf, refOf } from './explain-words.js';
import type { OtpEvent, OtpEventType, OtpRecord, SendRecord } from './otp.js';
import { words } from './words.js';
import type { Words } from './words.js';

/** One event, with what its sentence needs to know around it. */
export interface Told {
  event: OtpEvent;
  record: OtpRecord;
  /** The SMS the event is about. */
  send: SendRecord | undefined;
  /** How long after the SMS it happened; `null` when that is not known. */
  sinceSms: Words | null;
  /** Whether the code had been right before. */
  wasVerified: boolean;
  /** Whether this is why the customer may ask for another SMS at once. */
  mayResendNow: boolean;
}

/** Why no SMS stands behind an OTP that looks sent; `null` when one does. */
export function unsentSms({ channel }: OtpRecord): Words | null {
  switch (channel) {
    case 'provider':
      return null;
    case 'decoy':
      return words(
        'Your application suppressed this request ("beforeSend"): no SMS was sent, and no code is accepted.',
        'แอปพลิเคชันของคุณระงับคำขอนี้ ("beforeSend") จึงไม่มีการส่ง SMS และไม่มีรหัสใดใช้ได้',
      );
    case 'test':
      return words(
        'This is a number for tests: no SMS is sent, the code is the one in your options ("testNumbers").',
        'หมายเลขนี้ใช้สำหรับทดสอบ จึงไม่มีการส่ง SMS รหัสคือค่าที่ตั้งไว้ใน "testNumbers"',
      );
  }
}

/** What each line of a history says; closed, so that a new event cannot be left without words. */
export const EVENT_SENTENCES: Record<OtpEventType, (told: Told) => Words> = {
  requested: ({ record }) => {
    const purpose = record.purpose === 'default' ? '' : noteOf(record.purpose);
    return words(
      `A code was requested${purpose && ` for "${purpose}"`}.`,
      `มีการขอรหัส OTP${purpose && ` สำหรับ "${purpose}"`}`,
    );
  },
  sent: (told) => {
    const unsent = unsentSms(told.record);
    if (unsent) return unsent;
    const ref = refIn(told);
    return words(`ANTS took the SMS${ref}.`, `ANTS รับ SMS${ref} ไปส่งแล้ว`);
  },
  send_failed: ({ event }) => {
    const why = reasonOf(event.data);
    return words(`No SMS was sent${why.en}.`, `ไม่ได้ส่ง SMS${why.th}`);
  },
  send_unknown: ({ event }) => {
    const why = reasonOf(event.data);
    return words(
      `ANTS gave no clear answer${why.en}. An SMS may or may not have left, so it is not sent again by itself.`,
      `ANTS ไม่ได้ตอบกลับอย่างชัดเจน${why.th} ไม่แน่ใจว่า SMS ถูกส่งหรือไม่ ระบบจึงไม่ส่งซ้ำเอง`,
    );
  },
  late_answer: (told) => {
    const ref = refIn(told);
    const outcome = LATE[String(told.event.data['outcome'])] ?? LATE['unknown'];
    return words(
      `ANTS' answer came too late to count: ${outcome?.en ?? ''}${ref}.`,
      `คำตอบจาก ANTS มาช้าเกินไปจึงไม่มีผล: ${outcome?.th ?? ''}${ref}`,
    );
  },
  resend_requested: ({ event }) => {
    const no = smsNo(event);
    return words(`Another SMS was asked for${no.en}.`, `มีการขอส่ง SMS อีกครั้ง${no.th}`);
  },
  resent: (told) => {
    const unsent = unsentSms(told.record);
    if (unsent) return unsent;
    const ref = refIn(told);
    return words(
      `ANTS took another SMS${ref}; from now on the code of this one counts.`,
      `ANTS รับ SMS อีกฉบับ${ref} ไปส่งแล้ว ตั้งแต่นี้ให้ใช้รหัสจากฉบับนี้`,
    );
  },
  resend_failed: ({ event }) => {
    const why = reasonOf(event.data);
    return words(
      `The other SMS was not sent${why.en}. The one before still counts.`,
      `ไม่ได้ส่ง SMS อีกฉบับ${why.th} รหัสจาก SMS ก่อนหน้ายังใช้ได้`,
    );
  },
  resend_unknown: ({ event }) => {
    const why = reasonOf(event.data);
    return words(
      `ANTS gave no clear answer about the other SMS${why.en}. It may or may not have left, so it is not sent again by itself.`,
      `ANTS ไม่ได้ตอบกลับอย่างชัดเจนเรื่อง SMS อีกฉบับ${why.th} ไม่แน่ใจว่าถูกส่งหรือไม่ ระบบจึงไม่ส่งซ้ำเอง`,
    );
  },
  wrong_code: (told) => {
    const code = codeOf(told);
    return since(
      told,
      words(`A wrong code was entered`, `มีการกรอกรหัสที่ไม่ถูกต้อง`),
      words(`${code}.`, code),
    );
  },
  locked: () =>
    words(
      'Too many wrong codes were entered for this number, so it was locked for a while.',
      'กรอกรหัสผิดหลายครั้งเกินกำหนดสำหรับหมายเลขนี้ ระบบจึงล็อกหมายเลขไว้ชั่วคราว',
    ),
  verify_not_reached: (told) => {
    const why = reasonOf(told.event.data);
    return since(
      told,
      words('A code was entered', 'มีการกรอกรหัส'),
      words(
        `, but it could not be checked${why.en}. The attempt was given back.`,
        ` แต่ตรวจสอบไม่ได้${why.th} ระบบคืนจำนวนครั้งให้แล้ว`,
      ),
    );
  },
  verify_unknown: (told) => {
    const why = reasonOf(told.event.data);
    return since(
      told,
      words('A code was entered', 'มีการกรอกรหัส'),
      words(
        `, but ANTS gave no clear answer${why.en}. The same code may be entered again without using another attempt.`,
        ` แต่ ANTS ไม่ได้ตอบกลับอย่างชัดเจน${why.th} กรอกรหัสเดิมอีกครั้งได้โดยไม่เสียจำนวนครั้งเพิ่ม`,
      ),
    );
  },
  already_used: (told) => {
    if (told.wasVerified)
      return words(
        'Another code was entered after the success, and was refused.',
        'มีการกรอกรหัสอื่นหลังจากยืนยันสำเร็จแล้ว จึงถูกปฏิเสธ',
      );
    const code = codeOf(told);
    return since(
      told,
      words('A code was entered', 'มีการกรอกรหัส'),
      words(
        ` that ANTS says was used before${code}; it counts as wrong.`,
        ` ซึ่ง ANTS แจ้งว่าเคยใช้ไปแล้ว${code} จึงนับเป็นรหัสผิด`,
      ),
    );
  },
  verified: (told) =>
    since(
      told,
      words('The right code was entered', 'มีการกรอกรหัสที่ถูกต้อง'),
      told.event.data['recovered'] === true
        ? words(
            '; an earlier try had been right already, but its answer was lost.',
            ' โดยครั้งก่อนหน้าถูกต้องอยู่แล้ว แต่คำตอบสูญหายระหว่างทาง',
          )
        : words('.', ''),
    ),
  max_attempts_reached: (told) => {
    const { attempts, maxAttempts } = told.record;
    if (attempts >= maxAttempts)
      return words(
        'The last attempt was used without the right code; this ended the OTP.',
        'ใช้สิทธิ์กรอกรหัสครบแล้วโดยยังไม่ถูกต้อง รายการนี้จึงจบลง',
      );
    const code = codeOf(told);
    return words(
      `ANTS ended the OTP: its own attempts are used up${code}.`,
      `ANTS ปิดรายการนี้ เพราะลองรหัสครบจำนวนครั้งของ ANTS แล้ว${code}`,
    );
  },
  expired: (told) => {
    const { event, record } = told;
    if (event.at >= record.expiresAt || event.data['by'] === 'sweeper')
      return words(
        'The time for entering the code ran out; this ended the OTP.',
        'หมดเวลากรอกรหัส รายการนี้จึงจบลง',
      );
    const code = codeOf(told);
    return since(
      told,
      words('A code was entered', 'มีการกรอกรหัส'),
      words(
        `, but ANTS says that the OTP has expired or is not known there${code}; this ended the OTP.`,
        ` แต่ ANTS แจ้งว่ารหัสหมดอายุหรือไม่พบรายการนี้${code} รายการนี้จึงจบลง`,
      ),
    );
  },
  canceled: () =>
    words(
      'The OTP was canceled, by the customer or by your application.',
      'รายการนี้ถูกยกเลิก โดยลูกค้าหรือโดยแอปพลิเคชันของคุณ',
    ),
  superseded: () =>
    words(
      'A newer request for the same number and purpose took its place; this ended the OTP.',
      'มีคำขอใหม่ของหมายเลขและวัตถุประสงค์เดียวกันมาแทนที่ รายการนี้จึงจบลง',
    ),
  consumed: () =>
    words('The confirmation was used by your application.', 'แอปพลิเคชันของคุณนำการยืนยันไปใช้แล้ว'),
  revoked: () =>
    words(
      'Your application revoked the confirmation; it opens nothing any more.',
      'แอปพลิเคชันของคุณเพิกถอนการยืนยัน จึงใช้ไม่ได้อีก',
    ),
  delivered: (told) => reported(told, words('; it is on the phone.', ' ข้อความอยู่ในโทรศัพท์แล้ว')),
  undelivered: (told) =>
    reported(
      told,
      told.mayResendNow
        ? words('; the customer may resend now.', ' ลูกค้าขอรับ SMS อีกครั้งได้ทันที')
        : words('; this SMS will not arrive.', ' SMS ฉบับนี้จะไม่ถึงโทรศัพท์'),
    ),
  delivery_report: (told) =>
    told.send
      ? reported(told, words('.', ''))
      : words(
          `A delivery report came for an SMS that does not belong to this OTP; nothing was changed${messageOf(told).en}.`,
          `มีรายงานผลการส่งของ SMS ที่ไม่ใช่ของรายการนี้ จึงไม่มีผลใด ๆ${messageOf(told).th}`,
        ),
  delivery_mismatch: (told) =>
    words(
      `A delivery report named another number or other callbackData; nothing was changed${messageOf(told).en}.`,
      `มีรายงานผลการส่งที่ระบุหมายเลขหรือ callbackData อื่น จึงไม่มีผลใด ๆ${messageOf(told).th}`,
    ),
  report_unreadable: ({ event }) => unreadableLine(event),
  unmasked: ({ event }) => {
    const actor = noteOf(event.data['actor']);
    return words(
      `The whole number was shown${actor && ` to "${actor}"`}.`,
      `มีการแสดงหมายเลขเต็ม${actor && `ให้ "${actor}"`}`,
    );
  },
  erased: () =>
    words(
      'What identifies the customer was erased; only what is counted was kept.',
      'ลบข้อมูลที่ระบุตัวลูกค้าแล้ว เก็บไว้เฉพาะข้อมูลที่ใช้นับจำนวน',
    ),
};

const LATE: Readonly<Record<string, Words>> = {
  sent: words('the SMS was sent', 'SMS ถูกส่งออกไป'),
  failed: words('the SMS was not sent', 'ไม่ได้ส่ง SMS'),
  unknown: words('whether the SMS was sent is not certain', 'ไม่แน่ใจว่า SMS ถูกส่งหรือไม่'),
};

/** "The operator reported UNDELIVERED 4 s after the SMS" and what follows from it. */
function reported(told: Told, end: Words): Words {
  const { delivery, statusName, description, statusCode } = told.event.data;
  const state = noteOf(statusName) || noteOf(delivery).toUpperCase() || '?';
  const notes = [noteOf(description), noteOf(statusCode) && `code ${noteOf(statusCode)}`];
  const note = notes.filter((some) => some !== '').join(', ');
  const { en, th } = since(
    told,
    words(`The operator reported ${state}`, `ผู้ให้บริการเครือข่ายแจ้งผล ${state}`),
    words(note && ` (${note})`, note && ` (${note})`),
  );
  const which = messageOf(told);
  return words(`${en}${which.en}${end.en}`, `${th}${which.th}${end.th}`);
}

/** The sentence's start, how long after the SMS, and its end. */
function since({ sinceSms }: Told, start: Words, end: Words): Words {
  if (!sinceSms) return words(start.en + end.en, start.th + end.th);
  return words(
    `${start.en} ${sinceSms.en} after the SMS${end.en}`,
    `${start.th} หลังส่ง SMS ${sinceSms.th}${end.th}`,
  );
}

const refIn = ({ event, send }: Told): string =>
  refOf(event.data['referenceCode'] ?? send?.referenceCode);

/** ANTS' id of the SMS, for a question to ANTS. */
function messageOf({ event }: Told): Words {
  const { messageId } = event.data;
  return typeof messageId === 'string' && /^[\w-]{1,64}$/.test(messageId)
    ? words(` [message ${messageId}]`, ` [ข้อความ ${messageId}]`)
    : words('', '');
}

function codeOf({ event }: Told): string {
  const code = codeIn(event.data);
  return code ? ` (ANTS ${code})` : '';
}

/** Which SMS of the OTP it is, the first being 1. */
function smsNo({ data }: OtpEvent): Words {
  const { send } = data;
  if (typeof send !== 'number' || !Number.isInteger(send) || send < 2 || send > 101)
    return words('', '');
  return words(` (SMS ${send})`, ` (SMS ฉบับที่ ${send})`);
}
