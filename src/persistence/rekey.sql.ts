import { cooldownKey, failuresKey } from './limits.sql.js';
import { byLiveKey, LIVE, patiently } from './sql-parts.js';

/** Another look-up key for the MACs that stand in the rows: guarded single statements, `otps` first. */

/**
 * Moves the rows of `otp_limits` that the CTE `moves` names (key, becomes) to the look-up key in a
 * parameter. A row that stands there already had hits of its own: both are kept.
 */
const moveLimits = (lookupId: string): string => `
held_limits AS (
  SELECT l.key, moves.becomes FROM otp_limits AS l JOIN moves ON moves.key = l.key
  ORDER BY l.key FOR UPDATE OF l
), gone AS (
  DELETE FROM otp_limits AS l USING held_limits AS h WHERE l.key = h.key AND h.becomes <> h.key
  RETURNING h.becomes, l.hits, l.count, l.max, l.until, l.updated_at
), moved AS (
  INSERT INTO otp_limits AS l (key, lookup_id, hits, count, max, until, updated_at)
  SELECT g.becomes, ${lookupId}, g.hits, g.count, g.max, g.until, g.updated_at FROM gone AS g ORDER BY g.becomes
  ON CONFLICT (key) DO UPDATE SET
    (hits, max) = (
      SELECT b.hits, greatest(l.max, excluded.max, cardinality(b.hits))
      FROM (SELECT ARRAY(SELECT DISTINCT h FROM unnest(l.hits || excluded.hits) AS h ORDER BY h) AS hits) AS b),
    count = greatest(l.count, excluded.count), until = greatest(l.until, excluded.until),
    updated_at = greatest(l.updated_at, excluded.updated_at)
  RETURNING l.key
), stayed AS (
  UPDATE otp_limits AS l SET lookup_id = ${lookupId} FROM held_limits AS h WHERE l.key = h.key AND h.becomes = h.key
  RETURNING l.key
)`;

export const REKEY_SQL = {
  /** $1 key */
  stoppedFor: `
SELECT extract(epoch FROM now() - l.updated_at)::float8 AS seconds FROM otp_limits AS l
WHERE l.key = $1 AND l.until > now()`,

  /** $1 instance, $2 former look-up ids, $3 known ones, $4 id, $5 limit */
  numbersAfter: `
WITH page AS MATERIALIZED (
  SELECT o.id, o.instance, o.lookup_id, o.mobile_mac FROM otps AS o WHERE o.id > $4 ORDER BY o.id LIMIT $5
)
SELECT (SELECT p.id FROM page AS p ORDER BY p.id DESC LIMIT 1) AS last,
  (SELECT count(*) FROM page AS p WHERE p.instance = $1 AND p.lookup_id <> ALL ($3::text[]))::int AS unknown,
  o.id, o.lookup_id, o.mobile_mac, o.binding_mac, o.ip_mac, o.try_mac, o.unknown_mac, o.limit_keys,
  o.event_count, o.lease_no,
  (SELECT jsonb_object_agg(e.event_no, e.dedupe_key) FROM otp_events AS e
    WHERE e.otp_id = o.id AND e.dedupe_key IS NOT NULL) AS reports
FROM (SELECT) AS one LEFT JOIN otps AS o ON o.instance = $1 AND o.lookup_id = ANY ($2::text[])
  AND o.mobile_mac = ANY (ARRAY(
    SELECT p.mobile_mac FROM page AS p WHERE p.instance = $1 AND p.lookup_id = ANY ($2::text[])))`,

  /**
   * Only what still stands under its number is written: an erased OTP has left it, and gets nothing back.
   * $1 instance, $2 lookup_id, $3 the OTPs: as they were read, and their new MACs
   */
  rekeyNumbers: `
WITH given AS (
  SELECT * FROM jsonb_to_recordset($3::jsonb) AS g (id uuid, was bytea, was_id text, event_count int, lease_no int,
    mobile_mac bytea, binding_mac bytea, ip_mac bytea, try_mac bytea, unknown_mac bytea, limit_keys text[], reports jsonb)
), held AS (
  SELECT o.id, o.purpose, o.mobile_mac, o.lookup_id, o.event_count, o.lease_no, o.${LIVE} AS live FROM otps AS o
  WHERE o.instance = ${patiently('$1::text')} AND o.mobile_mac = ANY (ARRAY(SELECT g.was FROM given AS g))
  ORDER BY o.id FOR UPDATE
), ready AS (
  SELECT h.mobile_mac FROM held AS h LEFT JOIN given AS g ON g.id = h.id AND g.was_id = h.lookup_id
    AND g.event_count = h.event_count AND g.lease_no = h.lease_no
  GROUP BY h.mobile_mac
  HAVING bool_and(g.id IS NOT NULL) AND NOT bool_or(h.live AND EXISTS (
    SELECT FROM otps AS twin WHERE twin.instance = $1 AND twin.purpose = h.purpose AND twin.mobile_mac = g.mobile_mac
      AND ${byLiveKey('twin.')}))
), otp AS (
  UPDATE otps AS o SET lookup_id = $2, mobile_mac = g.mobile_mac, binding_mac = g.binding_mac, ip_mac = g.ip_mac,
    try_mac = g.try_mac, unknown_mac = g.unknown_mac, limit_keys = g.limit_keys
  FROM given AS g JOIN held ON held.id = g.id JOIN ready ON ready.mobile_mac = held.mobile_mac
  WHERE o.id = held.id
  RETURNING o.id, o.instance, o.purpose, o.subject, o.mobile_mac, g.was, g.reports
), events AS (
  UPDATE otp_events AS e SET dedupe_key = r.value
  FROM otp CROSS JOIN LATERAL jsonb_each_text(otp.reports) AS r
  WHERE e.otp_id = otp.id AND e.event_no = r.key::int
), before AS (
  SELECT otp.id, otp.instance, otp.purpose, otp.subject, otp.was AS mobile_mac FROM otp
), moves AS (
  SELECT ${cooldownKey('before')} AS key, ${cooldownKey('otp')} AS becomes FROM before JOIN otp ON otp.id = before.id
  UNION
  SELECT ${failuresKey('before')}, ${failuresKey('otp')} FROM before JOIN otp ON otp.id = before.id
), ${moveLimits('$2')}
SELECT count(*)::int AS count FROM otp`,

  /** $1 former look-up ids, $2 key, $3 limit */
  limitsAfter: `
WITH page AS MATERIALIZED (
  SELECT l.key, l.lookup_id FROM otp_limits AS l WHERE l.key > $2 ORDER BY l.key LIMIT $3
)
SELECT (SELECT p.key FROM page AS p ORDER BY p.key DESC LIMIT 1) AS last, due.*
FROM (SELECT) AS one LEFT JOIN (SELECT p.* FROM page AS p WHERE p.lookup_id = ANY ($1::text[])) AS due ON true`,

  /** $1 lookup_id, $2 keys, $3 what they become */
  rekeyLimits: `
WITH moves AS (
  SELECT m.* FROM unnest($2::text[], $3::text[]) AS m (key, becomes) WHERE ${patiently('$1::text')} IS NOT NULL
), ${moveLimits('$1')}
SELECT ((SELECT count(*) FROM moved) + (SELECT count(*) FROM stayed))::int AS count`,
} as const;
