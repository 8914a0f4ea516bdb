import {
  FAILED_DELIVERY_COOLDOWN_SECONDS,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
} from '../domain/lifecycle.js';
import { STOP_KINDS, STOP_RETRY_SECONDS, UNVERIFIED_KINDS } from '../domain/limits.js';
import { list, seconds, wasRecheck } from './sql-parts.js';

/** No limit of its own: the CHECK lets it through. */
export const MOST = 2_147_483_647;

/**
 * When a row was changed, for the purge. To the hour: it stands in an index, and an update that leaves every indexed
 * value as it was writes no index at all (a heap-only tuple).
 */
export const CHANGED = `date_trunc('hour', now())`;

/** The number's cool-down row; it outlives every OTP of the number. */
export const cooldownKey = (alias: string): string =>
  `'cooldown:' || ${alias}.instance || ':' || ${alias}.purpose || ':' || encode(${alias}.mobile_mac, 'hex')`;
/** The number's wrong codes: for anonymous asks together, for each subject apart. */
export const failuresKey = (alias: string): string =>
  `'failures:' || ${alias}.instance || ':' || ${alias}.purpose || ':' || encode(${alias}.mobile_mac, 'hex')
    || coalesce(':' || encode(sha256(convert_to(${alias}.subject, 'UTF8')), 'hex'), '')`;
/**
 * Takes one unit of the number's cool-down for the row in CTE `source`. A running cool-down breaks
 * the CHECK on purpose: the error takes back everything the statement did. `early`: the newest SMS
 * will surely not arrive, so only the short wait after it counts.
 */
export const takeCooldown = (source: string, steps: string, early: string): string => `
  INSERT INTO otp_limits AS l (key, lookup_id, hits, max, until, updated_at)
  SELECT ${cooldownKey(source)}, ${source}.lookup_id, ARRAY[now()], cardinality(${steps}),
         now() + ${seconds(`(${steps})[1]`)}, ${CHANGED}
  FROM ${source}
  ON CONFLICT (key) DO UPDATE SET
    (hits, until) = (
      SELECT coalesce(array_agg(h ORDER BY h) FILTER (WHERE n < cardinality(${steps})), '{}') || now(),
             now() + ${seconds(`(${steps})[least(count(h)::int + 1, cardinality(${steps}))]`)}
      FROM (SELECT h, row_number() OVER (ORDER BY h DESC) AS n
            FROM unnest(l.hits) AS h WHERE h > now() - interval '1 hour') AS recent),
    max = CASE WHEN l.until > now() AND NOT (${early}
        AND coalesce(l.hits[cardinality(l.hits)] <= now() - ${seconds(FAILED_DELIVERY_COOLDOWN_SECONDS)}, false))
      THEN -1 ELSE excluded.max END,
    updated_at = ${CHANGED}
  RETURNING until`;

/** The domain's `lockedUntil` of failures that end with one of this moment, with the CTE `budget`. */
export const lockEnd = (hits: string): string => `greatest(
        CASE WHEN now() - (${hits})[cardinality(${hits}) - per_hour + 1] < interval '1 hour' THEN now() + ${seconds('lock_seconds')} END,
        (${hits})[cardinality(${hits}) - per_day + 1] + interval '1 day')`;

/**
 * Counts one failure for the row in CTE `otp`, with the budgets in $5. A locked number breaks the
 * CHECK, which takes the whole try back.
 */
export const takeFailure = `
  INSERT INTO otp_limits AS l (key, lookup_id, hits, max, until, updated_at)
  SELECT ${failuresKey('otp')}, otp.lookup_id, ARRAY[now()], per_day, ${lockEnd('ARRAY[now()]')}, ${CHANGED}
  FROM otp, budget WHERE NOT ${wasRecheck('otp')}
  ON CONFLICT (key) DO UPDATE SET
    (hits, until) = (
      SELECT f.hits, ${lockEnd('f.hits')}
      FROM budget, LATERAL (
        SELECT ARRAY(SELECT h FROM (SELECT h FROM unnest(l.hits) AS h
          WHERE h > now() - interval '1 day' ORDER BY h DESC LIMIT per_day - 1) AS r ORDER BY h) || now() AS hits) AS f),
    max = CASE WHEN l.until > now() THEN -1 ELSE excluded.max END,
    updated_at = ${CHANGED}`;

/** The domain's `endOfDay`. */
export const END_OF_DAY = `(date_trunc('day', now() AT TIME ZONE 'Asia/Bangkok') + interval '1 day') AT TIME ZONE 'Asia/Bangkok'`;
export const kindOf = (alias: string): string => `split_part(${alias}.key, ':', 1)`;

/** The domain's `keysOfDay`. */
export const keysOfDay = (alias: string): string => `ARRAY(
      SELECT CASE WHEN ${kindOf('k')} = 'day' THEN 'day:' || ${alias}.instance || ':' || to_char(now() AT TIME ZONE 'Asia/Bangkok', 'YYYY-MM-DD') ELSE k.key END
      FROM unnest(${alias}.limit_keys) WITH ORDINALITY AS k (key, n) ORDER BY k.n)`;

/** Whether an operator or the conversion guard stops the sends of a row. */
export const stopped = (alias: string): string => `EXISTS (
      SELECT 1 FROM otp_limits AS x WHERE x.key = ANY (${alias}.limit_keys) AND x.until > now()
        AND ${kindOf('x')} IN (${list(STOP_KINDS)}))`;

/**
 * The domain's `opensAt` for the keys and rules in two parameters, as CTEs and as columns. The keys stand in a
 * SELECT: if PostgreSQL could count them, it would find each ask worth a plan of its own, which takes longer
 * than the statement.
 */
export const limitStates = (keys: string, rules: string): string => `
limits AS (
  SELECT ${kindOf('l')} AS kind, l.hits, l.count, l.until, ${rules}::jsonb -> ${kindOf('l')} AS rule
  FROM otp_limits AS l WHERE l.key = ANY ((SELECT ${keys}::text[])::text[])
), ends AS (
  SELECT kind, (rule ->> 'enforced')::boolean AS enforced,
    (SELECT h FROM unnest(limits.hits) AS h ORDER BY h DESC OFFSET r.max - 1 LIMIT 1) + ${seconds('r.seconds')} AS until
  FROM limits, jsonb_to_recordset(rule -> 'rates') AS r (seconds int, max int)
  UNION ALL
  SELECT kind, (rule ->> 'enforced')::boolean, ${END_OF_DAY} FROM limits WHERE count >= (rule ->> 'budget')::int
  UNION ALL
  SELECT kind, true, least(until, now() + ${seconds(STOP_RETRY_SECONDS)}) FROM limits WHERE kind IN (${list(STOP_KINDS)})
), used_up AS (
  SELECT kind, enforced, until FROM ends WHERE until > now() ORDER BY until DESC
)`;
export const LIMIT_CHECK = `
  (SELECT kind FROM used_up WHERE enforced LIMIT 1) AS used_up_kind,
  (SELECT until FROM used_up WHERE enforced LIMIT 1) AS used_up_until,
  ARRAY(SELECT DISTINCT kind FROM used_up WHERE NOT enforced) AS watched,
  (SELECT max(count / (rule ->> 'budget')::float8) FROM limits) AS budget_used`;

/**
 * Counts one send of the row in CTE `otp` on all its limits, in the order of their keys; `units` is the
 * domain's `budgetUnits`. One that is used up breaks the CHECK, which takes the whole ask back.
 */
export const takeLimits = (rules: string): string => `
wanted AS (
  SELECT k.key, otp.lookup_id, split_part(k.key, ':', 1) AS kind, t.rule, (t.rule ->> 'budget')::int AS budget,
    CASE otp.channel WHEN 'decoy' THEN 0 ELSE 1 END AS units,
    coalesce((SELECT max(r.seconds) FROM jsonb_to_recordset(t.rule -> 'rates') AS r (seconds int)), 0) AS span,
    coalesce((SELECT max(r.max) FROM jsonb_to_recordset(t.rule -> 'rates') AS r (max int)), 0) AS most
  FROM otp, unnest(otp.limit_keys) AS k (key), LATERAL (SELECT ${rules} -> split_part(k.key, ':', 1) AS rule) AS t
  WHERE t.rule IS NOT NULL
), counted AS (
  INSERT INTO otp_limits AS l (key, lookup_id, hits, count, max, updated_at)
  SELECT w.key, w.lookup_id, CASE WHEN w.budget IS NULL THEN ARRAY[now()] ELSE '{}' END,
    CASE WHEN w.budget IS NULL THEN 0 ELSE w.units END, coalesce(w.budget, ${MOST}), ${CHANGED}
  FROM wanted AS w ORDER BY w.key
  ON CONFLICT (key) DO UPDATE SET
    hits = (SELECT ARRAY(SELECT h FROM (SELECT h FROM unnest(l.hits || excluded.hits) AS h
        WHERE h > now() - ${seconds('w.span')} ORDER BY h DESC LIMIT w.most) AS r ORDER BY h)
        FROM wanted AS w WHERE w.key = l.key),
    count = l.count + excluded.count,
    max = CASE WHEN EXISTS (
      SELECT 1 FROM wanted AS w, jsonb_to_recordset(w.rule -> 'rates') AS r (seconds int, max int)
      WHERE w.key = l.key AND (w.rule ->> 'enforced')::boolean
        AND (SELECT count(*) FROM unnest(l.hits) AS h WHERE h > now() - ${seconds('r.seconds')}) >= r.max)
      OR EXISTS (SELECT 1 FROM wanted AS w WHERE w.key = l.key AND w.units = 0 AND l.count >= w.budget)
      THEN -1 ELSE excluded.max END,
    updated_at = ${CHANGED}
)`;

/** The limits of the row in CTE `otp`, locked in the order of their keys. */
export const heldLimits = (which: string): string => `(
    SELECT k.key FROM otp_limits AS k, otp
    WHERE k.key = ANY (otp.limit_keys) AND ${kindOf('k')} NOT IN (${list(STOP_KINDS)}) AND ${which}
    ORDER BY k.key FOR UPDATE OF k) AS held`;

/** An SMS that surely did not go out ($5) counts on no limit; a decoy took nothing of the day. */
export const refundLimits = `
  UPDATE otp_limits AS l SET hits = array_remove(l.hits, send.requested_at),
    count = greatest(l.count - CASE WHEN ${kindOf('l')} = 'day' AND otp.channel <> 'decoy' THEN 1 ELSE 0 END, 0),
    updated_at = ${CHANGED}
  FROM ${heldLimits('$5')}, send, otp WHERE l.key = held.key`;

/** A right code gives back what its SMS counted as not verified. */
export const returnUnverified = `
  UPDATE otp_limits AS l SET updated_at = ${CHANGED},
    hits = ARRAY(SELECT h FROM unnest(l.hits) AS h WHERE h <> ALL (sent.times) ORDER BY h)
  FROM ${heldLimits(`otp.status = 'verified' AND ${kindOf('k')} IN (${list(UNVERIFIED_KINDS)})`)},
    (SELECT array_agg(s.requested_at) AS times FROM otp JOIN otp_sends AS s ON s.otp_id = otp.id) AS sent
  WHERE l.key = held.key`;

/**
 * What an SMS that did not go out means for the number: $5 gives its unit and the wait back, an
 * outcome ($4) of `unknown` shortens the wait.
 */
export const settleCooldown = `
  UPDATE otp_limits AS l SET
    hits = CASE WHEN $5 THEN array_remove(l.hits, send.requested_at) ELSE l.hits END,
    until = CASE WHEN $5 THEN now() WHEN $4 = 'unknown' THEN least(l.until, now() + ${seconds(UNKNOWN_SEND_COOLDOWN_SECONDS)}) ELSE l.until END,
    updated_at = ${CHANGED}
  FROM otp, send WHERE l.key = ${cooldownKey('otp')}`;

export const CHECK_LIMITS = 'otp_limits_within';
