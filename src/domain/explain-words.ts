import { isAntsCode, isUnlistedCode } from './ants-code.js';
import { words } from './words.js';
import type { Words } from './words.js';

/** Longer free text is cut. Characters. */
const MAX_NOTE = 120;

/** Why a call to ANTS did not do what it should, by the reason that the history keeps. */
const REASONS: Readonly<Record<string, Words>> = {
  credentials: words(
    'ANTS does not accept the credentials of your account',
    'ANTS ไม่ยอมรับชื่อผู้ใช้หรือรหัสผ่านของบัญชี',
  ),
  config: words('ANTS does not know the OTP configuration', 'ANTS ไม่รู้จักการตั้งค่า OTP (otcId)'),
  credit: words('the ANTS account has no credit left', 'เครดิตของบัญชี ANTS หมด'),
  number: words('ANTS does not accept the mobile number', 'ANTS ไม่รองรับหมายเลขโทรศัพท์นี้'),
  request: words('ANTS did not accept the request', 'ANTS ไม่ยอมรับคำขอ'),
  too_often: words('ANTS was asked too often', 'มีการเรียก ANTS ถี่เกินไป'),
  ended: words('the OTP has already ended at ANTS', 'OTP นี้จบไปแล้วที่ ANTS'),
  not_found: words('ANTS does not know this OTP', 'ANTS ไม่รู้จัก OTP นี้'),
  not_reached: words('ANTS could not be reached', 'ติดต่อ ANTS ไม่ได้'),
};

/** The end of a sentence: why, and ANTS' code; empty when nothing is known. */
export function reasonOf(data: Readonly<Record<string, unknown>>): Words {
  const reason = typeof data['reason'] === 'string' ? data['reason'] : '';
  const why = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  const detail = noteOf(data['detail']).replace(/[.\s]+$/, '');
  const code = codeIn(data);
  const told = why ?? (detail ? words(detail, detail) : undefined);
  const shown = code ? ` (ANTS ${code})` : '';
  return words(told ? `: ${told.en}${shown}` : shown, told ? `: ${told.th}${shown}` : shown);
}

/** ANTS' own code, documented or not; anything else could be more than the code of an error. */
export function codeIn(data: Readonly<Record<string, unknown>>): string | undefined {
  const { antsCode, unlistedCode } = data;
  if (isAntsCode(antsCode)) return antsCode;
  return isUnlistedCode(unlistedCode) ? unlistedCode : undefined;
}

/** Free text as the history keeps it, on one line. No run of digits could be a code or a number. */
export function noteOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const plain = value
    .replace(/[\p{Nd}]{4,}/gu, '…')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  const letters = Array.from(plain);
  return letters.length <= MAX_NOTE ? plain : `${letters.slice(0, MAX_NOTE).join('')}…`;
}

/** The "Ref" of an SMS, which the customer can read out, ready to stand behind its noun. */
export function refOf(referenceCode: unknown): string {
  const shown = typeof referenceCode === 'string' && /^[^\s\p{C}]{1,40}$/u.test(referenceCode);
  return shown ? ` (Ref ${referenceCode})` : '';
}
