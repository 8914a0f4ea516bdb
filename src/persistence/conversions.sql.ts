import {
  CONVERSION_WINDOW_SECONDS,
  SETTLED_SECONDS,
  UNBLOCKED_SECONDS,
} from '../domain/conversion.js';
import { MAX_LIFE_SECONDS } from '../domain/lifecycle.js';
import { CHANGED, MOST } from './limits.sql.js';
import { CLOCK_SLACK, idAt, patiently, seconds, stretchOf } from './sql-parts.js';

/** A reported range that stops nothing stands under a key that no OTP looks at. */
const WATCHED = 'watched-';
/**
 * Counts are kept by when their OTPs came to be counted, to so many seconds; and one statement counts no longer time, so it
 * ends soon whatever the looks before it left.
 */
const SLOT_SECONDS = 300;

/**
 * How far ahead of the clock a mark says that the clock was set back; a smaller step is waited for. Not ahead of `now()`:
 * a statement that had to wait before it could begin sees marks of its own future.
 */
const AHEAD_SECONDS = 60;

/** The domain's `countedAt`. */
const COUNTED_AT = `(greatest(o.expires_at, o.created_at + ${seconds('o.ttl_seconds')}) + ${seconds(SETTLED_SECONDS)})`;

/**
 * Counts what has ended since the last look, each OTP once, and stops ranges by the counts of an hour. The row `counted:` of
 * `otp_limits` says how far it got: who finds it moved since this statement began counts and stops nothing.
 * Stops come only once it has come to now: what stood in the counts of an earlier hour is over.
 * $1 instance, $2 least sends, $3 share that must be verified, $4 seconds, $5 enforced, $6 lookup_id
 */
export const STOP_PUMPED = `
WITH mark AS MATERIALIZED (
  SELECT (SELECT l.until FROM otp_limits AS l WHERE l.key = 'counted:' || ${patiently('$1::text')}) AS at
), span AS MATERIALIZED (
  SELECT b.begins, greatest(b.begins, least(now(), b.begins + ${seconds(SLOT_SECONDS)})) AS ends
  FROM (SELECT CASE WHEN mark.at > clock_timestamp() + ${seconds(AHEAD_SECONDS)} THEN now()
    ELSE greatest(mark.at, now() - ${seconds(CONVERSION_WINDOW_SECONDS)}) END AS begins FROM mark) AS b
), claim AS (
  INSERT INTO otp_limits AS l (key, lookup_id, max, until, updated_at)
  SELECT 'counted:' || $1, $6, ${MOST}, span.ends, ${CHANGED} FROM span
  ON CONFLICT (key) DO UPDATE SET until = excluded.until, updated_at = excluded.updated_at WHERE l.until = (SELECT mark.at FROM mark)
  RETURNING l.until
), ended AS MATERIALIZED (
  SELECT o.*, s.sends FROM span CROSS JOIN claim CROSS JOIN LATERAL (
      SELECT o.id, o.lookup_id, o.limit_keys, ${COUNTED_AT} AS counted_at, o.status = 'verified' AS verified FROM otps AS o
      WHERE o.id >= ${idAt(`span.begins - ${seconds(MAX_LIFE_SECONDS + SETTLED_SECONDS)} - ${CLOCK_SLACK}`)}
        AND ${COUNTED_AT} > span.begins AND ${COUNTED_AT} <= span.ends AND o.instance = $1 AND o.channel = 'provider' OFFSET 0) AS o
    CROSS JOIN LATERAL (SELECT count(*)::int AS sends FROM otp_sends AS s WHERE s.otp_id = o.id AND s.outcome <> 'failed') AS s
), fresh AS MATERIALIZED (
  SELECT g.key, ${stretchOf('e.counted_at', SLOT_SECONDS)} AS at, e.lookup_id, sum(e.sends)::int AS sends,
    coalesce(sum(e.sends) FILTER (WHERE e.verified), 0)::int AS verified
  FROM ended AS e CROSS JOIN unnest(e.limit_keys) AS g (key) WHERE starts_with(g.key, 'guard:') AND e.sends > 0
  GROUP BY 1, 2, 3
), kept AS (
  INSERT INTO otp_conversions AS c (instance, at, key, lookup_id, sends, verified)
  SELECT $1, f.at, f.key, f.lookup_id, f.sends, f.verified FROM fresh AS f ORDER BY f.at, f.key
  ON CONFLICT (instance, at, key) DO UPDATE SET sends = c.sends + excluded.sends, verified = c.verified + excluded.verified
), old AS (
  DELETE FROM otp_conversions AS c USING claim
  WHERE c.instance = $1 AND (c.at < claim.until - 2 * ${seconds(CONVERSION_WINDOW_SECONDS)} OR c.at > claim.until)
), pumped AS (
  SELECT t.key, sum(t.sends)::int AS sends, sum(t.verified)::int AS verified FROM (
    SELECT f.key, f.at, f.lookup_id, f.sends, f.verified FROM fresh AS f
    UNION ALL
    SELECT c.key, c.at, c.lookup_id, c.sends, c.verified FROM otp_conversions AS c, claim
    WHERE c.instance = $1 AND c.at BETWEEN claim.until - ${seconds(CONVERSION_WINDOW_SECONDS)} AND claim.until) AS t
  WHERE t.lookup_id = $6 AND (SELECT claim.until >= now() FROM claim)
  GROUP BY t.key
  HAVING sum(t.sends) >= $2::int AND sum(t.verified) < $3::float8 * sum(t.sends)
), stopped AS (
  INSERT INTO otp_limits AS l (key, lookup_id, max, until, updated_at)
  SELECT CASE WHEN $5::boolean THEN '' ELSE '${WATCHED}' END || p.key, $6, ${MOST}, now() + ${seconds('$4::int')}, now()
  FROM pumped AS p ORDER BY p.key
  ON CONFLICT (key) DO UPDATE SET until = excluded.until, count = 0, updated_at = now()
  WHERE l.until <= now() - ${seconds(`CASE l.count WHEN 0 THEN 0 ELSE ${UNBLOCKED_SECONDS} END`)}
  RETURNING l.key
)
SELECT claim.until < now() AS behind, found.key, found.sends, found.verified
FROM claim LEFT JOIN (
  SELECT p.* FROM pumped AS p JOIN stopped ON stopped.key IN (p.key, '${WATCHED}' || p.key)) AS found ON true
ORDER BY found.key`;
