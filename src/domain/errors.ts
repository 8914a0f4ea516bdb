import type { AntsCode } from './ants-code.js';
import type { Sentence } from './sentence.js';
import type { Words } from './words.js';

/** One row per stable error code: the HTTP status it answers and what the user reads. */
interface ErrorRow {
  status: number;
  en: Sentence;
  th: Sentence;
}

const row = (status: number, en: Sentence, th: Sentence): ErrorRow => ({ status, en, th });

/**
 * The stable error codes. This is the one table that decides status and message; a new code is a new
 * row here and a row in `docs/errors.md` (a test compares the two).
 */
export const OTP_ERRORS = {
  // The caller's input: nothing was written, no attempt was spent, no SMS was sent.
  invalid_mobile: row(
    400,
    'This is not a Thai mobile number. Enter it like 081-234-5678.',
    'หมายเลขโทรศัพท์มือถือไม่ถูกต้อง กรุณากรอกเช่น 081-234-5678',
  ),
  invalid_code: row(
    400,
    'A code has 4 to 10 digits. Check the SMS and enter the digits only.',
    'รหัสต้องเป็นตัวเลข 4 ถึง 10 หลัก กรุณาตรวจสอบ SMS แล้วกรอกเฉพาะตัวเลข',
  ),
  invalid_request: row(400, 'The request is not valid.', 'คำขอไม่ถูกต้อง'),
  json_required: row(
    415,
    'Send the request as JSON, with the header Content-Type: application/json.',
    'กรุณาส่งคำขอเป็น JSON พร้อมส่วนหัว Content-Type: application/json',
  ),
  idempotency_mismatch: row(
    422,
    'This idempotency key was used for another subject or binding. Use a new key.',
    'คีย์นี้ถูกใช้กับคำขออื่นแล้ว กรุณาใช้คีย์ใหม่',
  ),

  // Who holds the OTP.
  not_found: row(404, 'No such OTP. Request a new code.', 'ไม่พบรายการ OTP กรุณาขอรหัสใหม่'),

  // Too early, too often, at the same time.
  cooldown: row(
    429,
    ({ when = 'in a moment' }) =>
      `A code was just sent to this number. You can ask for another ${when}.`,
    ({ when = 'ในอีกสักครู่' }) => `เพิ่งส่งรหัสไปยังหมายเลขนี้ ขอรหัสใหม่ได้${when}`,
  ),
  locked: row(
    429,
    ({ when = 'later' }) => `Too many wrong codes were entered for this number. Try again ${when}.`,
    ({ when = 'ภายหลัง' }) => `กรอกรหัสผิดเกินจำนวนครั้งที่กำหนดสำหรับหมายเลขนี้ กรุณาลองใหม่${when}`,
  ),
  too_many_sends: row(
    429,
    ({ when = 'later' }) => `Too many codes were requested. Try again ${when}.`,
    ({ when = 'ภายหลัง' }) => `ขอรหัสบ่อยเกินไป กรุณาลองใหม่${when}`,
  ),
  send_denied: row(
    403,
    'No code can be sent for this request. Contact support if you need one.',
    'ไม่สามารถส่งรหัสสำหรับคำขอนี้ได้ หากต้องการรหัส กรุณาติดต่อฝ่ายบริการลูกค้า',
  ),
  challenge_required: row(
    403,
    'Show that you are not a robot, then ask for the code again.',
    'กรุณายืนยันว่าคุณไม่ใช่โปรแกรมอัตโนมัติ แล้วขอรหัสอีกครั้ง',
  ),
  max_sends_reached: row(
    409,
    'This code was resent too many times. Start again with a new request.',
    'ส่งรหัสซ้ำครบจำนวนครั้งแล้ว กรุณาเริ่มขอรหัสใหม่',
  ),
  busy: row(
    409,
    'Another check of this code is still running. Try again in a moment.',
    'กำลังตรวจสอบรหัสอยู่ กรุณาลองใหม่อีกครั้ง',
  ),
  too_many_streams: row(
    429,
    'Too many pages are following a code from this address. Close one and try again.',
    'มีหน้าที่ติดตามสถานะรหัสจากที่อยู่นี้มากเกินไป กรุณาปิดบางหน้าแล้วลองใหม่',
  ),
  still_sending: row(
    409,
    'The SMS is still being sent. Wait for it to arrive.',
    'กำลังส่ง SMS กรุณารอสักครู่',
  ),
  too_late_to_resend: row(
    409,
    'This code is about to end. Start again with a new request.',
    'รหัสนี้ใกล้หมดอายุ กรุณาเริ่มขอรหัสใหม่',
  ),

  // The code.
  wrong_code: row(
    422,
    ({ attemptsLeft }) =>
      `The code is wrong.${attemptsLeft ? ` ${triesInEnglish(attemptsLeft)}` : ''}`,
    ({ attemptsLeft }) => `รหัสไม่ถูกต้อง${attemptsLeft ? ` ลองได้อีก ${attemptsLeft} ครั้ง` : ''}`,
  ),
  already_used: row(
    409,
    'This code was already used. Request a new one.',
    'รหัสนี้ถูกใช้ไปแล้ว กรุณาขอรหัสใหม่',
  ),
  expired: row(410, 'The code has expired. Request a new one.', 'รหัสหมดอายุแล้ว กรุณาขอรหัสใหม่'),
  max_attempts_reached: row(
    410,
    'Too many wrong codes. Request a new one.',
    'กรอกรหัสผิดเกินจำนวนครั้งที่กำหนด กรุณาขอรหัสใหม่',
  ),
  canceled: row(410, 'This code was canceled. Request a new one.', 'รหัสนี้ถูกยกเลิก กรุณาขอรหัสใหม่'),
  superseded: row(
    410,
    'A newer code replaced this one. Use the newest SMS.',
    'มีรหัสใหม่แทนรหัสนี้แล้ว กรุณาใช้รหัสจาก SMS ล่าสุด',
  ),

  // The way to the phone. None of these is the user's fault, except the number.
  send_failed: row(
    503,
    'The SMS could not be sent. Try again later.',
    'ไม่สามารถส่ง SMS ได้ กรุณาลองใหม่ภายหลัง',
  ),
  send_unknown: row(
    504,
    ({ when = 'in a moment' }) =>
      `It is not certain that the SMS was sent. It may still arrive; you can ask again ${when}.`,
    ({ when = 'ในอีกสักครู่' }) => `ไม่แน่ใจว่า SMS ถูกส่งแล้วหรือไม่ อาจได้รับภายหลัง หรือขอรหัสใหม่ได้${when}`,
  ),
  number_rejected: row(
    422,
    'The SMS service does not accept this number.',
    'ระบบ SMS ไม่รองรับหมายเลขนี้',
  ),
  verify_unknown: row(
    503,
    'The code could not be checked. Enter the same code again.',
    'ไม่สามารถตรวจสอบรหัสได้ กรุณากรอกรหัสเดิมอีกครั้ง',
  ),
  unavailable: row(
    503,
    ({ when = 'later' }) => `The service is not available for the moment. Try again ${when}.`,
    ({ when = 'ภายหลัง' }) => `ระบบไม่พร้อมให้บริการชั่วคราว กรุณาลองใหม่${when}`,
  ),

  // The guard.
  proof_required: row(
    401,
    'Confirm this action with a code by SMS first.',
    'กรุณายืนยันรายการนี้ด้วยรหัสจาก SMS ก่อน',
  ),
  proof_invalid: row(
    401,
    'The confirmation is not valid here. Confirm again with a code by SMS.',
    'การยืนยันไม่ถูกต้อง กรุณายืนยันด้วยรหัสจาก SMS อีกครั้ง',
  ),
  proof_expired: row(
    401,
    'The confirmation is too old. Confirm again with a code by SMS.',
    'การยืนยันหมดอายุแล้ว กรุณายืนยันด้วยรหัสจาก SMS อีกครั้ง',
  ),
  proof_consumed: row(
    401,
    'The confirmation was already used. Confirm again with a code by SMS.',
    'การยืนยันถูกใช้ไปแล้ว กรุณายืนยันด้วยรหัสจาก SMS อีกครั้ง',
  ),

  // The webhook.
  invalid_report: row(400, 'The delivery report is not readable.', 'รายงานผลการส่งไม่ถูกต้อง'),
  report_too_slow: row(
    408,
    'The delivery report took too long to arrive.',
    'รับรายงานผลการส่งไม่ทันเวลา',
  ),
  report_encoding: row(
    415,
    'The delivery report is compressed; send it plain.',
    'ไม่รองรับรายงานผลการส่งที่ถูกบีบอัด',
  ),
  report_too_large: row(413, 'The delivery report is too large.', 'รายงานผลการส่งมีขนาดใหญ่เกินไป'),
} as const satisfies Record<string, ErrorRow>;

/** A stable, machine-readable reason. Compare with this, never with a message. */
export type OtpErrorCode = keyof typeof OTP_ERRORS;

/** Why a command was refused, with what the caller needs to act on it. */
export interface Refusal {
  code: OtpErrorCode;
  /** Whole seconds until it makes sense to try again. */
  retryAfter?: number;
  /** Wrong codes still allowed for this OTP. */
  attemptsLeft?: number;
  /** ANTS' own code, for operators; it never reaches an HTTP body. */
  antsCode?: AntsCode;
  /** The reference code of the newest SMS: the one whose code counts. */
  referenceCode?: string;
  /** What the app wants to be answered before it lets the ask through, such as a captcha's site key. */
  challenge?: unknown;
  /** Replaces the table's sentence where a more exact one helps; a plain text only the English one. */
  detail?: string | Words;
}

function triesInEnglish(left: number): string {
  return left === 1 ? 'You can try once more.' : `You can try ${left} more times.`;
}
