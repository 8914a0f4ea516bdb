import { OTHER_VERSION_SECONDS } from '../domain/outbox.js';
import { isLocked, lockedOwed, seconds } from './sql-parts.js';

/**
 * The outbox as guarded single statements. A claim moves `next_at` to the end of its lease, so the
 * index by `next_at` never leads over rows that are being worked on.
 */

/** A row and the try it was claimed with: $1 otp_id, $2 handler, $3 event_no, $4 attempts. */
const held = `o.otp_id = $1 AND o.handler = $2 AND o.event_no = $3 AND o.attempts = $4 AND o.parked_at IS NULL`;

export const OUTBOX_SQL = {
  /** $1 instance, $2 handlers, in one order, so that two processes never wait for each other in a circle. */
  register: `
INSERT INTO otp_handlers AS h (instance, handler, type, seen_at)
SELECT $1, n.name, t.type, now()
FROM jsonb_to_recordset($2::jsonb) AS n (name text, types text[]), unnest(n.types) AS t (type)
ORDER BY n.name, t.type
ON CONFLICT (instance, handler, type) DO UPDATE SET seen_at = excluded.seen_at
WHERE h.seen_at < now() - interval '1 minute'`,

  /**
   * $1 instance, $2 handlers with their limits, $3 lease in seconds. Written so that each part is a
   * few look-ups by index, however many rows the planner expects: rows by their place, one event each.
   */
  claim: `
WITH mine AS MATERIALIZED (
  SELECT n.name, n.types, n."limit"
  FROM jsonb_to_recordset($2::jsonb) AS n (name text, types text[], "limit" int)
), due AS MATERIALIZED (
  SELECT d.place FROM mine CROSS JOIN LATERAL (
    SELECT o.ctid AS place
    FROM otp_outbox AS o
    JOIN otp_events AS e ON e.otp_id = o.otp_id AND e.event_no = o.event_no
    WHERE o.instance = $1 AND o.handler = mine.name AND o.parked_at IS NULL AND o.next_at <= now()
      AND (o.lease_until IS NULL OR o.lease_until <= now())
      AND (o.type = ANY (mine.types) OR e.at <= now() - ${seconds(OTHER_VERSION_SECONDS)})
      AND NOT EXISTS (
        SELECT FROM otp_outbox AS earlier
        WHERE earlier.otp_id = o.otp_id AND earlier.handler = o.handler AND earlier.type = ANY (mine.types)
          AND earlier.event_no < o.event_no AND earlier.parked_at IS NULL)
    ORDER BY o.next_at LIMIT mine."limit" FOR UPDATE OF o SKIP LOCKED
  ) AS d
), claimed AS (
  UPDATE otp_outbox AS o SET attempts = o.attempts + 1,
    lease_until = now() + ${seconds('$3::int')}, next_at = now() + ${seconds('$3::int')}
  WHERE o.ctid = ANY (ARRAY(SELECT due.place FROM due))
  RETURNING o.otp_id, o.handler, o.event_no, o.attempts
)
SELECT rest.open, c.otp_id, c.event_no, c.handler, c.attempts, known.*
FROM (SELECT EXISTS (
  SELECT FROM mine CROSS JOIN LATERAL (
    SELECT FROM otp_outbox AS o
    WHERE o.instance = $1 AND o.handler = mine.name AND o.parked_at IS NULL
      AND o.type = ANY (mine.types)
      AND (o.otp_id, o.handler, o.event_no) NOT IN (SELECT c.otp_id, c.handler, c.event_no FROM claimed AS c)
    ORDER BY o.next_at LIMIT 1
  ) AS any_row
) AS open) AS rest
LEFT JOIN (claimed AS c CROSS JOIN LATERAL (
  SELECT e.type, e.at, e.data, otp.instance, otp.purpose, otp.channel, otp.subject, otp.callback_data, otp.mobile_mask
  FROM otp_events AS e JOIN otps AS otp ON otp.id = e.otp_id
  WHERE e.otp_id = c.otp_id AND e.event_no = c.event_no LIMIT 1
) AS known) ON true
ORDER BY c.otp_id, c.event_no`,

  done: `DELETE FROM otp_outbox AS o WHERE ${held}`,

  /** $5 seconds. Those that wait for the row would only be looked at in vain: they get its time. */
  retry: `
WITH failed AS (
  SELECT o.event_no FROM otp_outbox AS o WHERE ${held} FOR UPDATE
)
UPDATE otp_outbox AS o SET next_at = now() + ${seconds('$5::float8')},
  lease_until = CASE WHEN o.event_no > $3 THEN o.lease_until END
FROM ${lockedOwed(`x.otp_id = $1 AND x.handler = $2 AND x.event_no >= $3 AND x.parked_at IS NULL
  AND EXISTS (SELECT FROM failed)`)}
WHERE ${isLocked('o')}`,

  park: `UPDATE otp_outbox AS o SET parked_at = now(), lease_until = NULL WHERE ${held}`,

  /** $1 otp_ids, $2 handlers, $3 event_nos, $4 attempts, one place a row */
  release: `
UPDATE otp_outbox AS o SET lease_until = NULL, next_at = now()
FROM ${lockedOwed(
    `x.otp_id = r.otp_id AND x.handler = r.handler AND x.event_no = r.event_no
  AND x.attempts = r.attempts AND x.parked_at IS NULL`,
    'unnest($1::uuid[], $2::text[], $3::int[], $4::int[]) AS r (otp_id, handler, event_no, attempts)',
  )}
WHERE ${isLocked('o')}`,

  /** $1 instance, $2 limit */
  parked: `
SELECT o.otp_id, o.event_no, o.handler, o.attempts, e.type, e.at, o.parked_at
FROM otp_outbox AS o JOIN otp_events AS e ON e.otp_id = o.otp_id AND e.event_no = o.event_no
WHERE o.instance = $1 AND o.parked_at IS NOT NULL
ORDER BY o.parked_at, o.otp_id, o.event_no, o.handler LIMIT $2`,

  /** $1 instance, $2 handler, $3 otp_id, $4 event_no */
  replay: `
WITH again AS (
  UPDATE otp_outbox AS o SET parked_at = NULL, lease_until = NULL, attempts = 0, next_at = now()
  FROM ${lockedOwed(`x.instance = $1 AND x.parked_at IS NOT NULL AND ($2::text IS NULL OR x.handler = $2)
    AND ($3::uuid IS NULL OR x.otp_id = $3) AND ($4::int IS NULL OR x.event_no = $4)`)}
  WHERE ${isLocked('o')}
  RETURNING 1
) SELECT count(*)::int AS count FROM again`,

  /** $1 instance, $2 seconds. What only dead versions of a living handler wanted is no longer owed to it. */
  forget: `
WITH seen AS (
  SELECT h.handler, max(h.seen_at) AS at FROM otp_handlers AS h WHERE h.instance = $1 GROUP BY h.handler
), unseen AS (
  SELECT seen.handler FROM seen WHERE seen.at < now() - ${seconds('$2::int')}
), gone AS (
  DELETE FROM otp_handlers AS h USING (
    SELECT k.handler, k.type FROM otp_handlers AS k JOIN seen ON seen.handler = k.handler
    WHERE k.instance = $1 AND (seen.at < now() - ${seconds('$2::int')} OR k.seen_at < seen.at - ${seconds(OTHER_VERSION_SECONDS)})
    ORDER BY k.handler, k.type FOR UPDATE OF k) AS due
  WHERE h.instance = $1 AND h.handler = due.handler AND h.type = due.type
)
DELETE FROM otp_outbox AS o
USING ${lockedOwed(`x.instance = $1 AND (
  x.handler IN (SELECT unseen.handler FROM unseen)
  OR NOT EXISTS (SELECT FROM otp_handlers AS h WHERE h.instance = x.instance AND h.handler = x.handler)
  OR NOT EXISTS (SELECT FROM otps WHERE otps.id = x.otp_id))`)}
WHERE ${isLocked('o')}`,
} as const;
