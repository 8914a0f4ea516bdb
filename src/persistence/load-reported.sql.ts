import type { ReportedOtp } from '../domain/report.js';
import type { Loaded, ReportQuery } from '../ports/otp-store.js';
import { SEND_COLUMNS, toSend } from './otp.rows.js';
import type { Row } from './otp.rows.js';
import { columns, isErased } from './sql-parts.js';
import { statement } from './statement.js';
import type { Statement } from './statement.js';

/** One row for each send, in their order; nothing of an OTP that is erased. */
export const loadReported: Statement<ReportQuery> = statement(`
SELECT now() AS db_now, o.xmin::text AS xmin, o.purpose, o.lookup_id, o.mobile_mac, o.callback_data,
  o.delivery AS otp_delivery,
  EXISTS (SELECT FROM otp_events AS e WHERE e.otp_id = o.id AND e.dedupe_key = $dedupeKey) AS is_duplicate,
  ${columns(SEND_COLUMNS, 's')}
FROM otps AS o JOIN otp_sends AS s ON s.otp_id = o.id
WHERE o.id = $id AND o.instance = $instance AND NOT ${isErased('o')} ORDER BY s.send_no`);

export function toReported(rows: readonly Row[]): Loaded<ReportedOtp> | null {
  const [row] = rows;
  if (!row) return null;
  const {
    otp_id: id,
    xmin,
    db_now: readAt,
  } = row as { otp_id: string; xmin: string; db_now: Date };
  const otp = {
    purpose: row['purpose'],
    lookupId: row['lookup_id'],
    mobileMac: row['mobile_mac'],
    callbackData: row['callback_data'],
    delivery: row['otp_delivery'],
  } as ReportedOtp['otp'];
  return {
    version: { id, xmin, readAt },
    state: { otp, sends: rows.map(toSend), isDuplicate: row['is_duplicate'] as boolean },
  };
}
