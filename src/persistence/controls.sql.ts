import { STOP_KINDS } from '../domain/limits.js';
import { failuresKey, kindOf, MOST } from './limits.sql.js';
import { list, seconds } from './sql-parts.js';

/**
 * A stop in the words of `otp_limits_stops_idx`, which those of a send must not imply; of an equation PostgreSQL
 * expects few rows.
 */
const isStop = (alias: string): string =>
  `(array_position(ARRAY[${list(STOP_KINDS)}], split_part(${alias}.key, ':', 1)) IS NOT NULL)::int = 1`;

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
} as const;
