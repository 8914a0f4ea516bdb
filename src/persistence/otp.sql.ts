import { DELIVERY_RANKS } from '../domain/delivery.js';
import {
  LEASE_SECONDS,
  LIVE_STATUSES,
  MAX_LIFE_SECONDS,
  MIN_LIFE_AFTER_RESEND_SECONDS,
  STALE_SENDING_SECONDS,
  TRANSITIONS,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
} from '../domain/lifecycle.js';
import type { Transition } from '../domain/lifecycle.js';
import { EVENT_COLUMNS, OTP_COLUMNS, SEND_COLUMNS } from './otp.rows.js';

/**
 * The lifecycle as guarded single statements: each happens whole or not at all, without a
 * transaction around it. The rules and their numbers come from `domain/lifecycle.ts`.
 *
 * Lock order, a law: the `otps` row first, then `otp_limits` by key. In each statement the update of
 * `otps` is the part the others read from, so it runs and locks first.
 */

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
const columns = (names: readonly string[], alias: string): string =>
  names.map((name) => `${alias}.${name}`).join(', ');
const from = (transition: Transition, alias: string): string =>
  `${alias}.status IN (${list(TRANSITIONS[transition].from)})`;

const OTP = columns(OTP_COLUMNS, 'otp');
const LIVE = `status IN (${list(LIVE_STATUSES)})`;
const RANKS = `ARRAY[${list(DELIVERY_RANKS)}]`;

/** The number's cool-down row; it outlives every OTP of the number. */
const cooldownKey = (alias: string): string =>
  `'cooldown:' || ${alias}.instance || ':' || ${alias}.purpose || ':' || encode(${alias}.mobile_mac, 'hex')`;
const seconds = (count: number | string): string => `make_interval(secs => ${count})`;
const leaseFree = (alias: string): string =>
  `(${alias}.lease_until IS NULL OR ${alias}.lease_until <= now())`;
const timedOut = (alias: string): string =>
  `(${alias}.status = 'pending' AND ${alias}.expires_at <= now() AND ${leaseFree(alias)})`;
const stale = (alias: string): string =>
  `(${alias}.status = 'sending' AND ${alias}.created_at <= now() - ${seconds(STALE_SENDING_SECONDS)})`;
/** $n holds the subject that must be equal, or NULL when the ticket was checked already. */
const held = (alias: string, n: number): string =>
  `($${n}::text IS NULL OR ${alias}.subject = $${n})`;
/** The domain's `mergeUnknown`; the empty value is its tombstone. */
const mergedUnknown = (alias: string): string => `CASE
      WHEN ${alias}.try_mac IS NULL OR ${alias}.unknown_mac = ${alias}.try_mac THEN ${alias}.unknown_mac
      WHEN ${alias}.unknown_mac IS NULL THEN ${alias}.try_mac
      ELSE '\\x'::bytea END`;
/** The domain's `isRecheck`: the code in $n is the one whose check got no answer. */
const recheck = (alias: string, n: number): string =>
  `coalesce((${mergedUnknown(alias)}) = $${n}::bytea, false)`;
/** At the settle: the try was such a recheck and was not counted. */
const wasRecheck = (alias: string): string =>
  `coalesce(${alias}.unknown_mac = ${alias}.try_mac, false)`;
/** $n holds the provider's id that was asked about; a resend may have replaced it. */
const replaced = (alias: string, n: number): string =>
  `${alias}.provider_otp_id IS DISTINCT FROM $${n}`;
const expiry = (alias: string): string =>
  `least(now() + ${seconds(`${alias}.ttl_seconds`)}, ${alias}.created_at + ${seconds(MAX_LIFE_SECONDS)})`;

/**
 * Takes one unit of the number's cool-down for the row in CTE `source`. A running cool-down breaks
 * the CHECK on purpose: the error takes back everything the statement did.
 */
const takeCooldown = (source: string, steps: string): string => `
  INSERT INTO otp_limits AS l (key, hits, max, until, updated_at)
  SELECT ${cooldownKey(source)}, ARRAY[now()], cardinality(${steps}),
         now() + ${seconds(`(${steps})[1]`)}, now()
  FROM ${source}
  ON CONFLICT (key) DO UPDATE SET
    (hits, until) = (
      SELECT coalesce(array_agg(h ORDER BY h) FILTER (WHERE n < cardinality(${steps})), '{}') || now(),
             now() + ${seconds(`(${steps})[least(count(h)::int + 1, cardinality(${steps}))]`)}
      FROM (SELECT h, row_number() OVER (ORDER BY h DESC) AS n
            FROM unnest(l.hits) AS h WHERE h > now() - interval '1 hour') AS recent),
    max = CASE WHEN l.until > now() THEN -1 ELSE excluded.max END,
    updated_at = now()
  RETURNING until`;

/**
 * What an SMS that did not go out means for the number: $5 gives its unit and the wait back, an
 * outcome ($4) of `unknown` shortens the wait.
 */
const settleCooldown = `
  UPDATE otp_limits AS l SET
    hits = CASE WHEN $5 THEN array_remove(l.hits, send.requested_at) ELSE l.hits END,
    until = CASE WHEN $5 THEN now() WHEN $4 = 'unknown' THEN least(l.until, now() + ${seconds(UNKNOWN_SEND_COOLDOWN_SECONDS)}) ELSE l.until END,
    updated_at = now()
  FROM otp, send WHERE l.key = ${cooldownKey('otp')}`;

const writeEvent = (source: string, type: string, data: string): string => `
  INSERT INTO otp_events (otp_id, event_no, type, at, data)
  SELECT ${source}.id, ${source}.event_count, ${type}, now(), ${data} FROM ${source}`;

/** Ends what time has ended. Rows another replica holds are left to it. */
const sweepOf = (which: string, limit: string): string => `
WITH due AS (
  SELECT o.id FROM otps AS o WHERE o.${LIVE} AND (${timedOut('o')} OR ${stale('o')})${which}
  ORDER BY o.id LIMIT ${limit} FOR UPDATE SKIP LOCKED
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
), log AS (${writeEvent('otp', 'otp.status', `jsonb_build_object('by', 'sweeper')`)}
)
SELECT count(*) FILTER (WHERE otp.status = 'expired')::int AS expired,
  count(*) FILTER (WHERE otp.status = 'send_unknown')::int AS unknown FROM otp`;

export const CHECK_LIMITS = 'otp_limits_within';

export const SQL = {
  /** $1 instance, $2 purpose, $3 mobile_mac */
  preCheck: `
WITH ask AS (SELECT $1::text AS instance, $2::text AS purpose, $3::bytea AS mobile_mac)
SELECT now() AS db_now, l.until AS cooldown_until, ${OTP}
FROM ask
LEFT JOIN otp_limits AS l ON l.key = ${cooldownKey('ask')} AND l.until > now()
LEFT JOIN otps AS otp ON otp.instance = ask.instance AND otp.purpose = ask.purpose
  AND otp.mobile_mac = ask.mobile_mac AND otp.${LIVE}`,

  /** The live row that makes way, the new row, its first send, the cool-down and the history. */
  reserveRequest: `
WITH old AS (
  UPDATE otps AS o SET
    status = CASE WHEN o.status = 'sending' THEN 'send_unknown'
                  WHEN ${timedOut('o')} THEN 'expired' ELSE 'superseded' END,
    lease_until = NULL,
    event_count = o.event_count + 1
  WHERE o.id = $1 AND ${from('makeWay', 'o')} AND (o.status = 'pending' OR ${stale('o')})
  RETURNING o.id, o.event_count, o.status
), otp AS (
  INSERT INTO otps (id, instance, purpose, subject, key_id, mobile_mac, mobile_sealed, mobile_mask,
    delivery, otc_id, callback_data, binding_mac, max_attempts, max_sends, idempotency_key,
    ttl_seconds, ip_mac, status, created_at, expires_at)
  SELECT $2::uuid, $3, $4, $5, $6, $7::bytea, $8::bytea, $9,
    $10, $11, $12, $13::bytea, $14::smallint, $15::smallint, $16,
    $17::smallint, $18::bytea, 'sending', now(), now() + ${seconds('$17::smallint')}
  FROM (SELECT count(*) FROM old) AS made_way
  ON CONFLICT (instance, purpose, mobile_mac) WHERE ${LIVE} DO NOTHING
  RETURNING *
), send AS (
  INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at)
  SELECT otp.id, 1, 'sending', otp.delivery, now() FROM otp
), cooldown AS (${takeCooldown('otp', '$19::int[]')}
), ended AS (${writeEvent('old', 'old.status', `'{}'::jsonb`)}
), log AS (${writeEvent('otp', `'requested'`, '$20::jsonb')}
)
SELECT ${OTP}, cooldown.until AS cooldown_until FROM otp, cooldown`,

  /** $1 id, $2 provider_otp_id, $3 reference_code, $4 data */
  settleRequestSent: `
WITH otp AS (
  UPDATE otps AS o SET status = 'pending', provider_otp_id = $2, reference_code = $3,
    expires_at = ${expiry('o')}, event_count = o.event_count + 1
  WHERE o.id = $1 AND ${from('sendAccepted', 'o')} AND NOT ${stale('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = 'sent', provider_otp_id = $2, reference_code = $3
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = 1
), log AS (${writeEvent('otp', `'sent'`, '$4::jsonb')}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 status, $3 error_code, $4 outcome, $5 refund, $6 data */
  settleRequestNotSent: `
WITH otp AS (
  UPDATE otps AS o SET status = $2, error_code = $3, event_count = o.event_count + 1
  WHERE o.id = $1 AND ${from('sendFailed', 'o')} AND NOT ${stale('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = $4
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = 1 RETURNING s.requested_at
), cooldown AS (
${settleCooldown}
), log AS (${writeEvent('otp', 'otp.status', '$6::jsonb')}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 instance, $3 subject, $4 steps by purpose ('' = any other) */
  reserveResend: `
WITH otp AS (
  UPDATE otps AS o SET sends = o.sends + 1, event_count = o.event_count + 1,
    delivery = CASE WHEN o.delivery = 'external' THEN o.delivery ELSE 'none' END,
    expires_at = greatest(o.expires_at,
      least(now() + ${seconds(LEASE_SECONDS)}, o.created_at + ${seconds(MAX_LIFE_SECONDS)}))
  WHERE o.id = $1 AND o.instance = $2 AND ${held('o', 3)} AND ${from('reserveResend', 'o')}
    AND o.expires_at > now() AND o.sends < o.max_sends AND o.attempts < o.max_attempts
    AND o.created_at + ${seconds(MAX_LIFE_SECONDS - MIN_LIFE_AFTER_RESEND_SECONDS)} >= now()
  RETURNING o.*
), send AS (
  INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at)
  SELECT otp.id, otp.sends, 'sending', otp.delivery, now() FROM otp
), steps AS (
  SELECT ARRAY(SELECT jsonb_array_elements_text(coalesce($4::jsonb -> otp.purpose, $4::jsonb -> ''))::int) AS list FROM otp
), cooldown AS (${takeCooldown('otp', '(SELECT list FROM steps)')}
), log AS (${writeEvent('otp', `'resend_requested'`, `jsonb_build_object('send', otp.sends)`)}
)
SELECT now() AS db_now, ${OTP}, cooldown.until AS cooldown_until FROM otp, cooldown`,

  /** $1 id, $2 send_no, $3 provider_otp_id, $4 reference_code, $5 data */
  settleResendSent: `
WITH otp AS (
  UPDATE otps AS o SET provider_otp_id = $3, reference_code = $4, expires_at = ${expiry('o')},
    unknown_mac = CASE WHEN o.provider_otp_id = $3 THEN o.unknown_mac END,
    event_count = o.event_count + 1
  WHERE o.id = $1 AND o.sends = $2 AND ${from('resendSettled', 'o')} AND NOT ${timedOut('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = 'sent', provider_otp_id = $3, reference_code = $4
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = $2
), log AS (${writeEvent('otp', `'resent'`, '$5::jsonb')}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 send_no, $3 event type, $4 outcome, $5 refund, $6 data */
  settleResendNotSent: `
WITH otp AS (
  UPDATE otps AS o SET max_sends = o.max_sends + CASE WHEN $5 THEN 1 ELSE 0 END,
    event_count = o.event_count + 1
  WHERE o.id = $1 AND o.sends = $2 AND ${from('resendSettled', 'o')} AND NOT ${timedOut('o')}
  RETURNING o.*
), send AS (
  UPDATE otp_sends AS s SET outcome = $4
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = $2 RETURNING s.requested_at
), cooldown AS (
${settleCooldown}
), log AS (${writeEvent('otp', '$3', '$6::jsonb')}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** A late answer for a send that may no longer change the OTP: $1 id, $2 send_no, $3 outcome, $4, $5 ids */
  settleLateSend: `
WITH otp AS (
  UPDATE otps AS o SET event_count = o.event_count + 1 WHERE o.id = $1 RETURNING o.id, o.event_count
), send AS (
  UPDATE otp_sends AS s SET outcome = $3, provider_otp_id = $4, reference_code = $5
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = $2
), log AS (${writeEvent('otp', `'late_answer'`, '$6::jsonb')}
)
SELECT otp.id FROM otp`,

  /** $1 id, $2 instance, $3 subject, $4 code mac */
  reserveTry: `
UPDATE otps AS otp SET
  attempts = otp.attempts + CASE WHEN ${recheck('otp', 4)} THEN 0 ELSE 1 END, lease_no = otp.lease_no + 1,
  lease_until = now() + ${seconds(LEASE_SECONDS)}, try_mac = $4::bytea,
  unknown_mac = ${mergedUnknown('otp')}
WHERE otp.id = $1 AND otp.instance = $2 AND ${held('otp', 3)} AND ${from('reserveTry', 'otp')}
  AND otp.expires_at > now() AND ${leaseFree('otp')}
  AND (otp.attempts < otp.max_attempts OR ${recheck('otp', 4)})
RETURNING now() AS db_now, ${OTP}`,

  /** $1 id, $2 lease_no, $3 answer, $4 event type, $5 data, $6 the provider's id that was asked about */
  settleTry: `
WITH otp AS (
  UPDATE otps AS o SET
    status = CASE
      WHEN $3 = 'right' THEN 'verified'
      WHEN $3 = 'expired' AND NOT ${replaced('o', 6)} THEN 'expired'
      WHEN $3 = 'limit' AND NOT ${replaced('o', 6)} THEN 'max_attempts_reached'
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
    event_count = o.event_count + 1
  WHERE o.id = $1 AND o.lease_no = $2 AND o.lease_until IS NOT NULL AND ${from('codeRight', 'o')}
    AND NOT ${timedOut('o')}
  RETURNING o.*
), log AS (${writeEvent(
    'otp',
    `CASE WHEN otp.status = 'max_attempts_reached' THEN otp.status
      WHEN otp.status = 'pending' AND $3 IN ('expired', 'limit') THEN 'wrong_code' ELSE $4 END`,
    '$5::jsonb',
  )}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 code mac */
  refuseGuess: `
WITH otp AS (
  UPDATE otps AS o SET status = CASE o.status WHEN 'verified' THEN o.status ELSE 'max_attempts_reached' END,
    try_mac = NULL, lease_until = NULL, event_count = o.event_count + 1
  WHERE o.id = $1 AND ((o.status = 'verified' AND o.try_mac <> $2::bytea)
    OR (${from('codeWrong', 'o')} AND NOT ${timedOut('o')} AND ${leaseFree('o')}
      AND o.attempts >= o.max_attempts AND NOT ${recheck('o', 2)}))
  RETURNING o.id, o.event_count, o.status
), log AS (${writeEvent('otp', `CASE otp.status WHEN 'verified' THEN 'already_used' ELSE otp.status END`, `'{}'::jsonb`)}
)
SELECT otp.id FROM otp`,

  /** $1 id, $2 instance, $3 subject */
  cancel: `
WITH otp AS (
  UPDATE otps AS o SET status = 'canceled', lease_until = NULL, event_count = o.event_count + 1
  WHERE o.id = $1 AND o.instance = $2 AND ${held('o', 3)} AND ${from('cancel', 'o')}
    AND NOT ${timedOut('o')} AND NOT ${stale('o')}
  RETURNING o.*
), log AS (${writeEvent('otp', `'canceled'`, `'{}'::jsonb`)}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 instance */
  consume: `
WITH otp AS (
  UPDATE otps AS o SET consumed_at = now(), event_count = o.event_count + 1
  WHERE o.id = $1 AND o.instance = $2 AND ${from('consume', 'o')}
    AND o.consumed_at IS NULL AND o.revoked_at IS NULL
  RETURNING o.*
), log AS (${writeEvent('otp', `'consumed'`, `'{}'::jsonb`)}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /** $1 id, $2 instance */
  revoke: `
WITH otp AS (
  UPDATE otps AS o SET revoked_at = now(), event_count = o.event_count + 1
  WHERE o.id = $1 AND o.instance = $2 AND ${from('revoke', 'o')} AND o.revoked_at IS NULL
  RETURNING o.*
), log AS (${writeEvent('otp', `'revoked'`, `'{}'::jsonb`)}
)
SELECT now() AS db_now, ${OTP} FROM otp`,

  /**
   * One delivery report. The row's event counter fences it: equal counts mean that nothing of this
   * OTP has changed since this statement's snapshot, so which send the report belongs to was chosen
   * on fresh rows. A lost race changes nothing and is tried again.
   * $1 id, $2 instance, $3 dedupe key, $4 message id, $5 has `to`, $6 `to` mac, $7 callbackData,
   * $8 delivery, $9 code, $10 description, $11 done_at, $12 sent_at, $13 bulk id, $14 credit, $15 data
   */
  applyReport: `
WITH seen AS (
  SELECT o.id, o.event_count,
    ($5 AND o.mobile_mac IS DISTINCT FROM $6::bytea)
      OR ($7::text IS NOT NULL AND o.callback_data IS NOT NULL AND o.callback_data <> $7) AS mismatch,
    EXISTS (SELECT 1 FROM otp_events AS e WHERE e.otp_id = o.id AND e.dedupe_key = $3) AS twin
  FROM otps AS o WHERE o.id = $1 AND o.instance = $2
), target AS (
  SELECT s.send_no FROM seen JOIN otp_sends AS s ON s.otp_id = seen.id
  WHERE NOT seen.mismatch AND ($4::text IS NULL OR s.message_id IS NULL OR s.message_id = $4)
  ORDER BY coalesce(s.message_id = $4, false) DESC, s.send_no DESC LIMIT 1
), otp AS (
  UPDATE otps AS o SET event_count = o.event_count + 1,
    delivery = CASE WHEN target.send_no = o.sends
        AND array_position(${RANKS}, $8) > array_position(${RANKS}, o.delivery)
      THEN $8 ELSE o.delivery END
  FROM seen LEFT JOIN target ON true
  WHERE o.id = seen.id AND o.event_count = seen.event_count AND NOT seen.twin
  RETURNING o.id, o.event_count, seen.mismatch, target.send_no
), send AS (
  UPDATE otp_sends AS s SET message_id = coalesce(s.message_id, $4),
    (delivery, delivery_code, description, done_at, sent_at, bulk_id, credit) = (
      SELECT won.* FROM (VALUES ($8, $9, $10, $11::timestamptz, $12::timestamptz, $13, $14)) AS won
      WHERE array_position(${RANKS}, $8) > array_position(${RANKS}, s.delivery)
        OR ($8 = s.delivery
          AND (coalesce($11::timestamptz, 'infinity'), coalesce($9, '') COLLATE "C", coalesce($10, '') COLLATE "C",
              coalesce($12::timestamptz, 'infinity'), coalesce($13, '') COLLATE "C", coalesce($14, '') COLLATE "C")
            < (coalesce(s.done_at, 'infinity'), coalesce(s.delivery_code, '') COLLATE "C", coalesce(s.description, '') COLLATE "C",
              coalesce(s.sent_at, 'infinity'), coalesce(s.bulk_id, '') COLLATE "C", coalesce(s.credit, '') COLLATE "C"))
      UNION ALL
      SELECT s.delivery, s.delivery_code, s.description, s.done_at, s.sent_at, s.bulk_id, s.credit
      LIMIT 1)
  FROM otp WHERE s.otp_id = otp.id AND s.send_no = otp.send_no
), log AS (
  INSERT INTO otp_events (otp_id, event_no, type, at, data, dedupe_key)
  SELECT otp.id, otp.event_count, CASE WHEN otp.mismatch THEN 'delivery_mismatch' ELSE 'delivery_report' END,
    now(), $15::jsonb || jsonb_build_object('send', otp.send_no), $3 FROM otp
)
SELECT seen.twin, otp.id IS NOT NULL AS stored, otp.mismatch, otp.send_no
FROM seen LEFT JOIN otp ON true`,

  /** $1 batch size */
  sweep: sweepOf('', '$1'),
  /** $1 id */
  sweepOne: sweepOf(' AND o.id = $1', '1'),

  sends: `SELECT ${columns(SEND_COLUMNS, 's')} FROM otp_sends AS s WHERE s.otp_id = $1 ORDER BY s.send_no`,
  history: `SELECT ${columns(EVENT_COLUMNS, 'e')} FROM otp_events AS e WHERE e.otp_id = $1 ORDER BY e.event_no`,
} as const;

const findBy = (condition: string): string => `
SELECT now() AS db_now, ${OTP},
  (SELECT s.message_id FROM otp_sends AS s WHERE s.otp_id = otp.id AND s.send_no = otp.sends) AS message_id,
  (SELECT l.until FROM otp_limits AS l WHERE l.key = ${cooldownKey('otp')} AND l.until > now()) AS cooldown_until
FROM otps AS otp
WHERE otp.instance = $1 AND ${condition} ORDER BY otp.id DESC LIMIT $3`;

const bySend = (column: string): string =>
  findBy(`otp.id IN (SELECT s.otp_id FROM otp_sends AS s WHERE s.${column} = $2)`);

/** How each look-up key finds its rows: $1 instance, $2 the key, $3 limit. */
export const FIND = {
  id: findBy('otp.id = $2'),
  mobileMac: findBy('otp.mobile_mac = $2'),
  referenceCode: bySend('reference_code'),
  otpId: bySend('provider_otp_id'),
  messageId: bySend('message_id'),
  callbackData: findBy('otp.callback_data = $2'),
  subject: findBy('otp.subject = $2'),
} as const;

export type Lookup = keyof typeof FIND;
