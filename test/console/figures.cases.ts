import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  beginOf,
  boundOf,
  BUCKET_SECONDS,
  bucketOf,
  countsOf,
  FIGURE_DAYS,
  partOf,
  PARTS,
  RECENT_PARTS,
  sumOf,
  TIME_BOUNDS,
} from '../../src/domain/figures.js';
import type { OtpStatus } from '../../src/domain/otp.js';
import type { Figures } from '../../src/ports/console-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { postgresHarness } from '../contract/store-harness.js';
import type { PostgresHarness } from '../contract/store-harness.js';

const [HOUR, DAY, WEEK] = [3_600, 86_400, 604_800];
const BUCKET_MS = BUCKET_SECONDS * 1000;
/** More than there are. */
const ALL = 100_000;

/** One OTP and its first SMS, as far as they are counted. */
interface Life {
  instance: string;
  channel: 'provider' | 'test';
  purpose: string;
  otcId: string;
  createdAt: Date;
  status: OtpStatus;
  delivery: 'none' | 'pending' | 'delivered';
  expiresAt: Date;
  attempts: number;
  verifiedAt: Date | null;
  errorCode: string | null;
  range: string | null;
  outcome: 'sent' | 'failed' | null;
  doneAt: Date | null;
}

describe('the kept figures', () => {
  let harness: PostgresHarness;
  beforeAll(async () => {
    harness = await postgresHarness();
  });
  beforeEach(async () => {
    await harness.query('TRUNCATE otps, otp_sends, otp_figures');
  });
  afterAll(() => harness.close());

  const figuresOf = (seconds: number, most = ALL, instance = 'a'): Promise<Figures> =>
    harness.figures.figures({ instance, seconds, most });

  /** Counts until nothing is due. */
  async function count(instance = 'a'): Promise<number> {
    let total = 0;
    for (;;) {
      const counted = await harness.figures.count(instance, 500);
      total += counted;
      if (counted < 500) return total;
    }
  }

  it.each([1, 2, 3])('equal a count of all rows, at every edge (history %i)', async (seed) => {
    const lives = history(seededRandom(seed), new Date());
    await insert(harness, lives);
    for (const instance of ['a', 'b']) await count(instance);
    for (const instance of ['a', 'b'])
      for (const seconds of [HOUR, DAY, WEEK])
        for (const most of [ALL, 50]) {
          const found = await figuresOf(seconds, most, instance);
          expect(shown(found)).toEqual(plain(lives, instance, seconds, found.now));
          expect([found.complete, found.since]).toEqual([true, null]);
        }
  });

  it('are those of the rows as they are, before any was counted', async () => {
    const lives = history(seededRandom(4), new Date());
    await insert(harness, lives);
    const found = await figuresOf(WEEK);
    expect(shown(found)).toEqual(plain(lives, 'a', WEEK, found.now));
    expect(found.live).toEqual(beginOf(found.now, WEEK));
  });

  it('are counted once by several processes, and again only when they may have changed', async () => {
    await insert(harness, history(seededRandom(5), new Date()));
    const counted = await Promise.all([count(), count(), count()]);
    const { rows } = await harness.query(
      `SELECT count(*)::int AS n, count(DISTINCT at)::int AS buckets FROM otp_figures WHERE kind = 'bucket'`,
    );
    expect(rows).toEqual([{ n: rows[0]!['n'], buckets: rows[0]!['n'] }]);
    // The bucket of now may have ended since.
    expect(counted.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(rows[0]!['n'] as number);
    expect(await count()).toBeLessThanOrEqual(1);
  });

  it('take in what came later: 15 minutes, an hour and a day after', async () => {
    const at = new Date(bucketOf(new Date()).getTime() - BUCKET_MS);
    await insert(harness, [life({ createdAt: at })]);
    const verifiedOf = async (): Promise<number> =>
      // With nothing looked at live but the bucket of now.
      sumOf((await figuresOf(WEEK, 1)).cells).verified;
    await insert(harness, [life({ createdAt: new Date(), channel: 'test' })]);
    await count();
    await harness.query(`UPDATE otps SET status = 'verified', verified_at = created_at`);
    expect(await verifiedOf()).toBe(0);
    await pass(harness, 900);
    await count();
    expect(await verifiedOf()).toBe(1);

    const deliveredOf = async (): Promise<number> => sumOf((await figuresOf(WEEK)).cells).delivered;
    for (const [seconds, before] of [
      [HOUR, 0],
      [DAY, 1],
    ] as const) {
      await harness.query(`UPDATE otps SET delivery = 'delivered' WHERE channel = 'provider'`);
      expect(await deliveredOf()).toBe(before);
      await pass(harness, seconds);
      await count();
      expect(await deliveredOf()).toBe(1);
    }
  });

  it('keep what was counted when the purge has taken the rows', async () => {
    const createdAt = new Date(Date.now() - 5 * DAY * 1000);
    await insert(harness, [life({ createdAt })]);
    await count();
    await harness.query(
      `UPDATE otp_figures SET counts = ARRAY[1] WHERE kind = 'bucket' AND at < now() - interval '4 days'`,
    );
    await harness.query('TRUNCATE otps, otp_sends');
    await count();
    expect(sumOf((await figuresOf(WEEK)).cells).requested).toBe(1);
  });

  it('say since when they count while the sweep catches up, the newest first', async () => {
    const now = Date.now();
    const ages = [60, 1_200, 2_400, 3_000];
    await insert(
      harness,
      ages.map((age) => life({ createdAt: new Date(now - age * 1000) })),
    );
    const seen = async (): Promise<[number, Date | null]> => {
      const { cells, since } = await figuresOf(HOUR, 1);
      return [sumOf(cells).requested, since];
    };
    const [none, before] = await seen();
    expect(none).toBeLessThanOrEqual(1);
    expect(now - before!.getTime()).toBeLessThan(BUCKET_MS);
    await harness.figures.count('a', 9);
    const [some, since] = await seen();
    expect([2, 3]).toContain(some + (none === 0 ? 1 : 0));
    expect(now - since!.getTime()).toBeGreaterThan(8 * BUCKET_MS - BUCKET_MS);
    let left = since;
    // The stretch of now may end between the two, once.
    for (let looks = 0; left !== null && looks < 2; looks++) {
      await count();
      [, left] = await seen();
    }
    expect(left).toBeNull();
  });

  it('find an hour without a sweep, and count it at once', async () => {
    await insert(harness, [life({ createdAt: new Date(Date.now() - 400_000) })]);
    await count();
    await pass(harness, HOUR);
    await insert(harness, [life({ createdAt: new Date(Date.now() - 1_800_000) })]);
    const requested = async (): Promise<number> => sumOf((await figuresOf(DAY)).cells).requested;
    // Until then what was not counted is looked at as it is.
    expect(await requested()).toBe(2);
    await count();
    expect(await requested()).toBe(2);
    expect(Date.now() - (await figuresOf(DAY)).live.getTime()).toBeLessThan(
      900_000 + 2 * BUCKET_MS,
    );
  });

  it('go after their time, each module its own', async () => {
    const old = new Date(bucketOf(new Date()).getTime() - (FIGURE_DAYS + 1) * DAY * 1000);
    for (const instance of ['a', 'b'])
      await harness.query(
        `INSERT INTO otp_figures SELECT $1, kind, $2, 'x', '', '{1,1}' FROM unnest('{cell,error,range,bucket,limit}'::text[]) AS kind`,
        [instance, old],
      );
    await count();
    const { rows } = await harness.query(
      `SELECT instance, count(*)::int AS n FROM otp_figures WHERE at = $1 GROUP BY 1`,
      [old],
    );
    expect(rows).toEqual([{ instance: 'b', n: 5 }]);
  });
});

const life = (given: Partial<Life> & { createdAt: Date }): Life => ({
  ...{ instance: 'a', channel: 'provider', purpose: 'login', otcId: 'T', attempts: 0 },
  ...{ status: 'expired', delivery: 'none', outcome: 'sent' },
  ...{ verifiedAt: null, errorCode: null, range: null, doneAt: null },
  expiresAt: new Date(given.createdAt.getTime() + 300_000),
  ...given,
});

/** OTPs of two modules: anywhere in the last eight days, most of them new, and on both sides of edges of buckets and parts. */
function history(random: () => number, now: Date): Life[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const newest = bucketOf(now).getTime();
  const times = Array.from({ length: 400 }, () => {
    const age = pick([HOUR, DAY, WEEK, 8 * DAY]) * 1000 * random();
    return pick([
      () => now.getTime() - age,
      () => bucketOf(new Date(newest - age)).getTime() + pick([-1, 0, 1]),
      () => newest - pick([HOUR, DAY, WEEK, 0, 900, 1_050]) * 1000 + pick([-1, 0, 1]),
    ])();
  });
  return times
    .filter((time) => time <= now.getTime())
    .map((time) => {
      const createdAt = new Date(time);
      const outcome = pick(['sent', 'sent', 'sent', 'failed', null] as const);
      const isVerified = random() < 0.5;
      const isOpen = !isVerified && now.getTime() - time < 600_000 && random() < 0.5;
      const isDelivered = random() < 0.6;
      return life({
        ...{ createdAt, outcome },
        instance: pick(['a', 'a', 'b']),
        channel: pick(['provider', 'provider', 'provider', 'test']),
        purpose: pick(['login', 'transfer']),
        otcId: pick(['T', 'U']),
        status: isVerified
          ? 'verified'
          : isOpen
            ? 'pending'
            : pick(['expired', 'max_attempts_reached']),
        expiresAt: new Date(now.getTime() + (isOpen ? 600_000 : -600_000)),
        verifiedAt: isVerified ? new Date(time + random() * 400_000) : null,
        delivery: isDelivered ? 'delivered' : pick(['none', 'pending']),
        doneAt: isDelivered ? new Date(time + pick([-1, 2, 5, 60, random() * 400]) * 1000) : null,
        attempts: Math.floor(random() * 4),
        errorCode: outcome === 'failed' ? pick(['E-1', 'E-2']) : null,
        range: pick([null, 'guard:r1', 'guard:r2', 'guard:r3']),
      });
    });
}

/** The counts of all lives by the domain's own functions. */
function plain(lives: readonly Life[], instance: string, seconds: number, now: Date): unknown {
  const begin = beginOf(now, seconds);
  const rows = lives
    .filter((one) => one.instance === instance && one.channel === 'provider')
    .filter(({ createdAt }) => createdAt >= begin)
    .map((one) => ({
      ...one,
      part: partOf(one.createdAt, begin, seconds),
      ...countsOf(one, one.outcome === null ? undefined : { outcome: one.outcome }, now),
    }));
  const cells = groups(rows, ({ part, purpose, otcId }) => [part, purpose, otcId].join());
  const ranges = groups(
    rows.filter(({ range }) => range !== null),
    ({ range }) => range!,
  );
  return {
    cells: Object.fromEntries(cells.map(([key, group]) => [key, sumOf(group)])),
    errors: Object.fromEntries(
      groups(
        rows.filter(({ errorCode }) => errorCode !== null),
        ({ errorCode }) => errorCode!,
      ).map(([code, { length }]) => [code, length]),
    ),
    ranges: Object.fromEntries(
      ranges
        .map(([key, group]) => {
          const { sent, ended, verified } = sumOf(group);
          const recent = group.filter(({ part }) => part >= PARTS - RECENT_PARTS);
          return [key, { sent, ended, verified, recent: sumOf(recent).sent }] as const;
        })
        .filter(([, { sent }]) => sent > 0),
    ),
    deliveryTimes: times(
      rows
        .filter(({ outcome, delivery }) => outcome !== null && delivery === 'delivered')
        .map(({ createdAt, doneAt }) => doneAt!.getTime() - createdAt.getTime()),
    ),
    verifyTimes: times(
      rows
        .filter(({ verified }) => verified === 1)
        .map(({ createdAt, verifiedAt }) => verifiedAt!.getTime() - createdAt.getTime()),
    ),
  };
}

/** The same of what a store has counted. */
const shown = ({ cells, errors, ranges, deliveryTimes, verifyTimes }: Figures): unknown => ({
  cells: Object.fromEntries(
    cells.map(({ part, purpose, otcId, ...counts }) => [[part, purpose, otcId].join(), counts]),
  ),
  errors: Object.fromEntries(errors.map(({ code, count: n }) => [code, n])),
  ranges: Object.fromEntries(ranges.map(({ key, ...counts }) => [key, counts])),
  ...{ deliveryTimes, verifyTimes },
});

function groups<T>(rows: readonly T[], keyOf: (row: T) => string): [string, T[]][] {
  const found = new Map<string, T[]>();
  for (const row of rows) found.set(keyOf(row), [...(found.get(keyOf(row)) ?? []), row]);
  return [...found];
}

function times(lasted: readonly number[]): number[] {
  const counts = Array.from({ length: TIME_BOUNDS.length + 1 }, () => 0);
  for (const ms of lasted) if (ms >= 0) counts[boundOf(ms / 1000)]! += 1;
  return counts;
}

/** Ids are of the time of the row, or some seconds before, as the app's clock had it. */
async function insert({ query }: PostgresHarness, lives: readonly Life[]): Promise<void> {
  await query(
    `WITH lives AS MATERIALIZED (
       SELECT l.*, (lpad(to_hex(((extract(epoch FROM l."createdAt") * 1000)::bigint - n % 20000)), 12, '0')
         || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid AS id
       FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS j (value, n), jsonb_to_record(j.value) AS l (
         instance text, channel text, purpose text, "otcId" text, "createdAt" timestamptz, status text, delivery text, "expiresAt" timestamptz,
         attempts int, "verifiedAt" timestamptz, "errorCode" text, range text, outcome text, "doneAt" timestamptz)
     ), inserted AS (
       INSERT INTO otps (id, instance, purpose, channel, key_id, lookup_id, mobile_mac, mobile_mask, status, delivery, otc_id, attempts,
         max_attempts, max_sends, ttl_seconds, expires_at, created_at, verified_at, error_code, limit_keys)
       SELECT id, instance, purpose, channel, 'k', 'k', decode(replace(id::text, '-', ''), 'hex'), 'm', status, delivery, "otcId", attempts, 9, 4, 300,
         "expiresAt", "createdAt", "verifiedAt", "errorCode", CASE WHEN range IS NULL THEN '{number:x}' ELSE ARRAY[range, 'number:x'] END FROM lives
     )
     INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at, done_at)
     SELECT id, 1, outcome, delivery, "createdAt", "doneAt" FROM lives WHERE outcome IS NOT NULL`,
    [JSON.stringify(lives)],
  );
}

/** Lets whole buckets pass, for the ids too: they are ordered by time. */
async function pass({ database, query }: PostgresHarness, seconds: number): Promise<void> {
  await database.age(`${seconds} s`);
  // Sorted, so that all are gone before the first one comes back.
  await query(
    `WITH gone AS (DELETE FROM otp_figures RETURNING *)
     INSERT INTO otp_figures SELECT instance, kind, at - make_interval(secs => $1), name, otc_id, counts FROM gone ORDER BY at`,
    [seconds],
  );
  for (const [table, id] of [
    ['otps', 'id'],
    ['otp_sends', 'otp_id'],
  ])
    await query(
      `UPDATE ${table} SET ${id} = (lpad(to_hex(('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint - $1::bigint), 12, '0')
         || substr(replace(${id}::text, '-', ''), 13))::uuid`,
      [seconds * 1000],
    );
}
