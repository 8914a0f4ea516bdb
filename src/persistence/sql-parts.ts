import { LIVE_STATUSES, STALE_SENDING_SECONDS, TRANSITIONS } from '../domain/lifecycle.js';
import type { Transition } from '../domain/lifecycle.js';
import { OTP_COLUMNS } from './otp.rows.js';
import { LOCK_WAIT_MS } from './sql-runner.js';

/** What the statements are made of: states, times and columns as SQL. */

export const list = (values: readonly string[]): string =>
  values.map((value) => `'${value}'`).join(', ');
export const columns = (names: readonly string[], alias: string): string =>
  names.map((name) => `${alias}.${name}`).join(', ');
export const from = (transition: Transition, alias: string): string =>
  `${alias}.status IN (${list(TRANSITIONS[transition].from)})`;

export const OTP = columns(OTP_COLUMNS, 'otp');
export const LIVE = `status IN (${list(LIVE_STATUSES)})`;
/**
 * A live row as `otps_live_key` has it, in words of their own: PostgreSQL expects as many rows in such an index as
 * were live at the last ANALYZE, often none, and for any statement whose words imply the index's it would rather
 * read all of that than look for one id.
 */
export const byLiveKey = (alias: string): string =>
  `array_position(ARRAY[${list(LIVE_STATUSES)}], ${alias}status) IS NOT NULL`;
export const dueAt = (alias: string): string =>
  `(CASE WHEN ${alias}.${LIVE} THEN ${alias}.expires_at END)`;
/**
 * A live row whose end has come, as `otps_due_idx` has it, for the same reason. Of the expression PostgreSQL knows nothing and
 * expects that a third of all OTPs is due; of an equation it expects few rows, and does not think of reading them all.
 */
export const isDue = (alias: string): string =>
  `(${dueAt(alias)} IS NOT NULL)::int = 1 AND ${dueAt(alias)} <= now()`;

/**
 * A parameter that limits how long its statement waits for a row. Who else holds one for longer (an open
 * transaction of the app's) ends the statement with nothing done: without a limit of the server's, it
 * would be carried out after its caller was told that it was not.
 */
export const patiently = (parameter: string): string =>
  `(SELECT ${parameter} WHERE set_config('lock_timeout', '${LOCK_WAIT_MS}', true) <> '')`;

export const seconds = (count: number | string): string => `make_interval(secs => ${count})`;
/** When the stretch of so many seconds began that a time lies in; all of them are aligned alike. */
export const stretchOf = (time: string, length: number): string =>
  `to_timestamp((floor(extract(epoch FROM ${time}) / ${length}) * ${length})::float8)`;
export const leaseFree = (alias: string): string =>
  `(${alias}.lease_until IS NULL OR ${alias}.lease_until <= now())`;
export const timedOut = (alias: string): string =>
  `(${alias}.status = 'pending' AND ${alias}.expires_at <= now() AND ${leaseFree(alias)})`;
/**
 * $n holds the subject that must be equal, or NULL when the ticket was checked already, and the purpose
 * that must be, or NULL for any.
 */
export const held = (alias: string, n: number): string =>
  `(($${n}::text[])[1] IS NULL OR ${alias}.subject = ($${n})[1]) AND (($${n})[2] IS NULL OR ${alias}.purpose = ($${n})[2])`;
/** A send that reports may be about: a resend that surely did not leave has none. */
export const counts = (alias: string): string =>
  `(${alias}.send_no = 1 OR ${alias}.outcome <> 'failed')`;
/** A send whose process may still get its answer. */
export const inFlight = (alias: string): string =>
  `(${alias}.outcome = 'sending' AND ${alias}.requested_at > now() - ${seconds(STALE_SENDING_SECONDS)})`;
export const isErased = (alias: string): string => `(${alias}.mobile_sealed IS NULL)`;
export const stale = (alias: string): string =>
  `(${alias}.status = 'sending' AND ${alias}.created_at <= now() - ${seconds(STALE_SENDING_SECONDS)})`;
/** At the settle: the try was such a recheck and was not counted. */
export const wasRecheck = (alias: string): string =>
  `coalesce(${alias}.unknown_mac = ${alias}.try_mac, false)`;

/** An id is made by the app's clock, and a while before its row gets the time of the database. */
export const CLOCK_SLACK = seconds(30);
/** Ids are time-ordered (uuid v7): the least one that can have been made at this time. */
export const idAt = (time: string): string =>
  `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
/** The least id that can have been made since `age` ago. */
export const idBefore = (age: string): string => idAt(`now() - ${age}`);

/**
 * What a statement is going to change in the outbox, locked in the order of the key: two statements
 * that take several rows never wait for each other in a circle.
 */
export const lockedOwed = (which: string, beside?: string): string => `(
  SELECT x.otp_id, x.handler, x.event_no FROM otp_outbox AS x${beside === undefined ? '' : `, ${beside}`} WHERE ${which}
  ORDER BY x.otp_id, x.handler, x.event_no FOR UPDATE OF x) AS locked`;
export const isLocked = (alias: string): string =>
  `${alias}.otp_id = locked.otp_id AND ${alias}.handler = locked.handler AND ${alias}.event_no = locked.event_no`;
