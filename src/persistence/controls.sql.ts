import { CONVERSION_WINDOW_SECONDS, UNBLOCKED_SECONDS } from '../domain/conversion.js';
import { STOP_KINDS } from '../domain/limits.js';
import { MAX_LIFE_SECONDS } from '../domain/lifecycle.js';
import { failuresKey, kindOf, MOST } from './limits.sql.js';
import { idBefore, list, seconds } from './sql-parts.js';

/**
 * A stop in the words of `otp_limits_stops_idx`, which those of a send must not imply; of an equation PostgreSQL
 * expects few rows.
 */
const isStop = (alias: string): string =>
  `(array_position(ARRAY[${list(STOP_KINDS)}], split_part(${alias}.key, ':', 1)) IS NOT NULL)::int = 1`;
/** A reported range that stops nothing stands under a key that no OTP looks at. */
const WATCHED = 'watched-';

export const CONTROLS_SQL = {
  /** $1 key, $2 seconds (NULL: until it is lifted), $3 lookup_id */
  stop: `
INSERT INTO otp_limits AS l (key, lookup_id, max, until, updated_at)
VALUES ($1, $3, ${MOST}, coalesce(now() + ${seconds('$2::float8')}, 'infinity'), now())
ON CONFLICT (key) DO UPDATE SET until = excluded.until, count = 0, updated_at = now()`,

  /** $1 key. `count` marks what was lifted by hand: the guard leaves it alone for a while. */
  lift: `
UPDATE otp_limits AS l SET until = now(), count = 1, updated_at = now()
WHERE l.key = $1 AND l.until > now() RETURNING l.key`,

  /** $1 instance */
  stops: `
SELECT ${kindOf('l')} AS kind, l.key, CASE WHEN isfinite(l.until) THEN l.until END AS until,
  CASE WHEN ${kindOf('l')} = 'blocked' THEN (
    SELECT o.mobile_mask FROM otps AS o
    WHERE o.mobile_mac = decode(split_part(l.key, ':', 3), 'hex') ORDER BY o.id DESC LIMIT 1) END AS mobile_mask
FROM otp_limits AS l
WHERE ${isStop('l')} AND split_part(l.key, ':', 2) = $1 AND l.until > now()
ORDER BY l.key`,

  /** $1 instance, $2 purpose, $3 mobile_mac */
  unlock: `
WITH number AS (SELECT $1::text AS instance, $2::text AS purpose, $3::bytea AS mobile_mac, NULL::text AS subject),
gone AS (
  DELETE FROM otp_limits AS l USING (
    SELECT k.key FROM otp_limits AS k, number
    WHERE k.key = ${failuresKey('number')} OR starts_with(k.key, ${failuresKey('number')} || ':')
    ORDER BY k.key FOR UPDATE OF k) AS held
  WHERE l.key = held.key RETURNING l.key
)
SELECT count(*)::int AS count FROM gone`,

  /** $1 instance, $2 least sends, $3 share that must be verified, $4 seconds, $5 enforced */
  stopPumped: `
WITH pumped AS (
  SELECT g.key, max(o.lookup_id) AS lookup_id, count(*)::int AS sends, count(*) FILTER (WHERE o.status = 'verified')::int AS verified
  FROM otps AS o JOIN otp_sends AS s ON s.otp_id = o.id AND s.outcome <> 'failed'
    CROSS JOIN unnest(o.limit_keys) AS g (key)
  WHERE o.id >= ${idBefore(seconds(CONVERSION_WINDOW_SECONDS + MAX_LIFE_SECONDS))} AND o.instance = $1 AND o.channel = 'provider'
    AND o.created_at > now() - ${seconds(`${CONVERSION_WINDOW_SECONDS} + o.ttl_seconds`)}
    AND o.created_at <= now() - ${seconds('o.ttl_seconds')} AND starts_with(g.key, 'guard:')
  GROUP BY g.key
  HAVING count(*) >= $2::int AND count(*) FILTER (WHERE o.status = 'verified') < $3::float8 * count(*)
), stopped AS (
  INSERT INTO otp_limits AS l (key, lookup_id, max, until, updated_at)
  SELECT CASE WHEN $5::boolean THEN '' ELSE '${WATCHED}' END || p.key, p.lookup_id, ${MOST}, now() + ${seconds('$4::int')}, now()
  FROM pumped AS p ORDER BY p.key
  ON CONFLICT (key) DO UPDATE SET until = excluded.until, count = 0, updated_at = now()
  WHERE l.until <= now() - ${seconds(`CASE l.count WHEN 0 THEN 0 ELSE ${UNBLOCKED_SECONDS} END`)}
  RETURNING l.key
)
SELECT p.key, p.sends, p.verified FROM pumped AS p JOIN stopped ON stopped.key IN (p.key, '${WATCHED}' || p.key)
ORDER BY p.key`,
} as const;
