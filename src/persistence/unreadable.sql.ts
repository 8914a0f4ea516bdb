import { idBefore } from './sql-parts.js';

/** A report never comes later than 72 h after its OTP; an hour more for clocks that differ. */
const REPORTS_OF = `interval '73 hours'`;
/** So many OTPs show what the reports are like now. */
const NEWEST = 1000;

export const UNREADABLE_SQL = {
  /** $1 instance */
  reading: `
WITH newest AS (
  SELECT o.id FROM otps AS o WHERE o.instance = $1 AND o.id >= ${idBefore(REPORTS_OF)}
  ORDER BY o.id DESC LIMIT ${NEWEST}
), reports AS (
  SELECT e.otp_id, e.at, e.data ->> 'reason' AS reason, e.type = 'report_unreadable' AS unreadable
  FROM newest JOIN otp_events AS e ON e.otp_id = newest.id
  WHERE e.type IN ('delivered', 'undelivered', 'delivery_report', 'delivery_mismatch', 'report_unreadable')
    AND e.at > now() - interval '24 hours'
)
SELECT count(DISTINCT r.otp_id) FILTER (WHERE r.unreadable)::int AS unreadable,
  (array_agg(r.reason ORDER BY r.at DESC) FILTER (WHERE r.unreadable))[1] AS reason,
  max(r.at) FILTER (WHERE r.unreadable) AS unreadable_at, max(r.at) FILTER (WHERE NOT r.unreadable) AS read_at
FROM reports AS r`,
} as const;
