import { AntsRefusal } from './ants-simulator.answers.js';
import { isReportContentType } from './ants-simulator.reports.js';

/** The fields of a request's JSON body. */
export type Fields = Record<string, unknown>;

/** What a request asks for in later delivery reports; a resend goes on using it. */
export interface Notify {
  notifyUrl?: string;
  notifyContentType?: string;
  callbackData?: string;
}

/** The limit of ANTS' SMS API; the OTP pages name none. */
const MAX_NOTIFY_URL = 150;

/** @throws AntsRefusal 9996 when the body is no JSON object */
export function fields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) throw new AntsRefusal('9996');
  return body as Fields;
}

/** @throws AntsRefusal 9996 when the field is missing, empty or no text */
export function required(body: Fields, name: string): string {
  const value = optional(body, name);
  if (!value) throw new AntsRefusal('9996');
  return value;
}

/** @throws AntsRefusal 9996 when ANTS could not report there, or not in this form */
export function readNotify(body: Fields): Notify {
  const notifyUrl = optional(body, 'notifyUrl');
  const notifyContentType = optional(body, 'notifyContentType');
  const callbackData = optional(body, 'callbackData');
  if (notifyUrl !== undefined && !(URL.canParse(notifyUrl) && notifyUrl.length <= MAX_NOTIFY_URL))
    throw new AntsRefusal('9996');
  if (notifyContentType !== undefined && !isReportContentType(notifyContentType))
    throw new AntsRefusal('9996');
  return { notifyUrl, notifyContentType, callbackData };
}

/** A field that may be absent, but never `null` or another type. */
function optional(body: Fields, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== 'string') throw new AntsRefusal('9996');
  return value;
}
