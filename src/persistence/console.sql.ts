import {
  BUCKET_SECONDS,
  COUNTED_AFTER,
  COUNTED_AGAIN_DAYS,
  COUNTS,
  FIGURE_DAYS,
  PARTS,
  RANGES_A_BUCKET,
  RECENT_PARTS,
  SETTLED_COUNTS,
  TIME_BOUNDS,
} from '../domain/figures.js';
import { CLOCK_SLACK, idAt, list, LIVE, seconds, stretchOf } from './sql-parts.js';

const BUCKET = seconds(BUCKET_SECONDS);
/** Whether the purge has left the OTPs of a bucket alone. */
const isWhole = `b.at > now() - make_interval(days => ${COUNTED_AGAIN_DAYS})`;

const bucketOf = (time: string): string => stretchOf(time, BUCKET_SECONDS);
const boundOf = (time: string): string =>
  `width_bucket(extract(epoch FROM ${time})::numeric, ARRAY[${TIME_BOUNDS.join(', ')}]::numeric[])`;
const BOUNDS = Array.from({ length: TIME_BOUNDS.length + 1 }, (_, bound) => bound);

/** What is kept of OTPs; `bucket` says how often one was counted, `limit` is of asks that left no row. */
const COUNTED_KINDS = ['cell', 'error', 'range'] as const;
const KINDS = [...COUNTED_KINDS, 'bucket', 'limit'] as const;

/**
 * The domain's `countsOf` for each row of a CTE with the columns of `otps`. Each send is looked up by its key (its LIMIT
 * keeps it so): a plan for any number of rows would read the whole table of sends. $1 instance
 */
const counted = (rows: string): string => `
  SELECT ${bucketOf('o.created_at')} AS at, o.purpose, o.otc_id, o.error_code, o.limit_keys,
    1 AS requested, o.attempts, (o.status = 'max_attempts_reached')::int AS exhausted, f.sent::int AS sent,
    (f.sent AND o.delivery <> 'none')::int AS reported, (f.sent AND o.delivery = 'delivered')::int AS delivered,
    (f.sent AND NOT (o.${LIVE} AND o.expires_at > now()))::int AS ended, (f.sent AND o.status = 'verified')::int AS verified,
    CASE WHEN s.delivery = 'delivered' AND s.done_at >= s.requested_at THEN ${boundOf('s.done_at - s.requested_at')} END AS arrival,
    CASE WHEN f.sent AND o.status = 'verified' THEN ${boundOf('o.verified_at - o.created_at')} END AS entry
  FROM ${rows} AS o LEFT JOIN LATERAL (
      SELECT * FROM otp_sends AS x WHERE x.otp_id = o.id AND x.send_no = 1 LIMIT 1) AS s ON true
    CROSS JOIN LATERAL (SELECT coalesce(s.outcome = 'sent', false) AS sent) AS f
  WHERE o.instance = $1 AND o.channel = 'provider'`;

const CELL_SUMS = [
  ...COUNTS.map((name) => `sum(${name})`),
  ...['arrival', 'entry'].flatMap((time) =>
    BOUNDS.map((bound) => `count(*) FILTER (WHERE ${time} = ${bound})`),
  ),
];
const cellCount = (place: number): string => `coalesce(sum(counts[${place + 1}]), 0)::int`;
const countsFrom = (first: number): string =>
  BOUNDS.map((bound) => cellCount(first + bound)).join(', ');

/** Rows of `otp_figures` from rows of `counted`: what is shown live is added up like what was kept. */
const figuresFrom = (base: string): string => `
  SELECT at, 'cell' AS kind, purpose AS name, otc_id, ARRAY[${CELL_SUMS.join(', ')}]::int[] AS counts
  FROM ${base} GROUP BY at, purpose, otc_id
  UNION ALL
  SELECT at, 'error', error_code, '', ARRAY[count(*)]::int[] FROM ${base} WHERE error_code IS NOT NULL GROUP BY at, error_code
  UNION ALL
  SELECT at, 'range', key, '', counts FROM (
    SELECT b.at, k.key, ARRAY[sum(b.sent), sum(b.ended), sum(b.verified)]::int[] AS counts,
      row_number() OVER (PARTITION BY b.at ORDER BY sum(b.sent) DESC, k.key COLLATE "C") AS place
    FROM ${base} AS b CROSS JOIN unnest(b.limit_keys) AS k (key) WHERE starts_with(k.key, 'guard:')
    GROUP BY b.at, k.key HAVING sum(b.sent) > 0) AS r
  WHERE place <= ${RANGES_A_BUCKET}`;

const countsWanted = COUNTED_AFTER.map(
  (age) => `(b.at <= now() - ${seconds(BUCKET_SECONDS + age)})::int`,
).join(' + ');
/** The buckets of a time, and how often each was counted. */
const buckets = (first: string, last: string): string =>
  `generate_series(${first}, ${last}, ${BUCKET}) AS b (at)
    LEFT JOIN otp_figures AS f ON f.instance = $1 AND f.kind = 'bucket' AND f.at = b.at`;
const OLDEST = `${bucketOf('now()')} - make_interval(days => ${FIGURE_DAYS})`;

/**
 * Counts buckets anew and puts the counts in the place of the last ones; one process at a time, since two would count the same.
 * Each bucket is a range of the primary key. $1 instance, $2 how many
 */
export const COUNT_BUCKETS = `
WITH gate AS MATERIALIZED (
  SELECT pg_try_advisory_xact_lock(hashtext('nestjs-ants-otp:figures:' || $1::text)) AS mine
), due AS MATERIALIZED (
  SELECT b.at, ${countsWanted} AS times
  FROM ${buckets(OLDEST, `${bucketOf('now()')} - ${BUCKET}`)}
  WHERE (SELECT mine FROM gate) AND (f.at IS NULL OR f.counts[1] < ${countsWanted} AND ${isWhole})
  ORDER BY b.at DESC LIMIT $2
), found AS MATERIALIZED (
  SELECT o.* FROM due CROSS JOIN LATERAL (
    SELECT * FROM otps AS o WHERE o.id >= ${idAt(`due.at - ${CLOCK_SLACK}`)} AND o.id < ${idAt(`due.at + ${BUCKET} + ${CLOCK_SLACK}`)}
      AND o.created_at >= due.at AND o.created_at < due.at + ${BUCKET} OFFSET 0) AS o
), base AS MATERIALIZED (${counted('found')}
), kept AS (
  INSERT INTO otp_figures AS f (instance, kind, at, name, otc_id, counts)
  SELECT $1, c.kind, c.at, c.name, c.otc_id, c.counts FROM (${figuresFrom('base')}
    UNION ALL SELECT at, 'bucket', '', '', ARRAY[times] FROM due) AS c
  ORDER BY c.kind, c.at, c.name, c.otc_id
  ON CONFLICT (instance, kind, at, name, otc_id) DO UPDATE SET counts = excluded.counts
), old AS (
  DELETE FROM otp_figures AS f WHERE f.instance = $1 AND f.kind IN (${list(KINDS)}) AND f.at < ${OLDEST} AND (SELECT mine FROM gate)
)
SELECT count(*)::int AS count FROM due`;

/** $1 instance, $2 names, $3 how many were refused, $4 how many were watched */
export const ADD_LIMIT_HITS = `
INSERT INTO otp_figures AS f (instance, kind, at, name, otc_id, counts)
SELECT $1, 'limit', ${bucketOf('now()')}, h.name, '', ARRAY[h.refused, h.watched]
FROM unnest($2::text[], $3::int[], $4::int[]) AS h (name, refused, watched) ORDER BY h.name
ON CONFLICT (instance, kind, at, name, otc_id) DO UPDATE
  SET counts = ARRAY[f.counts[1] + excluded.counts[1], f.counts[2] + excluded.counts[2]]`;

const PART = `floor(extract(epoch FROM at - (SELECT begins FROM span)) * ${PARTS} / $2::int)::int`;
const COUNT_SUMS = COUNTS.map((name, i) => `'${name}', ${cellCount(i)}`).join(', ');

/**
 * Buckets as they were counted, and the newest OTPs as they are: ids are ordered by time, so these are the end of the primary
 * key, and the limit bounds the work whatever the table holds. It stands in the text: a plan for any limit would
 * expect to read far more. $1 instance, $2 seconds
 */
export const figuresOf = (most: number): string => `
WITH span AS MATERIALIZED (
  SELECT ${bucketOf('now()')} AS newest, ${bucketOf('now()')} + ${BUCKET} - ${seconds('$2::int')} AS begins
), buckets AS MATERIALIZED (
  SELECT b.at, coalesce(f.counts[1], 0) AS times
  FROM ${buckets('(SELECT begins FROM span)', '(SELECT newest FROM span)')}
), unsettled AS MATERIALIZED (
  SELECT min(at) AS at FROM buckets AS b WHERE times = 0 OR times < ${SETTLED_COUNTS} AND ${isWhole}
), newest AS MATERIALIZED (
  SELECT * FROM otps WHERE id >= ${idAt(`(SELECT at FROM unsettled) - ${CLOCK_SLACK}`)} ORDER BY id DESC LIMIT ${most}
), cut AS MATERIALIZED (
  SELECT ${bucketOf(`min(created_at) + ${CLOCK_SLACK}`)} + ${BUCKET} AS at FROM newest HAVING count(*) = ${most}
), live AS MATERIALIZED (
  SELECT least(s.newest, greatest(u.at, (SELECT at FROM cut))) AS at, coalesce((SELECT at FROM cut) <= s.newest, true) AS complete
  FROM span AS s, unsettled AS u
), gap AS MATERIALIZED (
  SELECT max(b.at) + ${BUCKET} AS ends FROM buckets AS b WHERE b.times = 0 AND b.at < (SELECT at FROM live)
), base AS MATERIALIZED (${counted('newest')} AND o.created_at >= (SELECT at FROM live)
), figures AS MATERIALIZED (${figuresFrom('base')}
  UNION ALL
  SELECT at, kind, name, otc_id, counts FROM otp_figures
  WHERE instance = $1 AND kind IN (${list(COUNTED_KINDS)}) AND at < (SELECT at FROM live)
    AND at >= greatest((SELECT begins FROM span), (SELECT ends FROM gap))
), cells AS MATERIALIZED (SELECT * FROM figures WHERE kind = 'cell')
SELECT now() AS now, live.at AS live, live.complete, (SELECT ends FROM gap) AS since,
  (SELECT coalesce(jsonb_agg(c.cell), '[]') FROM (
    SELECT jsonb_build_object('part', ${PART}, 'purpose', name, 'otcId', otc_id, ${COUNT_SUMS}) AS cell
    FROM cells GROUP BY ${PART}, name, otc_id ORDER BY ${PART}, name, otc_id) AS c) AS cells,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('code', e.code, 'count', e.count) ORDER BY e.count DESC, e.code), '[]') FROM (
    SELECT name AS code, sum(counts[1]) AS count FROM figures WHERE kind = 'error' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10) AS e) AS errors,
  (SELECT coalesce(jsonb_agg(r.range), '[]') FROM (
    SELECT jsonb_build_object('key', name, 'sent', sum(counts[1]), 'ended', sum(counts[2]), 'verified', sum(counts[3]),
      'recent', sum(CASE WHEN ${PART} >= ${PARTS - RECENT_PARTS} THEN counts[1] ELSE 0 END)) AS range
    FROM figures WHERE kind = 'range' GROUP BY name ORDER BY sum(counts[1]) DESC, name COLLATE "C" LIMIT 5) AS r) AS ranges,
  (SELECT jsonb_build_array(${countsFrom(COUNTS.length)}) FROM cells) AS delivery_times,
  (SELECT jsonb_build_array(${countsFrom(COUNTS.length + BOUNDS.length)}) FROM cells) AS verify_times,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', l.name, 'refused', l.refused, 'watched', l.watched)
      ORDER BY l.refused + l.watched DESC, l.name COLLATE "C"), '[]') FROM (
    SELECT name, sum(counts[1]) AS refused, sum(counts[2]) AS watched FROM otp_figures
    WHERE instance = $1 AND kind = 'limit' AND at >= (SELECT begins FROM span) GROUP BY name) AS l) AS limits
FROM live`;
