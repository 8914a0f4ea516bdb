import type { RawAnswer } from './ants-caller.js';
import { Skipped } from './fact.js';
import { field, keyOf } from './loose-json.js';

const MESSAGES: Record<string, string> = {
  'Authentication failed': '9998',
  'Bad Request': '9996',
  'Invalid OTP Config': '0301',
  'Number Prefix Missing': '0302',
  'No Data Available OTP': '0303',
  'Over Limit Usage': '0304',
  'OTP Code Expired': '0305',
  'OTP Code Confirmed': '0306',
  'Invalid Number': '0307',
  'username or password ผิดพลาด': '9998',
  คำสั่งไม่ถูกต้อง: '9996',
  'ตั้งค่า OTP ไม่ถูกต้อง': '0301',
  ไม่มีคำนำหน้า: '0302',
  'ไม่พบข้อมูล OTP': '0303',
  กรอกข้อมูลเกินจำนวนครั้งที่กำหนด: '0304',
  'OTP Code หมดอายุ': '0305',
  'OTP Code ยืนยันตัวตนไปแล้ว': '0306',
  หมายเลขไม่ถูกต้อง: '0307',
};

/** What an answer is written in. */
export function formatOf({ text, json }: RawAnswer): string {
  if (text.trim() === '') return 'an empty answer';
  if (json !== undefined) return 'JSON';
  if (/^\s*<(!doctype )?(html|h\d|body|p)\b/i.test(text)) return 'an HTML answer';
  return text.trimStart().startsWith('<') ? 'XML' : 'text';
}

/** The JSON of an answer. @throws Skipped when it is none, so that nothing is read into it */
export function jsonOf(answer: RawAnswer): unknown {
  if (answer.json === undefined) throw new Skipped(`needs JSON, but got ${formatOf(answer)}`);
  return answer.json;
}

/** Where a failure's fields stand. @throws Skipped when it is no JSON */
export function failureOf(answer: RawAnswer): {
  place: 'error' | 'root' | 'root, the code in status';
  fields: unknown;
  code: unknown;
} {
  const json = jsonOf(answer);
  const error = field(json, 'error');
  if (typeof error === 'object' && error !== null)
    return { place: 'error', fields: error, code: field(error, 'code') };
  const status = field(json, 'status');
  return status === undefined
    ? { place: 'root', fields: json, code: field(json, 'code') }
    : { place: 'root, the code in status', fields: json, code: status };
}

/** An answer in a word: the code of a failure in four digits, `accepted`, the flags of a check … */
export function meaningOf(answer: RawAnswer): string {
  const { json, status, text } = answer;
  const format = formatOf(answer);
  if (format !== 'JSON')
    return format.endsWith('answer') ? format : `HTTP ${status}, ${text.length} characters`;
  const result = field(json, 'result');
  if (typeof result === 'boolean') {
    const flags = ['isErrorCount', 'isExprCode'].filter((flag) => field(json, flag) === true);
    return [`result ${result}`, ...flags].join(' + ');
  }
  if (field(json, 'otpId') !== undefined) return 'accepted';
  const { fields, code } = failureOf(answer);
  if (typeof code === 'string' || typeof code === 'number') return String(code).padStart(4, '0');
  const message = field(fields, 'message');
  if (typeof message === 'string' && MESSAGES[message]) return MESSAGES[message];
  return `HTTP ${status}, ${text.length} characters`;
}

/** How a failure writes its code: `"0301"`, `"301"`, `301` or `none`. */
export function codeFormOf(answer: RawAnswer): string {
  const { code } = failureOf(answer);
  return code === undefined ? 'none' : JSON.stringify(code);
}

/** The language of a failure's message. */
export function languageOf(answer: RawAnswer): 'English' | 'Thai' | 'no message' {
  const message = field(failureOf(answer).fields, 'message');
  if (typeof message !== 'string' || message.trim() === '') return 'no message';
  return /\p{Script=Thai}/u.test(message) ? 'Thai' : 'English';
}

/** A key as it is written. @throws Error when the answer has none of the names */
export function spellingOf(value: unknown, ...names: string[]): string {
  for (const name of names) {
    const key = keyOf(value, name);
    if (key) return key;
  }
  throw new Error(`no ${names.join(' or ')}`);
}
