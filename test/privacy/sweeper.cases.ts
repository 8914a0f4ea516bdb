import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OtpSweeper } from 'nestjs-ants-otp';
import { SQL } from '../../src/persistence/otp.sql.js';
import { PURGE } from '../../src/persistence/purge.sql.js';
import { bootApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { repetitions } from '../support/counts.js';

const ROWS = 10_000;
const runs = repetitions(1, 20);

describe('three sweepers on one database', () => {
  let apps: TestApp[];
  let database: TestApp['database'];

  beforeAll(async () => {
    const first = await bootApp();
    const more = { database: first.database, simulator: first.simulator };
    ({ database } = first);
    apps = [first, await bootApp(more), await bootApp(more)];
  });
  afterEach(async () => {
    await database.query('TRUNCATE otps, otp_sends, otp_events, otp_limits');
  });
  afterAll(async () => {
    for (const t of apps.reverse()) await t.close();
  });

  /** OTPs that were asked for so many days ago, each with its SMS and two lines of history. */
  const fill = async (status: string, days: number) => {
    await database.query(
      `INSERT INTO otps (id, instance, purpose, channel, key_id, lookup_id, mobile_mac, mobile_mask, status, delivery, otc_id,
         max_attempts, max_sends, ttl_seconds, expires_at, created_at, event_count)
       SELECT (lpad(to_hex((extract(epoch FROM now() - make_interval(days => $2)) * 1000)::bigint), 12, '0')
           || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
         'default', 'default', 'provider', 'k', 'k', decode(lpad(to_hex(n), 64, '0'), 'hex'), '08x-xxx-5678', $1, 'none', 'OTC',
         5, 4, 300, now() - make_interval(days => $2, secs => -300), now() - make_interval(days => $2), 2
       FROM generate_series(1, ${ROWS}) AS n`,
      [status, days],
    );
    await database.query(
      `INSERT INTO otp_sends (otp_id, send_no, outcome, delivery, requested_at) SELECT id, 1, 'sent', 'none', created_at FROM otps`,
    );
    await database.query(
      `INSERT INTO otp_events (otp_id, event_no, type, at, data)
       SELECT id, n, 'requested', created_at, '{}' FROM otps, generate_series(1, 2) AS n`,
    );
    await database.query('ANALYZE');
  };
  const sweepers = () => apps.map(({ app }) => app.get(OtpSweeper));
  const count = async (table: string) =>
    (await database.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]!['n'];

  it.each(runs)(`end ${ROWS} expired codes, each once (%i)`, async () => {
    await fill('pending', 1);
    const results = await Promise.all(sweepers().map((sweeper) => sweeper.sweep()));
    expect(results.reduce((sum, { expired }) => sum + expired, 0)).toBe(ROWS);
    const { rows } = await database.query(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE status = 'expired' AND event_count = 3)::int AS expired,
         (SELECT count(*)::int FROM otp_events WHERE type = 'expired') AS events FROM otps`,
    );
    expect(rows[0]).toEqual({ rows: ROWS, expired: ROWS, events: ROWS });
  });

  it.each(runs)(`purge ${ROWS} old OTPs, each once, and nothing else (%i)`, async () => {
    await fill('expired', 91);
    const results = await Promise.all(sweepers().map((sweeper) => sweeper.purge()));
    expect(results.reduce((sum, { otps }) => sum + otps, 0)).toBe(ROWS);
    for (const table of ['otps', 'otp_sends', 'otp_events']) expect(await count(table)).toBe(0);
  });

  it('end what has been due the longest first, wherever it stands among the ids', async () => {
    await fill('pending', 1);
    await database.query(
      `UPDATE otps SET expires_at = expires_at - interval '1 h' WHERE id = (SELECT id FROM otps ORDER BY id DESC LIMIT 1)`,
    );
    await database.query(SQL.sweep(1));
    const { rows } = await database.query(
      `SELECT status, id = (SELECT n.id FROM otps AS n ORDER BY n.id DESC LIMIT 1) AS newest FROM otps WHERE status <> 'pending'`,
    );
    expect(rows).toEqual([{ status: 'expired', newest: true }]);
  });

  it('keep what is younger than the retention', async () => {
    await fill('expired', 89);
    expect(await sweepers()[0]!.purge()).toEqual({ otps: 0, history: 0, limits: 0 });
    expect(await count('otp_events')).toBe(2 * ROWS);
  });

  it.each([
    ['the sweep', SQL.sweep(500), '', '', 'CASE WHEN (status = ANY'],
    ['the purge of OTPs', PURGE.otps(500), '(int, text)', `(90, 'default')`, 'id < '],
    ['the purge of history', PURGE.history(500), '(int, text)', `(90, 'default')`, 'otp_id < '],
  ])('find what is due by an index: %s', async (_, statement, types, values, condition) => {
    await fill('pending', 0);
    await database.query(`PREPARE due ${types} AS ${statement}`);
    const { rows } = await database.query(`EXPLAIN EXECUTE due ${values}`);
    await database.query('DEALLOCATE due');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain(`Index Cond: (${condition}`);
    expect(plan).not.toMatch(/Seq Scan on (otps|otp_sends|otp_events)/);
    // Which are looked at one by one, not joined with whole tables.
    expect(plan.split(/CTE (?:gone|otp)/)[0]).not.toContain('Join');
  });
});
