import { COUNTS, PARTS, RECENT_PARTS, TIME_BOUNDS } from '../domain/figures.js';
import { idBefore, LIVE, seconds } from './sql-parts.js';

const sums = COUNTS.map((name) => `'${name}', sum(${name})`).join(', ');
const times = (value: string, which: string): string => `
  SELECT coalesce(jsonb_object_agg(bound, count), '{}') FROM (
    SELECT width_bucket(extract(epoch FROM ${value}), ARRAY[${TIME_BOUNDS.join(', ')}]::numeric[]) AS bound, count(*) AS count
    FROM base WHERE ${which} GROUP BY 1) AS t`;

/**
 * The domain's `countsOf` and `partOf`. Ids are ordered by time, so the newest rows are the end of the primary
 * key, and the limit bounds the work whatever the table holds. It stands in the text, and each send is looked up by its
 * key (its LIMIT keeps it so): a plan for any limit would read the whole table of sends. $1 instance, $2 seconds
 */
export const figuresOf = (most: number): string => `
WITH newest AS MATERIALIZED (
  SELECT id, instance, channel, purpose, otc_id, status, delivery, error_code, attempts, limit_keys, expires_at, created_at, verified_at
  FROM otps WHERE id >= ${idBefore(seconds('$2::int'))} ORDER BY id DESC LIMIT ${most}
), base AS MATERIALIZED (
  SELECT o.purpose, o.otc_id, o.error_code, o.limit_keys, o.created_at, o.verified_at, s.requested_at, s.done_at,
    least(${PARTS - 1}, greatest(0, floor(extract(epoch FROM o.created_at - (now() - ${seconds('$2::int')})) * ${PARTS} / $2::int)))::int AS part,
    1 AS requested, o.attempts, (o.status = 'max_attempts_reached')::int AS exhausted, f.sent::int AS sent,
    (f.sent AND o.delivery <> 'none')::int AS reported, (f.sent AND o.delivery = 'delivered')::int AS delivered,
    (f.sent AND NOT (o.${LIVE} AND o.expires_at > now()))::int AS ended, (f.sent AND o.status = 'verified')::int AS verified,
    coalesce(s.delivery = 'delivered' AND s.done_at >= s.requested_at, false) AS timed
  FROM newest AS o LEFT JOIN LATERAL (
      SELECT * FROM otp_sends AS x WHERE x.otp_id = o.id AND x.send_no = 1 LIMIT 1) AS s ON true
    CROSS JOIN LATERAL (SELECT coalesce(s.outcome = 'sent', false) AS sent) AS f
  WHERE o.instance = $1 AND o.channel = 'provider' AND o.created_at > now() - ${seconds('$2::int')}
)
SELECT now() AS now, (SELECT count(*) < ${most} FROM newest) AS complete, (SELECT min(created_at) FROM newest) AS since,
  (SELECT coalesce(jsonb_agg(c.cell), '[]') FROM (
    SELECT jsonb_build_object('part', part, 'purpose', purpose, 'otcId', otc_id, ${sums}) AS cell
    FROM base GROUP BY part, purpose, otc_id ORDER BY part, purpose, otc_id) AS c) AS cells,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('code', e.code, 'count', e.count) ORDER BY e.count DESC, e.code), '[]') FROM (
    SELECT error_code AS code, count(*) AS count FROM base WHERE error_code IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10) AS e) AS errors,
  (SELECT coalesce(jsonb_agg(r.range), '[]') FROM (
    SELECT jsonb_build_object('key', k.key, 'sent', sum(sent), 'ended', sum(ended), 'verified', sum(verified),
      'recent', sum(CASE WHEN part >= ${PARTS - RECENT_PARTS} THEN sent ELSE 0 END)) AS range
    FROM base CROSS JOIN unnest(limit_keys) AS k (key) WHERE starts_with(k.key, 'guard:')
    GROUP BY k.key HAVING sum(sent) > 0 ORDER BY sum(sent) DESC, k.key COLLATE "C" LIMIT 5) AS r) AS ranges,
  (${times('done_at - requested_at', 'timed')}) AS delivery_times,
  (${times('verified_at - created_at', 'verified = 1')}) AS verify_times`;
