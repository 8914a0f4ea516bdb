import type { RawAnswer } from './ants-caller.js';
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
};

/** Where a failure's fields stand. */
export function failureOf({ json }: RawAnswer): { place: 'error' | 'root'; fields: unknown } {
  const error = field(json, 'error');
  return typeof error === 'object' && error !== null
    ? { place: 'error', fields: error }
    : { place: 'root', fields: json };
}

/** An answer in a word: the code of a failure in four digits, `accepted`, the flags of a check … */
export function meaningOf(answer: RawAnswer): string {
  const { json, status, text } = answer;
  const result = field(json, 'result');
  if (typeof result === 'boolean') {
    const flags = ['isErrorCount', 'isExprCode'].filter((flag) => field(json, flag) === true);
    return [`result ${result}`, ...flags].join(' + ');
  }
  if (field(json, 'otpId') !== undefined) return 'accepted';
  const { fields } = failureOf(answer);
  const code = field(fields, 'code');
  if (typeof code === 'string' || typeof code === 'number') return String(code).padStart(4, '0');
  const message = field(fields, 'message');
  if (typeof message === 'string' && MESSAGES[message]) return MESSAGES[message];
  return `HTTP ${status}, ${text === '' ? 'empty' : `${text.length} characters`}`;
}

/** How a failure writes its code: `"0301"`, `"301"`, `301` or `none`. */
export function codeFormOf(answer: RawAnswer): string {
  const code = field(failureOf(answer).fields, 'code');
  return code === undefined ? 'none' : JSON.stringify(code);
}

/** A key as it is written. @throws Error when the answer has none of the names */
export function spellingOf(value: unknown, ...names: string[]): string {
  for (const name of names) {
    const key = keyOf(value, name);
    if (key) return key;
  }
  throw new Error(`no ${names.join(' or ')}`);
}
