import { deliveryRank, type DeliveryReport } from '../../domain/delivery.js';
import { parseReportDate } from './ants.date.js';
import { isJsonObject, type Json, type JsonObject } from './ants.json.js';

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
 * The reports of a push in ANTS' documented form and in the variants that its documentation leaves
 * open or its relatives use; `undefined` when there are more than `most`. The SMS text is never
 * looked at.
 */
export function readReports(tree: Json, most: number): DeliveryReport[] | undefined {
  const details = members(tree, PUSH_FIELDS).flatMap(detailsOf);
  if (details.length > most) return undefined;
  return details.flatMap(({ detail, push }) => readReport(detail, push) ?? []);
}

/** Fields that are no wrapper where they stand, though they can be the only one. */
const TEXT = ['text'];
const DETAIL_FIELDS = [...TEXT, 'status'];
const PUSH_FIELDS = [...DETAIL_FIELDS, 'details', 'results'];

/** An envelope around an envelope is more than any program writes. */
const MAX_WRAPPERS = 4;

/**
 * The members of a list, or the one value that stands where a list may stand. Takes wrappers off,
 * inside and outside: XML has no lists but `<details><detail>…</detail></details>`, and what
 * converts XML to JSON keeps them.
 */
function members(value: Json, fields: readonly string[]): readonly Json[] {
  const inner = unwrap(value, fields);
  return Array.isArray(inner)
    ? (inner as readonly Json[]).map((member) => unwrap(member, fields))
    : [inner];
}

/** An object of a single key that is no field and holds objects only wraps them. */
function unwrap(value: Json, fields: readonly string[]): Json {
  let inner = value;
  for (let depth = 0; depth < MAX_WRAPPERS && isJsonObject(inner) && inner.size === 1; depth++) {
    const [[name, held]] = [...inner] as [[string, Json]];
    if (fields.includes(name) || !holdsObjects(held)) break;
    inner = held;
  }
  return inner;
}

function holdsObjects(value: Json): boolean {
  return isJsonObject(value) || (Array.isArray(value) && value.some(isJsonObject));
}

interface Detail {
  detail: JsonObject;
  push: JsonObject;
}

/** The reports of a push: under `details`, under `results`, or the push itself. */
function detailsOf(push: Json): Detail[] {
  if (!isJsonObject(push)) return [];
  const nested = push.get('details') ?? push.get('results') ?? push;
  return members(nested, DETAIL_FIELDS)
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
  const parts = members(value ?? [], TEXT).map(toStatusObject);
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

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
