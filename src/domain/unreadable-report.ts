import { withoutDigits } from './text.js';

/** Every reason; `docs/webhook.md` says what each means. */
export const UNREADABLE_REASONS = [
  'body_taken',
  'charset',
  'encoding',
  'no_report',
  'other',
  'syntax',
  'too_large',
  'too_many',
  'too_slow',
] as const;
/** Why a delivery report could not be read. */
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** An unreadable report as it came in. Its names and its content type may hold anything. */
export interface UnreadableReport {
  reason: UnreadableReason;
  contentType: string;
  /** As far as it was read or announced; `null` = not known. */
  bytes: number | null;
  /** The names of its fields, as far as there are any. */
  fieldNames?: readonly string[];
}

/** Why a delivery report could not be read, and what may be told of it. */
export interface UnreadableFacts {
  reason: UnreadableReason;
  /** Only type and subtype; `none` or `invalid` where there is none. */
  contentType: string;
  bytes: number | null;
  /** Only names of `REPORT_FIELDS`. */
  fields: string[];
  /** How many other names there were. */
  otherFields: number;
}

/** Every field that a report of ANTS or of its relatives is known to have. */
export const REPORT_FIELDS = [
  'bulkId',
  'callbackData',
  'code',
  'credit',
  'description',
  'details',
  'doneAt',
  'doneDate',
  'from',
  'groupId',
  'groupName',
  'messageId',
  'name',
  'price',
  'pricePerMessage',
  'results',
  'sendDate',
  'sentAt',
  'smsCount',
  'status',
  'text',
  'to',
] as const;
const KNOWN = new Map<string, string>(REPORT_FIELDS.map((name) => [name.toLowerCase(), name]));

const MEDIA_TYPE = /^[a-z][a-z0-9.+-]{0,39}\/[a-z0-9][a-z0-9.+-]{0,59}$/;

/**
 * What logs and the history may tell of an unreadable report. Unknown names are only counted: a form-encoded body can
 * be a single name that holds the SMS.
 */
export function unreadableFacts(report: UnreadableReport): UnreadableFacts {
  const { contentType, bytes } = report;
  const names = new Set(namesIn(report.fieldNames).map((name) => name.toLowerCase()));
  const fields = [...names].flatMap((name) => KNOWN.get(name) ?? []).sort();
  return {
    reason: UNREADABLE_REASONS.includes(report.reason) ? report.reason : 'other',
    contentType: mediaTypeOf(contentType),
    bytes,
    fields,
    otherFields: names.size - fields.length,
  };
}

/** A provider of the app's own may be JavaScript and hand over anything. */
function namesIn(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((name) => typeof name === 'string') : [];
}

function mediaTypeOf(contentType: string): string {
  const [type = ''] = contentType.split(';', 1);
  const plain = type.trim().toLowerCase();
  if (plain === '') return 'none';
  return MEDIA_TYPE.test(plain) ? withoutDigits(plain) : 'invalid';
}
