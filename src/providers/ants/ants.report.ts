import { deliveryRank, type DeliveryReport } from '../../domain/delivery.js';
import type { ReportReading } from '../../ports/otp-provider.js';
import { parseReportDate } from './ants.date.js';
import { isJsonObject, parseJson, type Json, type JsonObject } from './ants.json.js';

/** The limit of the API that ANTS' is modelled on. */
const MAX_DETAILS = 100;

const ID_LENGTH = 100;
const TEXT_LENGTH = 500;

type ReportDelivery = DeliveryReport['delivery'];

/** ANTS' status names by their one-digit code; COMPLETED stands on its Thai page only. */
const NAMES = [
  'ACCEPTED',
  'PENDING',
  'UNDELIVERED',
  'DELIVERED',
  'EXPIRED',
  'REJECTED',
  'COMPLETED',
] as const;

const DELIVERY_BY_NAME = new Map<string, ReportDelivery>([
  ...NAMES.map((name) => [name, name.toLowerCase() as Lowercase<typeof name>] as const),
  ['UNDELIVERABLE', 'undelivered'],
]);

/**
 * Reads a delivery report push: ANTS' documented form and the variants that its documentation leaves
 * open or its relatives use. The SMS text is never looked at. Never throws.
 */
export function parseReports(body: Buffer, contentType: string): ReportReading {
  const source = new TextDecoder().decode(body);
  if (/\bxml\b/i.test(contentType) || source.trimStart().startsWith('<')) {
    return unreadable('XML reports are not supported: set notifyContentType to application/json.');
  }
  const json = parseJson(source, (digits) => digits);
  if (json === undefined) return unreadable('The body is not JSON.');
  const details = list(json).flatMap((push) => detailsOf(push));
  if (details.length > MAX_DETAILS) {
    return unreadable(`The push holds more than ${MAX_DETAILS} reports.`);
  }
  const reports = details.flatMap(({ detail, push }) => readReport(detail, push) ?? []);
  if (reports.length === 0) return unreadable('The body holds no delivery report.');
  return { kind: 'read', reports };
}

interface Detail {
  detail: JsonObject;
  push: JsonObject;
}

/** The reports of a push: under `details`, under `results`, or the push itself. */
function detailsOf(push: Json): Detail[] {
  if (!isJsonObject(push)) return [];
  const nested = push.get('details') ?? push.get('results') ?? push;
  return list(nested)
    .filter(isJsonObject)
    .map((detail) => ({ detail, push }));
}

function readReport(detail: JsonObject, push: JsonObject): DeliveryReport | undefined {
  const messageId = text(detail.get('messageid'), ID_LENGTH);
  const status = readStatus(detail.get('status'));
  if (!messageId && !status?.name && !status?.code) return undefined;
  const sendDate = text(detail.get('senddate') ?? detail.get('sentat'), ID_LENGTH);
  const doneDate = text(detail.get('donedate') ?? detail.get('doneat'), ID_LENGTH);
  return defined({
    messageId,
    bulkId: text(detail.get('bulkid') ?? push.get('bulkid'), ID_LENGTH),
    to: text(detail.get('to'), ID_LENGTH),
    credit: readCredit(detail),
    sentAt: parseReportDate(sendDate),
    doneAt: parseReportDate(doneDate),
    rawDates: (sendDate ?? doneDate) ? defined({ sendDate, doneDate }) : undefined,
    delivery: status?.delivery ?? 'unknown',
    statusName: status?.name,
    statusCode: status?.code,
    description: status?.description,
    callbackData:
      text(detail.get('callbackdata'), TEXT_LENGTH) ??
      text(push.get('callbackdata'), TEXT_LENGTH) ??
      status?.callbackData,
  });
}

interface Status {
  delivery: ReportDelivery;
  name?: string;
  code?: string;
  description?: string;
  callbackData?: string;
}

/**
 * The status, which the documentation calls an array: an object, objects in a list (whole ones, or
 * one field each), or a bare name or code. Of several the furthest one counts, as with reports.
 */
function readStatus(value: Json | undefined): Status | undefined {
  const parts = list(value ?? []).map(toStatusObject);
  if (parts.length === 0) return undefined;
  const merged = readStatusObject(new Map([...parts].reverse().flatMap((part) => [...part])));
  const furthest = parts
    .map(readStatusObject)
    .filter(({ delivery }) => delivery !== 'unknown')
    .reduce((best, next) => (rank(next) > rank(best) ? next : best), merged);
  return { ...furthest, callbackData: merged.callbackData };
}

function toStatusObject(part: Json): JsonObject {
  if (isJsonObject(part)) return part;
  return new Map([[typeof part === 'string' && /^\d+$/.test(part) ? 'code' : 'name', part]]);
}

/** The name decides; a code only where no name came, as one sub-code stands under several names. */
function readStatusObject(status: JsonObject): Status {
  const names = [status.get('name'), status.get('groupname')].flatMap(
    (name) => text(name, ID_LENGTH) ?? [],
  );
  const code = text(status.get('code') ?? status.get('groupid'), ID_LENGTH);
  const byName = names.flatMap((name) => DELIVERY_BY_NAME.get(name.trim().toUpperCase()) ?? []);
  const byCode = names.length === 0 && code?.length === 1 ? NAMES[Number(code)] : undefined;
  return {
    delivery: byName[0] ?? DELIVERY_BY_NAME.get(byCode ?? '') ?? 'unknown',
    name: names[0],
    code,
    description: text(status.get('description'), TEXT_LENGTH),
    callbackData: text(status.get('callbackdata'), TEXT_LENGTH),
  };
}

const rank = ({ delivery }: Status): number => deliveryRank(delivery);

/** ANTS' `credit`; its relative counts the parts of the SMS and gives a price in an object. */
function readCredit(detail: JsonObject): string | undefined {
  const price = detail.get('price');
  return (
    text(detail.get('credit'), ID_LENGTH) ??
    text(detail.get('smscount'), ID_LENGTH) ??
    text(isJsonObject(price) ? price.get('pricepermessage') : price, ID_LENGTH)
  );
}

/** A bounded text that Postgres can hold; numbers come as their digits. */
function text(value: Json | undefined, length: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.slice(0, length).replace(/\p{Cs}|\0/gu, '') || undefined;
}

function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function unreadable(detail: string): ReportReading {
  return { kind: 'unreadable', detail };
}
