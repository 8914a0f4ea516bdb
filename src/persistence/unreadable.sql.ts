import { line, writeEvents } from './otp.sql.js';
import { idBefore, isErased, patiently } from './sql-parts.js';

/** A report never comes later than 72 h after its OTP; an hour more for clocks that differ. */
const REPORTS_OF = `interval '73 hours'`;
/** So many OTPs show what the reports are like now. */
const NEWEST = 1000;

export const UNREADABLE_SQL = {
  /**
   * One line of history, unless the key is there already. Fenced by the event counter as `applyReport` is.
   * $1 id, $2 instance, $3 dedupe key, $4 data
   */
  note: `
WITH seen AS (
  SELECT o.id, o.event_count,
    EXISTS (SELECT 1 FROM otp_events AS e WHERE e.otp_id = o.id AND e.dedupe_key = $3) AS duplicate
  FROM otps AS o WHERE o.id = ${patiently('$1::uuid')} AND o.instance = $2 AND NOT ${isErased('o')}
), otp AS (
  UPDATE otps AS o SET event_count = o.event_count + 1
  FROM seen WHERE o.id = seen.id AND o.event_count = seen.event_count AND NOT seen.duplicate
  RETURNING o.id, o.instance, o.event_count
), ${writeEvents([line('otp', `'report_unreadable'`, '$4::jsonb')], '$3')}
SELECT seen.duplicate, otp.id IS NOT NULL AS stored FROM seen LEFT JOIN otp ON true`,

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
