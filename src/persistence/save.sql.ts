import type { Change } from '../domain/change.js';
import type { OtpRecord, SendRecord } from '../domain/otp.js';
import type { Version } from '../ports/otp-store.js';
import { snakeCase } from './otp.rows.js';
import { patiently, seconds } from './sql-parts.js';
import { statement } from './statement.js';
import type { Query, Statement } from './statement.js';

const SEND_TYPES: Readonly<Record<Exclude<keyof SendRecord, 'otpId'>, string>> = {
  sendNo: 'smallint',
  providerOtpId: 'text',
  referenceCode: 'text',
  outcome: 'text',
  messageId: 'text',
  bulkId: 'text',
  credit: 'text',
  delivery: 'text',
  deliveryCode: 'text',
  description: 'text',
  requestedAt: 'timestamptz',
  sentAt: 'timestamptz',
  doneAt: 'timestamptz',
};
const SEND_FIELDS = Object.keys(SEND_TYPES) as (keyof typeof SEND_TYPES)[];
/** JavaScript keeps milliseconds of the time that PostgreSQL gave a send. */
const CHANGEABLE = SEND_FIELDS.filter((field) => field !== 'sendNo' && field !== 'requestedAt');

/**
 * Writes a change if nothing has changed the OTP's row since `version` was read. Every writer changes `xmin`, of any
 * release of this module. Returns a row if it was saved.
 */
export function saveStatement(version: Version, change: Change): Query {
  const { otp, send, events, maxAge } = change;
  const fields = Object.keys(otp) as (keyof OtpRecord)[];
  const shape = `${fields.join()} ${send ? 'send' : ''} ${events.length}`;
  let bind = SHAPES.get(shape);
  if (!bind)
    SHAPES.set(shape, (bind = statement(textOf(fields, send !== undefined, events.length))));
  const values: Record<string, unknown> = { ...version, maxAge: maxAge ?? null };
  for (const field of fields) values[`otp_${field}`] = otp[field];
  if (send) for (const field of SEND_FIELDS) values[`send_${field}`] = send[field];
  for (const [n, { type, data, dedupeKey }] of events.entries())
    Object.assign(values, {
      [`type${n}`]: type,
      [`data${n}`]: data,
      [`key${n}`]: dedupeKey ?? null,
    });
  return bind(values);
}

const SHAPES = new Map<string, Statement<Record<string, unknown>>>();

const textOf = (fields: (keyof OtpRecord)[], hasSend: boolean, events: number): string => `
WITH otp AS (
  UPDATE otps AS o SET ${fields.map((field) => `${snakeCase(field)} = $otp_${field}, `).join('')}event_count = o.event_count + ${events}
  WHERE o.id = ${patiently('$id::uuid')} AND o.xmin = $xmin::text::xid
    AND ($maxAge::float8 IS NULL OR now() <= $readAt::timestamptz + ${seconds('$maxAge::float8')})
  RETURNING o.id, o.instance, o.event_count
)${hasSend ? SEND : ''}${events > 0 ? eventsOf(events) : ''}
SELECT otp.id FROM otp`;

/** An upsert by key: PostgreSQL plans a joined update of a table that was never analyzed as a scan of it. */
const SEND = `, send AS (
  INSERT INTO otp_sends (otp_id, ${SEND_FIELDS.map(snakeCase).join(', ')})
  SELECT otp.id, ${SEND_FIELDS.map((field) => `$send_${field}::${SEND_TYPES[field]}`).join(', ')} FROM otp
  ON CONFLICT (otp_id, send_no) DO UPDATE SET
    (${CHANGEABLE.map(snakeCase).join(', ')}) = (${CHANGEABLE.map((field) => `excluded.${snakeCase(field)}`).join(', ')})
)`;

/** The history entries, and the deliveries to the handlers that any process of the app has registered. */
const eventsOf = (count: number): string => `, events AS (${Array.from(
  { length: count },
  (_, n) => `
  SELECT otp.id, otp.instance, otp.event_count - ${count - 1 - n} AS event_no, $type${n}::text AS type, $data${n}::jsonb AS data, $key${n}::text AS dedupe_key FROM otp`,
).join(' UNION ALL')}
), log AS (
  INSERT INTO otp_events (otp_id, event_no, type, at, data, dedupe_key)
  SELECT e.id, e.event_no, e.type, now(), e.data, e.dedupe_key FROM events AS e
), pending AS (
  INSERT INTO otp_outbox (otp_id, event_no, type, instance, handler, next_at)
  SELECT e.id, e.event_no, e.type, e.instance, h.handler, now()
  FROM events AS e JOIN otp_handlers AS h ON h.instance = e.instance AND h.type = e.type
)`;
