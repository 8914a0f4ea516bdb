import type { OtpEvent } from './otp.js';
import type { UnreadableReason } from './unreadable-report.js';
import { words } from './words.js';
import type { Words } from './words.js';

const REASONS: Readonly<Record<UnreadableReason, Words | null>> = {
  body_taken: words(
    'another part of your application had already read it',
    'ส่วนอื่นของแอปพลิเคชันอ่านข้อมูลไปก่อนแล้ว',
  ),
  charset: words('its character encoding is not known', 'ระบบไม่รู้จักการเข้ารหัสอักขระของข้อมูล'),
  encoding: words('it was compressed', 'ข้อมูลถูกบีบอัดมา'),
  no_report: words('it held none of the fields of a delivery report', 'ไม่พบข้อมูลรายงานผลการส่ง'),
  other: null,
  syntax: words('it was neither valid JSON nor valid XML', 'ข้อมูลไม่ใช่ JSON หรือ XML ที่ถูกต้อง'),
  too_large: words('it was too large', 'ข้อมูลมีขนาดใหญ่เกินไป'),
  too_many: words('it held too many reports at once', 'มีรายงานรวมมาในครั้งเดียวมากเกินไป'),
  too_slow: words('it took too long to arrive', 'ได้รับข้อมูลไม่ครบภายในเวลาที่กำหนด'),
};

/** The line of a delivery report that could not be read. */
export function unreadableLine({ data }: OtpEvent): Words {
  const { reason } = data;
  const known = typeof reason === 'string' && Object.hasOwn(REASONS, reason);
  const why = known ? REASONS[reason as UnreadableReason] : null;
  return words(
    `A delivery report came in but could not be read${why ? `: ${why.en}` : ''}.`,
    `มีรายงานผลการส่งเข้ามา แต่ระบบอ่านไม่ได้${why ? ` เนื่องจาก${why.th}` : ''}`,
  );
}

/** Where an SMS stands of which no report could be read. */
export const unreadableArrival = (ref: string): Words =>
  words(
    `ANTS took the SMS${ref}. A delivery report came in but could not be read, so it is not known whether the SMS reached the phone.`,
    `ANTS รับ SMS${ref} ไปส่งแล้ว มีรายงานผลการส่งเข้ามาแต่ระบบอ่านไม่ได้ จึงไม่ทราบว่า SMS ถึงโทรศัพท์หรือไม่`,
  );
