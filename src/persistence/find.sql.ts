import { cooldownKey, failuresKey } from './limits.sql.js';
import { counts, held, OTP } from './sql-parts.js';

const findBy = (condition: string): string => `
SELECT now() AS db_now, ${OTP},
  (SELECT s.message_id FROM otp_sends AS s WHERE s.otp_id = otp.id AND ${counts('s')}
    ORDER BY s.send_no DESC LIMIT 1) AS message_id,
  newest.requested_at AS last_send_at,
  (SELECT l.until FROM otp_limits AS l WHERE l.key = ${cooldownKey('otp')} AND l.until > now()) AS cooldown_until,
  (SELECT f.until FROM otp_limits AS f WHERE f.key = ${failuresKey('otp')} AND f.until > now()) AS locked_until
FROM otps AS otp
LEFT JOIN otp_sends AS newest ON newest.otp_id = otp.id AND newest.send_no = otp.sends
WHERE otp.instance = $1 AND ${condition} ORDER BY otp.id DESC LIMIT $3`;

const bySend = (column: string): string =>
  findBy(`otp.id IN (SELECT s.otp_id FROM otp_sends AS s WHERE s.${column} = $2)`);

/** How each look-up key finds its rows: $1 instance, $2 the key, $3 limit. */
export const FIND = {
  id: findBy('otp.id = $2'),
  mobileMac: findBy('otp.mobile_mac = $2'),
  referenceCode: bySend('reference_code'),
  otpId: bySend('provider_otp_id'),
  messageId: bySend('message_id'),
  callbackData: findBy('otp.callback_data = $2'),
  subject: findBy('otp.subject = $2'),
} as const;

/** $1 instance, $2 ids, $3 how many they are */
export const FIND_MANY = findBy('otp.id = ANY ($2::uuid[])');

/** $1 instance, $2 id, $3 how many, $4 holder */
export const FIND_HELD = findBy(`otp.id = $2 AND ${held('otp', 4)}`);

export type Lookup = keyof typeof FIND;
