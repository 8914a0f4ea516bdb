import { ERASED_MASK } from '../domain/erasure.js';
import { countedData, line, writeEvents } from './otp.sql.js';
import { isErased, LIVE, patiently, stale, timedOut } from './sql-parts.js';

/** What is kept of a person, and how it is taken away: guarded single statements, `otps` first. */

/** 16 bytes that nobody can foresee: the server has no other source of them without an extension. */
const RANDOM_MAC = 'uuid_send(gen_random_uuid())';

export const PRIVACY_SQL = {
  /**
   * An OTP whose history grew after this statement's snapshot stays for the next batch: the statement does
   * not see the new line, and would leave it as it is.
   * $1 instance, $2 mobile_macs, $3 batch size
   */
  erase: `
WITH due AS (
  SELECT o.id, o.event_count, o.${LIVE} AS live FROM otps AS o
  WHERE o.instance = ${patiently('$1::text')} AND o.mobile_mac = ANY ($2::bytea[])
  ORDER BY o.id LIMIT $3 FOR UPDATE
), otp AS (
  UPDATE otps AS o SET
    status = CASE WHEN NOT due.live THEN o.status WHEN ${stale('o')} THEN 'send_unknown'
      WHEN ${timedOut('o')} THEN 'expired' ELSE 'canceled' END,
    lease_until = CASE WHEN NOT due.live THEN o.lease_until END,
    mobile_mac = ${RANDOM_MAC}, mobile_sealed = NULL, mobile_mask = '${ERASED_MASK}',
    subject = NULL, callback_data = NULL, binding_mac = NULL, ip_mac = NULL, idempotency_key = NULL,
    try_mac = NULL, unknown_mac = NULL, limit_keys = '{}', provider_otp_id = NULL, reference_code = NULL,
    revoked_at = CASE WHEN o.status = 'verified' THEN coalesce(o.revoked_at, now()) ELSE o.revoked_at END,
    event_count = o.event_count + CASE WHEN due.live THEN 2 ELSE 1 END
  FROM due WHERE o.id = due.id
    AND EXISTS (SELECT 1 FROM otps AS seen WHERE seen.id = due.id AND seen.event_count = due.event_count)
  RETURNING o.id, o.instance, o.event_count, o.status, due.live
), sends AS (
  UPDATE otp_sends AS s SET provider_otp_id = NULL, reference_code = NULL, message_id = NULL, bulk_id = NULL,
    description = NULL
  FROM otp WHERE s.otp_id = otp.id
), events AS (
  UPDATE otp_events AS e SET data = ${countedData('e.data')}, dedupe_key = NULL
  FROM otp WHERE e.otp_id = otp.id
), ${writeEvents([
    `${line('otp', 'otp.status', undefined, 'otp.event_count - 1')} WHERE otp.live`,
    line('otp', `'erased'`),
  ])}
SELECT (SELECT count(*) FROM otp)::int AS erased,
  EXISTS (SELECT FROM otps AS o WHERE o.instance = $1 AND o.mobile_mac = ANY ($2::bytea[])) AS found`,

  /** $1 instance, $2 id, $3 actor */
  unmask: `
WITH otp AS (
  UPDATE otps AS o SET event_count = o.event_count + 1
  WHERE o.id = ${patiently('$2::uuid')} AND o.instance = $1 AND NOT ${isErased('o')}
  RETURNING o.*
), ${writeEvents([line('otp', `'unmasked'`, `jsonb_build_object('actor', $3::text)`)])}
SELECT otp.id, otp.key_id, otp.mobile_sealed AS sealed FROM otp`,

  /** $1 instance, $2 id, $3 limit. A page of the primary key, whatever stands in it: no page takes long. */
  sealedAfter: `
SELECT o.id, o.key_id, CASE WHEN o.instance = $1 THEN o.mobile_sealed END AS sealed
FROM otps AS o WHERE o.id > $2 ORDER BY o.id LIMIT $3`,

  /** $1 ids, $2 their old keys, $3 the numbers sealed anew, $4 key_id */
  reseal: `
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS g (id, was, sealed)
), due AS (
  SELECT o.id, given.sealed FROM otps AS o JOIN given ON given.id = o.id AND given.was = o.key_id
  WHERE NOT ${isErased('o')} AND o.key_id <> ${patiently('$4::text')}
  ORDER BY o.id FOR UPDATE OF o
), resealed AS (
  UPDATE otps AS o SET key_id = $4, mobile_sealed = due.sealed FROM due WHERE o.id = due.id
  RETURNING o.id
)
SELECT count(*)::int AS count FROM resealed`,
} as const;
