import { FAILED_DELIVERIES } from '../domain/delivery.js';
import { COUNTED_DATA } from '../domain/erasure.js';
import { NO_WAIT } from '../domain/limits.js';
import {
  LEASE_SECONDS,
  MAX_LIFE_SECONDS,
  MIN_LIFE_AFTER_RESEND_SECONDS,
  STALE_SENDING_SECONDS,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
} from '../domain/lifecycle.js';
import {
  CHANGED,
  cooldownKey,
  failuresKey,
  keysOfDay,
  LIMIT_CHECK,
  limitStates,
  refundLimits,
  returnUnverified,
  settleCooldown,
  stopped,
  takeCooldown,
  takeFailure,
  takeLimits,
} from './limits.sql.js';
import { EVENT_COLUMNS, SEND_COLUMNS } from './otp.rows.js';
import {
  byLiveKey,
  columns,
  counts,
  dueAt,
  from,
  held,
  inFlight,
  isDue,
  isErased,
  leaseFree,
  list,
  LIVE,
  OTP,
  patiently,
  seconds,
  stale,
  timedOut,
  wasRecheck,
} from './sql-parts.js';

/**
 * The lifecycle as guarded single statements: each happens whole or not at all, without a
 * transaction around it. The rules and their numbers come from `domain/lifecycle.ts`.
 *
 * Lock order, a law: the `otps` row first, then the number's own rows of `otp_limits`, and the rows that
 * others share by key. In each statement the update of
 * `otps` is the part the others read from, so it runs and locks first.
 */

/** The OTP in $1. */
const ID = patiently('$1::uuid');
/** The domain's `mergeUnknown`; the empty value is its tombstone. */
const mergedUnknown = (alias: string): string => `CASE
      WHEN ${alias}.try_mac IS NULL OR ${alias}.unknown_mac = ${alias}.try_mac THEN ${alias}.unknown_mac
      WHEN ${alias}.unknown_mac IS NULL THEN ${alias}.try_mac
      ELSE '\\x'::bytea END`;
/** The domain's `isRecheck`: the code in $n is the one whose check got no answer. */
const recheck = (alias: string, n: number): string =>
  `coalesce((${mergedUnknown(alias)}) = $${n}::bytea, false)`;
/** $n holds the provider's id that was asked about; a resend may have replaced it. */
const replaced = (alias: string, n: number): string =>
  `${alias}.provider_otp_id IS DISTINCT FROM $${n}`;
/** At the settle: a resend has replaced that id, or may have done so at the provider already. */
const replacing = (alias: string, n: number): string =>
  `(${replaced(alias, n)} OR tried.resending)`;
/** The domain's `isFailure` of the answer in $3. */
const failed = (alias: string): string =>
  `($3 IN ('wrong', 'already_used', 'unknown', 'limit') OR ($3 = 'expired' AND ${replacing(alias, 6)}))`;
/** At the settle: this failure was the one that locked the number. */
const locks = (alias: string): string =>
  `(${failed(alias)} AND tried.at_limit AND NOT tried.recheck)`;
/**
 * The OTP in $1 while its resend in $2 may be settled, locked first of all: a second try of the same
 * settle then finds the send settled, and does nothing.
 */
const openResend = `open AS (
  SELECT o.id FROM otps AS o
  WHERE o.id = ${ID} AND o.sends = $2 AND ${from('resendSettled', 'o')} AND NOT ${timedOut('o')}
  FOR UPDATE
)`;
const expiry = (alias: string): string =>
  `least(now() + ${seconds(`${alias}.ttl_seconds`)}, ${alias}.created_at + ${seconds(MAX_LIFE_SECONDS)})`;

/** One line of history for each row of the CTE `source`; `no` is its number. */
export const line = (
  source: string,
  type: string,
  data = `'{}'::jsonb`,
  no = `${source}.event_count`,
): string => `
  SELECT ${source}.id, ${source}.instance, ${no} AS event_no, ${type} AS type, ${data} AS data FROM ${source}`;

/** Writes lines of history, and what is owed for them to the handlers that any process of the app has registered. */
export const writeEvents = (lines: readonly string[]): string => `
lines AS (${lines.join('\n  UNION ALL')}
), log AS (
  INSERT INTO otp_events (otp_id, event_no, type, at, data)
  SELECT l.id, l.event_no, l.type, now(), l.data FROM lines AS l
), owed AS (
  INSERT INTO otp_outbox (otp_id, event_no, type, instance, handler, next_at)
  SELECT l.id, l.event_no, l.type, l.instance, h.handler, now()
  FROM lines AS l JOIN otp_handlers AS h ON h.instance = l.instance AND h.type = l.type
)`;
const writeEvent = (type: string, data?: string): string => writeEvents([line('otp', type, data)]);

/** The domain's `countedData`. */
export const countedData = (
  data: string,
): string => `(SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}')
    FROM jsonb_each(${data}) AS d WHERE d.key IN (${list(COUNTED_DATA)}))`;

/**
 * Ends what time has ended, the longest due first: in the order of their ids PostgreSQL would rather walk through
 * all that ever was. Rows another replica holds are left to it.
 */
const sweepOf = (which: string, limit: number): string => `
WITH due AS (
  SELECT o.id FROM otps AS o WHERE ${which} AND (${timedOut('o')} OR ${stale('o')})
  ORDER BY ${dueAt('o')} LIMIT ${limit} FOR UPDATE SKIP LOCKED
), otp AS (
  UPDATE otps AS o SET status = CASE o.status WHEN 'sending' THEN 'send_unknown' ELSE 'expired' END,
    lease_until = NULL, event_count = o.event_count + 1
  FROM due WHERE o.id = due.id AND o.${LIVE}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = 'unknown'
  FROM otp WHERE s.otp_id = otp.id AND s.outcome = 'sending'
), numbers AS (
  SELECT l.key FROM otp JOIN otp_limits AS l ON l.key = ${cooldownKey('otp')}
  WHERE otp.status = 'send_unknown' ORDER BY l.key FOR UPDATE OF l
), cooldown AS (
  UPDATE otp_limits AS l SET until = least(l.until, now() + ${seconds(UNKNOWN_SEND_COOLDOWN_SECONDS)})
  FROM numbers WHERE l.key = numbers.key
), ${writeEvent('otp.status', `jsonb_build_object('by', 'sweeper')`)}
SELECT count(*) FILTER (WHERE otp.status = 'expired')::int AS expired,
  count(*) FILTER (WHERE otp.status = 'send_unknown')::int AS unknown FROM otp`;

const consumeOf = (id: string): string => `
WITH otp AS (
  UPDATE otps AS o SET consumed_at = now(), event_count = o.event_count + 1
  WHERE o.id = ${id} AND o.instance = $2 AND ${from('consume', 'o')}
    AND o.consumed_at IS NULL AND o.revoked_at IS NULL
  RETURNING o.*
), ${writeEvent(`'consumed'`)}
SELECT now() AS db_now, ${OTP} FROM otp`;

export const SQL = {
  /** $1 instance, $2 purpose, $3 mobile_mac, $4 subject, $5 limit keys, $6 their rules */
  preCheck: `
WITH ask AS (SELECT $1::text AS instance, $2::text AS purpose, $3::bytea AS mobile_mac, $4::text AS subject), ${limitStates('$5', '$6')}
SELECT now() AS db_now, l.until AS cooldown_until, f.until AS locked_until,${LIMIT_CHECK}, ${OTP}
FROM ask
LEFT JOIN otp_limits AS l ON l.key = ${cooldownKey('ask')} AND l.until > now()
LEFT JOIN otp_limits AS f ON f.key = ${failuresKey('ask')} AND f.until > now()
LEFT JOIN otps AS otp ON otp.instance = ask.instance AND otp.purpose = ask.purpose
  AND otp.mobile_mac = ask.mobile_mac AND ${byLiveKey('otp.')}`,

  /** $1 limit keys, $2 their rules */
  checkLimits: `WITH ${limitStates('$1', '$2')} SELECT now() AS db_now,${LIMIT_CHECK}`,

  /** The live row that makes way, the new row, its first send, the cool-down and the history. */
  reserveRequest: `
WITH old AS (
  UPDATE otps AS o SET
    status = CASE WHEN o.status = 'sending' THEN 'send_unknown'
                  WHEN ${timedOut('o')} THEN 'expired' ELSE 'superseded' END,
    lease_until = NULL,
    event_count = o.event_count + 1
  WHERE o.id = ${ID} AND ${from('makeWay', 'o')} AND (o.status = 'pending' OR ${stale('o')})
  RETURNING o.id, o.instance, o.event_count, o.status
), otp AS (
  INSERT INTO otps (id, instance, purpose, subject, key_id, mobile_mac, mobile_sealed, mobile_mask,
    delivery, otc_id, callback_data, binding_mac, max_attempts, max_sends, idempotency_key,
    ttl_seconds, ip_mac, limit_keys, channel, lookup_id, status, created_at, expires_at)
  SELECT $2::uuid, $3, $4, $5, $6, $7::bytea, $8::bytea, $9,
    $10, $11, $12, $13::bytea, $14::smallint, $15::smallint, $16,
    $17::smallint, $18::bytea, $21::text[], $23, $24, 'sending', now(), now() + ${seconds(STALE_SENDING_SECONDS)}
  FROM (SELECT count(*) FROM old) AS made_way
  ON CONFLICT (instance, purpose, mobile_mac) WHERE ${byLiveKey('')} DO NOTHING
  RETURNING *
), send AS (
  INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at)
  SELECT otp.id, 1, 'sending', otp.delivery, now() FROM otp
), cooldown AS (${takeCooldown('otp', '$19::int[]', 'false')}
), ${takeLimits('$22::jsonb')}, ${writeEvents([line('old', 'old.status'), line('otp', `'requested'`, '$20::jsonb')])}
SELECT ${OTP}, cooldown.until AS cooldown_until FROM otp, cooldown`,

  /** $1 id, $2 provider_otp_id, $3 reference_code, $4 data */
  settleRequestSent: `
WITH otp AS (
  UPDATE otps AS o SET status = 'pending', provider_otp_id = $2, reference_code = $3,
    expires_at = ${expiry('o')}, event_count = o.event_count + 1
  WHERE o.id = ${ID} AND ${from('sendAccepted', 'o')} AND NOT ${stale('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = 'sent', provider_otp_id = $2, reference_code = $3
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = 1
), ${writeEvent(`'sent'`, '$4::jsonb')}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 status, $3 error_code, $4 outcome, $5 refund, $6 data */
  settleRequestNotSent: `
WITH otp AS (
  UPDATE otps AS o SET status = $2, error_code = $3, event_count = o.event_count + 1
  WHERE o.id = ${ID} AND ${from('sendFailed', 'o')} AND NOT ${stale('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = $4
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = 1 RETURNING s.requested_at
), cooldown AS (
${settleCooldown}
), refunded AS (${refundLimits}
), ${writeEvent('otp.status', '$6::jsonb')}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 instance, $3 holder, $4 steps and $5 limits by purpose ('' = any other) */
  reserveResend: `
WITH before AS (
  SELECT o.delivery IN (${list(FAILED_DELIVERIES)}) AS failed FROM otps AS o WHERE o.id = $1
), otp AS (
  UPDATE otps AS o SET sends = o.sends + 1, event_count = o.event_count + 1, limit_keys = ${keysOfDay('o')},
    delivery = CASE WHEN o.delivery = 'external' THEN o.delivery ELSE 'none' END,
    expires_at = greatest(o.expires_at,
      least(now() + ${seconds(LEASE_SECONDS)}, o.created_at + ${seconds(MAX_LIFE_SECONDS)}))
  WHERE o.id = ${ID} AND o.instance = $2 AND ${held('o', 3)} AND ${from('reserveResend', 'o')}
    AND o.expires_at > now() AND o.sends < o.max_sends AND o.attempts < o.max_attempts
    AND o.created_at + ${seconds(MAX_LIFE_SECONDS - MIN_LIFE_AFTER_RESEND_SECONDS)} >= now()
    AND NOT EXISTS (SELECT 1 FROM otp_limits AS f WHERE f.key = ${failuresKey('o')} AND f.until > now())
    AND NOT ${stopped('o')}
  RETURNING o.*
), send AS (
  INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at)
  SELECT otp.id, otp.sends, 'sending', otp.delivery, now() FROM otp
), steps AS (
  SELECT CASE otp.channel WHEN 'test' THEN ARRAY[${NO_WAIT.join()}] ELSE
    ARRAY(SELECT jsonb_array_elements_text(coalesce($4::jsonb -> otp.purpose, $4::jsonb -> ''))::int) END AS list FROM otp
), cooldown AS (${takeCooldown('otp', '(SELECT list FROM steps)', '(SELECT failed FROM before)')}
), ${takeLimits(`coalesce($5::jsonb -> otp.purpose, $5::jsonb -> '')`)}, ${writeEvent(`'resend_requested'`, `jsonb_build_object('send', otp.sends)`)}
SELECT now() AS db_now, ${OTP}, cooldown.until AS cooldown_until FROM otp, cooldown`,

  /** $1 id, $2 send_no, $3 provider_otp_id, $4 reference_code, $5 data */
  settleResendSent: `
WITH ${openResend}, send AS (
  UPDATE otp_sends AS s SET outcome = 'sent', provider_otp_id = $3, reference_code = $4
  FROM open WHERE s.otp_id = open.id AND s.send_no = $2 AND s.outcome = 'sending'
  RETURNING s.otp_id
), otp AS (
  UPDATE otps AS o SET provider_otp_id = $3, reference_code = $4, expires_at = ${expiry('o')},
    unknown_mac = CASE WHEN o.provider_otp_id = $3 THEN o.unknown_mac END,
    event_count = o.event_count + 1
  FROM send WHERE o.id = send.otp_id
  RETURNING o.*
), ${writeEvent(`'resent'`, '$5::jsonb')}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 send_no, $3 event type, $4 outcome, $5 refund, $6 data */
  settleResendNotSent: `
WITH ${openResend}, send AS (
  UPDATE otp_sends AS s SET outcome = $4
  FROM open WHERE s.otp_id = open.id AND s.send_no = $2 AND s.outcome = 'sending'
  RETURNING s.otp_id, s.requested_at
), otp AS (
  UPDATE otps AS o SET max_sends = o.max_sends + CASE WHEN $5 THEN 1 ELSE 0 END,
    delivery = CASE WHEN $4 = 'failed' THEN coalesce((SELECT s.delivery FROM otp_sends AS s
        WHERE s.otp_id = o.id AND s.send_no < $2 AND ${counts('s')} ORDER BY s.send_no DESC LIMIT 1), o.delivery)
      ELSE o.delivery END,
    event_count = o.event_count + 1
  FROM send WHERE o.id = send.otp_id
  RETURNING o.*
), cooldown AS (
${settleCooldown}
), refunded AS (${refundLimits}
), ${writeEvent('$3', '$6::jsonb')}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /**
   * A late answer for a send that may no longer change the OTP; one that is erased learns no id from it.
   * $1 id, $2 send_no, $3 outcome, $4, $5 ids, $6 data
   */
  settleLateSend: `
WITH otp AS (
  UPDATE otps AS o SET event_count = o.event_count + 1 WHERE o.id = ${ID}
  RETURNING o.id, o.instance, o.event_count, ${isErased('o')} AS erased
), send AS (
  UPDATE otp_sends AS s SET outcome = $3,
    provider_otp_id = CASE WHEN NOT otp.erased THEN $4 END, reference_code = CASE WHEN NOT otp.erased THEN $5 END
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = $2
), ${writeEvent(`'late_answer'`, `CASE WHEN otp.erased THEN ${countedData('$6::jsonb')} ELSE $6::jsonb END`)}
SELECT otp.id FROM otp`,

  /** $1 id, $2 instance, $3 holder, $4 code mac, $5 budgets by purpose ('' = any other) */
  reserveTry: `
WITH otp AS (
  UPDATE otps AS o SET
    attempts = o.attempts + CASE WHEN ${recheck('o', 4)} THEN 0 ELSE 1 END, lease_no = o.lease_no + 1,
    lease_until = now() + ${seconds(LEASE_SECONDS)}, try_mac = $4::bytea,
    unknown_mac = ${mergedUnknown('o')}
  WHERE o.id = ${ID} AND o.instance = $2 AND ${held('o', 3)} AND ${from('reserveTry', 'o')}
    AND o.expires_at > now() AND ${leaseFree('o')}
    AND (o.attempts < o.max_attempts OR ${recheck('o', 4)})
  RETURNING o.*
), budget AS (
  SELECT (b ->> 'perHour')::int AS per_hour, (b ->> 'perDay')::int AS per_day, (b ->> 'seconds')::int AS lock_seconds
  FROM otp, coalesce($5::jsonb -> otp.purpose, $5::jsonb -> '') AS b
), failure AS (${takeFailure}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 lease_no, $3 answer, $4 event type, $5 data, $6 the provider's id that was asked about */
  settleTry: `
WITH tried AS (
  SELECT o.lease_until - ${seconds(LEASE_SECONDS)} AS at, ${wasRecheck('o')} AS recheck,
    EXISTS (SELECT 1 FROM otp_limits AS f WHERE f.key = ${failuresKey('o')} AND f.until > now()) AS at_limit,
    EXISTS (SELECT 1 FROM otp_sends AS s WHERE s.otp_id = o.id AND s.send_no = o.sends AND ${inFlight('s')}) AS resending
  FROM otps AS o WHERE o.id = ${ID} AND o.lease_no = $2
), otp AS (
  UPDATE otps AS o SET
    status = CASE
      WHEN $3 = 'right' THEN 'verified'
      WHEN $3 = 'expired' AND NOT ${replacing('o', 6)} THEN 'expired'
      WHEN $3 = 'limit' AND NOT ${replacing('o', 6)} THEN 'max_attempts_reached'
      WHEN $3 IN ('wrong', 'already_used', 'expired', 'limit') AND o.attempts >= o.max_attempts THEN 'max_attempts_reached'
      ELSE o.status END,
    verified_at = CASE WHEN $3 = 'right' THEN now() END,
    attempts = o.attempts - CASE WHEN $3 = 'not_reached' AND NOT ${wasRecheck('o')} THEN 1 ELSE 0 END,
    unknown_mac = CASE
      WHEN $3 = 'unknown' AND NOT ${replaced('o', 6)} THEN ${mergedUnknown('o')}
      WHEN $3 IN ('wrong', 'already_used', 'expired', 'limit') AND ${wasRecheck('o')} THEN NULL
      ELSE o.unknown_mac END,
    try_mac = CASE WHEN $3 = 'right' THEN o.try_mac END,
    lease_until = NULL,
    event_count = o.event_count + CASE WHEN ${locks('o')} THEN 2 ELSE 1 END
  FROM tried
  WHERE o.id = $1 AND o.lease_no = $2 AND o.lease_until IS NOT NULL AND ${from('codeRight', 'o')}
    AND NOT ${timedOut('o')}
  RETURNING o.*, ${failed('o')} AS failed, ${locks('o')} AS locks
), refund AS (
  UPDATE otp_limits AS f SET hits = array_remove(f.hits, tried.at), until = NULL, updated_at = ${CHANGED}
  FROM otp, tried WHERE f.key = ${failuresKey('otp')} AND NOT otp.failed AND NOT tried.recheck
    AND tried.at = ANY (f.hits)
), returned AS (${returnUnverified}
), ${writeEvents([
    line(
      'otp',
      `CASE WHEN otp.status = 'max_attempts_reached' THEN otp.status
      WHEN otp.status = 'pending' AND $3 IN ('expired', 'limit') THEN 'wrong_code' ELSE $4 END`,
      '$5::jsonb',
      'otp.event_count - otp.locks::int',
    ),
    `${line('otp', `'locked'`)} WHERE otp.locks`,
  ])}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 code mac */
  refuseGuess: `
WITH otp AS (
  UPDATE otps AS o SET status = CASE o.status WHEN 'verified' THEN o.status ELSE 'max_attempts_reached' END,
    try_mac = NULL, lease_until = NULL, event_count = o.event_count + 1
  WHERE o.id = ${ID} AND ((o.status = 'verified' AND o.try_mac <> $2::bytea)
    OR (${from('codeWrong', 'o')} AND NOT ${timedOut('o')} AND ${leaseFree('o')}
      AND o.attempts >= o.max_attempts AND NOT ${recheck('o', 2)}))
  RETURNING o.id, o.instance, o.event_count, o.status
), ${writeEvent(`CASE otp.status WHEN 'verified' THEN 'already_used' ELSE otp.status END`)}
SELECT otp.id FROM otp`,

  /** $1 id, $2 instance, $3 holder */
  cancel: `
WITH otp AS (
  UPDATE otps AS o SET status = 'canceled', lease_until = NULL, event_count = o.event_count + 1
  WHERE o.id = ${ID} AND o.instance = $2 AND ${held('o', 3)} AND ${from('cancel', 'o')}
    AND NOT ${timedOut('o')} AND NOT ${stale('o')}
  RETURNING o.*
), ${writeEvent(`'canceled'`)}
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 instance */
  consume: consumeOf(ID),
  /** In a transaction of the app's, whose own patience holds. */
  consumeWithin: consumeOf('$1'),

  /** $1 id, $2 instance */
  revoke: `
WITH otp AS (
  UPDATE otps AS o SET revoked_at = now(), event_count = o.event_count + 1
  WHERE o.id = ${ID} AND o.instance = $2 AND ${from('revoke', 'o')} AND o.revoked_at IS NULL
  RETURNING o.*
), ${writeEvent(`'revoked'`)}
SELECT now() AS db_now, ${OTP} FROM otp`,

  sweep: (batch: number) => sweepOf(isDue('o'), batch),
  /** $1 id */
  sweepOne: sweepOf('o.id = $1 AND o.expires_at <= now()', 1),

  byId: `SELECT now() AS db_now, ${OTP} FROM otps AS otp WHERE otp.id = $1`,
  sends: `SELECT ${columns(SEND_COLUMNS, 's').replace('s.outcome', `CASE WHEN s.outcome = 'sending' AND NOT ${inFlight('s')} THEN 'unknown' ELSE s.outcome END AS outcome`)} FROM otp_sends AS s WHERE s.otp_id = $1 ORDER BY s.send_no`,
  history: `SELECT ${columns(EVENT_COLUMNS, 'e')} FROM otp_events AS e WHERE e.otp_id = $1 ORDER BY e.event_no`,
} as const;
