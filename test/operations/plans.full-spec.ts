import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { OtpControls, OtpSweeper } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { isPooled } from '../support/database.js';

/** After five plans for their values PostgreSQL asks itself whether one for all values will do. */
const LIVES = 8;
/** So many that no plan reads a whole table of them. */
const ROWS = 20_000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Total Cost': number;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

// Behind a pooler nothing is prepared.
(isPooled() ? describe.skip : describe)('PostgreSQL', () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await bootApp({ poolSize: 1, options: { dailyBudget: 1_000 } });
  });
  afterEach(() => t.close());

  const query = <Row>(text: string): Promise<Row[]> => t.app.get(DataSource).query<Row[]>(text);

  async function live(): Promise<string> {
    const mobile = nextMobile();
    const ip = `203.0.113.${t.simulator.inbox.length}`;
    const { id, ticket } = await t.otps.request({ mobile, ip });
    await t.database.age('61 s');
    await t.otps.resend(id, { ticket });
    await expect(
      t.otps.verify(id, t.simulator.codeFor(mobile).replace(/./g, '0'), { ticket }),
    ).rejects.toMatchObject({ code: 'wrong_code' });
    await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
    await t.simulator.reportsSettled();
    return id;
  }

  it('plans no statement of a send or a check anew each time', async () => {
    for (let n = 0; n < LIVES; n++) await live();
    const statements = await query<{ generic: number; custom: number }>(
      `SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements
       WHERE name LIKE 'otp\\_%' AND generic_plans + custom_plans >= ${LIVES}`,
    );
    expect(statements.length).toBeGreaterThanOrEqual(7);
    expect(statements.filter(({ generic }) => generic === 0)).toEqual([]);
  });

  it('finds every row of a hot statement by its key, when no OTP was live at the last ANALYZE', async () => {
    const id = await live();
    const canceled = await t.otps.request({ mobile: nextMobile() });
    await t.otps.cancel(canceled.id, { ticket: canceled.ticket });
    await t.otps.revoke(id);
    await t.otps.status(id);
    await t.app.get(OtpSweeper).sweep();
    await t.app.get(OtpControls).stops();
    for (const [table, key] of [
      ['otps', `'id', gen_random_uuid(), 'mobile_mac', '\\x' || md5(n::text)`],
      ['otp_sends', `'otp_id', gen_random_uuid()`],
      ['otp_events', `'otp_id', gen_random_uuid()`],
      ['otp_limits', `'key', md5(n::text)`],
    ])
      await query(
        `INSERT INTO ${table} SELECT (jsonb_populate_record(row, jsonb_build_object(${key}))).*
         FROM (SELECT o AS row FROM ${table} AS o LIMIT 1) AS one, generate_series(1, ${ROWS}) AS n`,
      );
    await query('ANALYZE');
    await query('SET plan_cache_mode = force_generic_plan');
    const statements = await query<{ name: string; parameters: number; text: string }>(
      `SELECT name, cardinality(parameter_types) AS parameters, statement AS text
       FROM pg_prepared_statements WHERE name LIKE 'otp\\_%'`,
    );
    expect(statements.length).toBeGreaterThanOrEqual(10);
    const [whole] = await query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      'EXPLAIN (FORMAT JSON) SELECT FROM otps',
    );
    const dear = whole!['QUERY PLAN'][0].Plan['Total Cost'] / 3;
    const scans: string[] = [];
    for (const { name, parameters, text } of statements) {
      const values = Array.from({ length: parameters }, () => 'NULL').join();
      const [explained] = await query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (FORMAT JSON) EXECUTE "${name}"${parameters > 0 ? `(${values})` : ''}`,
      );
      for (const node of nodesOf(explained!['QUERY PLAN'][0].Plan)) {
        const { 'Relation Name': table = '', 'Index Name': index, 'Index Cond': by = '' } = node;
        const isWhole =
          node['Node Type'] === 'Seq Scan' && /^otp(s|_sends|_events|_limits)$/.test(table);
        const isByKey = index === STOPS || KEYS.some((key) => by.includes(key));
        // Over millions of rows, what seems to cost nearly as much as the whole table is one day read as that.
        const seemsDear =
          [node, ...(node.Plans ?? [])].some((one) => one['Index Name'] === DUE) &&
          node['Total Cost'] > dear;
        if (isWhole || (index !== undefined && !isByKey) || seemsDear)
          scans.push(`${index ?? table} of ${text.trim().slice(0, 120)}`);
      }
    }
    expect(scans).toEqual([]);
  });
});

/** What the sweep goes by. */
const DUE = 'otps_due_idx';
/** Holds stops alone, which are shown all. */
const STOPS = 'otp_limits_stops_idx';
/** What a scan must be by; the sweep goes by the time. */
const KEYS = ['id = ', 'otp_id = ', 'key = ', 'mobile_mac = ', 'CASE WHEN'];
