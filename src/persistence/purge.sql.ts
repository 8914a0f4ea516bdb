import { REPORTS_END_SECONDS } from '../domain/lifecycle.js';
import type { PurgeKind } from '../ports/otp-store.js';
import { idBefore, isLocked, LIVE, lockedOwed, seconds } from './sql-parts.js';

/** Everything older than $1 days stands before this one in the index. */
const BEFORE_DAYS = idBefore('make_interval(days => $1)');

/**
 * What each purge deletes: $1 days, $2 instance (but for limits). Rows another replica holds are left to it, and so is what
 * a handler still has to be called for. An OTP whose history grew after this statement's snapshot stays for the next time:
 * the statement does not see the new line, and would leave it behind.
 *
 * No plan may read a table whole for one batch. So the batch stands in the text (a LIMIT that PostgreSQL does not know is a tenth
 * of the table to it), and what must not be is counted row by row (of an EXISTS it would make a join).
 */
export const PURGE = {
  otps: (batch) => `
WITH due AS (
  SELECT o.id, o.event_count FROM otps AS o
  WHERE o.id < ${BEFORE_DAYS} AND o.instance = $2 AND o.created_at < now() - make_interval(days => $1) AND NOT o.${LIVE}
    AND NOT (SELECT count(*) > 0 FROM otp_sends AS s
      WHERE s.otp_id = o.id AND s.requested_at > now() - ${seconds(REPORTS_END_SECONDS)})
    AND NOT (SELECT count(*) > 0 FROM otp_outbox AS x WHERE x.otp_id = o.id AND x.parked_at IS NULL)
  ORDER BY o.id LIMIT ${batch} FOR UPDATE OF o SKIP LOCKED
), gone AS (
  DELETE FROM otps AS o USING due WHERE o.id = due.id
    AND EXISTS (SELECT 1 FROM otps AS seen WHERE seen.id = due.id AND seen.event_count = due.event_count)
  RETURNING o.id
), sends AS (
  DELETE FROM otp_sends AS s USING gone WHERE s.otp_id = gone.id
), owed AS (
  DELETE FROM otp_outbox AS o USING ${lockedOwed('x.otp_id = gone.id', 'gone')} WHERE ${isLocked('o')}
), events AS (
  DELETE FROM otp_events AS e USING gone WHERE e.otp_id = gone.id
)
SELECT count(*)::int AS count FROM gone`,

  history: (batch) => `
WITH due AS (
  SELECT e.otp_id, e.event_no FROM otp_events AS e
  WHERE e.otp_id < ${BEFORE_DAYS} AND e.at < now() - make_interval(days => $1)
    AND (SELECT o.instance = $2 FROM otps AS o WHERE o.id = e.otp_id)
    AND NOT (SELECT count(*) > 0 FROM otp_outbox AS x
      WHERE x.otp_id = e.otp_id AND x.event_no = e.event_no AND x.parked_at IS NULL)
  ORDER BY e.otp_id, e.event_no LIMIT ${batch} FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM otp_events AS e USING due WHERE e.otp_id = due.otp_id AND e.event_no = due.event_no
  RETURNING e.otp_id, e.event_no
), owed AS (
  DELETE FROM otp_outbox AS o
  USING ${lockedOwed('x.otp_id = gone.otp_id AND x.event_no = gone.event_no', 'gone')} WHERE ${isLocked('o')}
)
SELECT count(*)::int AS count FROM gone`,

  limits: (batch) => `
WITH due AS (
  SELECT l.key FROM otp_limits AS l
  WHERE l.updated_at < now() - make_interval(days => $1) AND (l.until IS NULL OR l.until <= now())
  ORDER BY l.updated_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM otp_limits AS l USING due WHERE l.key = due.key RETURNING l.key
)
SELECT count(*)::int AS count FROM gone`,
} as const satisfies Record<PurgeKind, (batch: number) => string>;
