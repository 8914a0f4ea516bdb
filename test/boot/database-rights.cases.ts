import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  OnOtpEvent,
  OtpActions,
  OtpControls,
  OtpDoctor,
  OtpHealthIndicator,
  OtpOutbox,
  OtpPrivacy,
  OtpSweeper,
} from 'nestjs-ants-otp';
import type { AnyOtpEvent, OtpFinding } from 'nestjs-ants-otp';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES } from '../../src/persistence/access.sql.js';
import { OtpFigures } from '../../src/service/otp-figures.js';
import { everyOr } from '../support/counts.js';
import { bootApp, nextMobile, SECRET } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

/** The statements of docs/database.md, for a role of this name. */
const [, SNIPPET = ''] =
  /<!-- grants -->\n\n```sql\n([\s\S]*?)^```/m.exec(
    readFileSync(join(import.meta.dirname, '../../docs/database.md'), 'utf8'),
  ) ?? [];
const grantsFor = (role: string): string => SNIPPET.replaceAll(' app;', ` ${role};`);

const RIGHTS = Object.entries(TABLES).flatMap(([table, { rights }]) =>
  rights.map((right) => ({ table, right })),
);

const SECRETS = {
  lookupSecret: 'the-look-up-secret-of-these-tests-now',
  formerLookupSecrets: ['the-look-up-secret-of-these-tests-before'],
};

@Injectable()
class Listener {
  readonly heard: string[] = [];

  @OnOtpEvent('*', { name: 'listener' })
  hear(event: AnyOtpEvent): void {
    this.heard.push(event.type);
    if (event.type === 'canceled') throw new Error('Not today.');
  }
}

describe('the database role of an app', () => {
  const role = `app_${Date.now()}_${process.pid}`;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    await database.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${SECRET}'`);
    await database.query(grantsFor(role));
  });
  afterAll(async () => {
    await database.query(`DROP OWNED BY ${role}`);
    await database.query(`DROP ROLE ${role}`);
    await database.drop();
  });

  const urlOf = (): string =>
    Object.assign(new URL(database.url), { username: role, password: SECRET }).href;
  const boot = (more: BootOptions = {}): Promise<TestApp> =>
    bootApp({
      ...{ database: { ...database, appUrl: urlOf() }, migrationsRun: false, options: SECRETS },
      ...more,
    });
  /** What an app finds that starts now, and is closed whatever it does. */
  const started = async (look: (t: TestApp) => Promise<void>): Promise<void> => {
    const t = await boot();
    try {
      await look(t);
    } finally {
      await t.close();
    }
  };
  const failedBoot = async (): Promise<string> => {
    try {
      await (await boot()).close();
    } catch (error) {
      return (error as Error).message;
    }
    return 'It boots.';
  };
  const health = async ({ app }: TestApp) => (await app.get(OtpHealthIndicator).database('db')).db;
  const failures = async ({ app }: TestApp): Promise<OtpFinding[]> =>
    (await app.get(OtpDoctor).examine()).filter(({ state }) => state === 'failed');

  it('needs no more than docs/database.md grants', async () => {
    const t = await boot({ providers: [Listener] });
    try {
      const { app, otps, simulator } = t;
      const mobile = nextMobile();
      const { id, ticket } = await otps.request({ mobile, subject: 'user-7', ip: '203.0.113.7' });
      await database.age('61 s');
      await otps.resend(id, { ticket });
      await simulator.report(simulator.lastSms(mobile)!, { status: 'DELIVERED' });
      const code = simulator.codeFor(mobile);
      await expect(
        otps.verify(id, code === '0000' ? '1111' : '0000', { ticket }),
      ).rejects.toThrow();
      await otps.verify(id, code, { ticket });

      const other = nextMobile();
      const canceled = await otps.request({ mobile: other });
      const actions = app.get(OtpActions);
      await actions.unmask(canceled.id, 'op-1');
      await actions.unlock(canceled.id, 'op-1');
      await actions.cancel(canceled.id, 'op-1');
      expect(await actions.newest()).toHaveLength(3);
      const controls = app.get(OtpControls);
      await controls.pauseSends('default');
      await controls.block(nextMobile());
      expect((await controls.stops()).length).toBeGreaterThan(0);
      await controls.resumeSends('default');
      const { heard } = app.get(Listener);
      await until('the handler has heard of the cancel', () => heard.includes('canceled'));
      expect(await app.get(OtpOutbox).parked()).toEqual([]);
      await app.get(OtpOutbox).replay();

      expect(await otps.explain(id)).toHaveProperty('lines');
      expect(await otps.find({ mobile })).toHaveLength(1);
      await app.get(OtpFigures).overview(3600);
      expect(await otps.erase(mobile)).toBe(1);
      expect(await app.get(OtpPrivacy).reseal()).toMatchObject({ unopened: 0 });
      await controls.pauseSends();
      await database.age('16 s'); // rekey() waits for sends that began before the pause
      await app.get(OtpPrivacy).rekey();
      await controls.resumeSends();
      await database.age('1 hour');
      const sweeper = app.get(OtpSweeper);
      await sweeper.sweep();
      await sweeper.guard();
      await sweeper.figures();
      await database.query('DELETE FROM otp_outbox');
      await database.age('100 days');
      expect(await sweeper.purge()).toHaveProperty('limits', expect.any(Number));
      expect(await health(t)).toEqual({ status: 'up', migrations: 'applied', access: 'ok' });
      expect(await failures(t)).toEqual([]);
    } finally {
      await t.close();
    }
  });

  it('is granted in docs/database.md exactly what is checked', async () => {
    const { rows } = await database.query(
      `SELECT table_name AS table, privilege_type AS right FROM information_schema.role_table_grants WHERE grantee = $1`,
      [role],
    );
    const named = (list: readonly object[]) => list.map((one) => JSON.stringify(one)).sort();
    expect(named(rows)).toEqual(named(RIGHTS));
  });

  it('is checked for the columns that the tables have', async () => {
    const { rows } = await database.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name LIKE 'otp%' ORDER BY 1`,
    );
    const checked = Object.entries(TABLES).flatMap(([table, { columns }]) =>
      columns.map((column) => `${table}.${column}`),
    );
    expect([...new Set(checked)].sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  describe('that lacks something', () => {
    let t: TestApp;
    beforeAll(async () => {
      t = await boot();
    });
    afterAll(() => t.close());

    /** Each: what is taken, what is given back, the kind, and what the sentence has to name. */
    const CASES: [
      what: string,
      take: string,
      give: string,
      kind: 'rights' | 'row_security',
      named: string[],
    ][] = [
      ...RIGHTS.map(({ table, right }): (typeof CASES)[number] => [
        `${right} on ${table}`,
        `REVOKE ${right} ON ${table} FROM ${role}`,
        `GRANT ${right} ON ${table} TO ${role}`,
        'rights',
        [`"${role}"`, `${right} on ${table}.`, `GRANT ${right} ON "public".${table} TO "${role}";`],
      ]),
      [
        'USAGE on the schema',
        `REVOKE USAGE ON SCHEMA public FROM ${role}`,
        `GRANT USAGE ON SCHEMA public TO ${role}`,
        'rights',
        [`"${role}"`, 'USAGE on schema public', `GRANT USAGE ON SCHEMA "public" TO "${role}";`],
      ],
      [
        'every right',
        `REVOKE ALL ON ${Object.keys(TABLES).join(', ')} FROM ${role}`,
        grantsFor(role),
        'rights',
        [
          'SELECT, INSERT, UPDATE, DELETE on otps;',
          `GRANT SELECT, INSERT ON "public".otp_actions TO "${role}";`,
        ],
      ],
      [
        'a right on one column',
        `REVOKE UPDATE ON otp_limits FROM ${role}; GRANT UPDATE (key, hits, count, max, until) ON otp_limits TO ${role}`,
        `GRANT UPDATE ON otp_limits TO ${role}`,
        'rights',
        ['UPDATE on otp_limits.'],
      ],
      ...Object.keys(TABLES).map((table): (typeof CASES)[number] => [
        `the rows of ${table}, by row security`,
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON ${table} USING (false)`,
        `DROP POLICY p ON ${table}; ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
        'row_security',
        [`"${role}"`, table, `ALTER TABLE "public".${table} DISABLE ROW LEVEL SECURITY;`],
      ]),
      ...(
        [
          ['without a policy', 'SELECT'],
          [
            'with a policy for reading alone',
            `CREATE POLICY p ON otps FOR SELECT TO ${role} USING (true)`,
          ],
          ['with a policy for others', 'CREATE POLICY p ON otps TO pg_monitor USING (true)'],
          [
            'with a policy that refuses what is written',
            'CREATE POLICY p ON otps USING (true) WITH CHECK (false)',
          ],
          [
            'with a restrictive policy',
            `CREATE POLICY p ON otps USING (true); CREATE POLICY q ON otps AS RESTRICTIVE USING (subject IS NULL)`,
          ],
        ] as const
      ).map(([how, policy]): (typeof CASES)[number] => [
        `the rows of otps, by row security ${how}`,
        `ALTER TABLE otps ENABLE ROW LEVEL SECURITY; ${policy}`,
        'DROP POLICY IF EXISTS p ON otps; DROP POLICY IF EXISTS q ON otps; ALTER TABLE otps DISABLE ROW LEVEL SECURITY',
        'row_security',
        ['hides rows of otps from'],
      ]),
    ];

    it.each(everyOr(4, CASES))(
      '%s: boot, health and doctor say so',
      async (_, take, give, kind, named) => {
        await database.query(take);
        try {
          const sentence = await failedBoot();
          for (const name of named) expect(sentence).toContain(name);
          expect(await health(t)).toMatchObject({
            status: 'down',
            access: kind,
            message: expect.stringContaining('npx nestjs-ants-otp doctor'),
          });
          // A health check is often public.
          expect(JSON.stringify(await health(t))).not.toContain(role);
          const found = await failures(t);
          expect(found.map(({ check }) => check)).toEqual([kind]);
          expect(`OtpModule cannot work. ${found[0]!.says} ${found[0]!.fix!}`).toBe(sentence);
        } finally {
          await database.query(give);
        }
        expect(await health(t)).toMatchObject({ status: 'up', access: 'ok' });
      },
    );

    it.each([
      [
        'rights on every column',
        `REVOKE UPDATE ON otp_sends FROM ${role};
         GRANT UPDATE (${TABLES['otp_sends']!.columns.join(', ')}) ON otp_sends TO ${role}`,
        `GRANT UPDATE ON otp_sends TO ${role}`,
      ],
      [
        'a policy for every row',
        `ALTER TABLE otps ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON otps TO ${role} USING (true)`,
        'DROP POLICY p ON otps; ALTER TABLE otps DISABLE ROW LEVEL SECURITY',
      ],
      [
        'a policy for each command',
        `ALTER TABLE otps ENABLE ROW LEVEL SECURITY;
         CREATE POLICY r ON otps FOR SELECT USING (true); CREATE POLICY a ON otps FOR INSERT WITH CHECK (true);
         CREATE POLICY w ON otps FOR UPDATE USING (true); CREATE POLICY d ON otps FOR DELETE USING (true)`,
        `DROP POLICY r ON otps; DROP POLICY a ON otps; DROP POLICY w ON otps; DROP POLICY d ON otps;
         ALTER TABLE otps DISABLE ROW LEVEL SECURITY`,
      ],
    ])('needs no more than %s', async (_, take, give) => {
      await database.query(take);
      try {
        await started(async (other) => {
          expect(await health(other)).toMatchObject({ status: 'up', access: 'ok' });
          expect(await other.otps.request({ mobile: nextMobile() })).toHaveProperty('id');
        });
      } finally {
        await database.query(give);
      }
    });

    it('the right to write: it starts, says so and serves the command "find"', async () => {
      const names = Object.keys(TABLES).join(', ');
      await database.query(
        `REVOKE ALL ON ${names} FROM ${role}; GRANT SELECT ON ${names} TO ${role}`,
      );
      try {
        await started(async (reader) => {
          expect(await health(reader)).toMatchObject({ status: 'down', access: 'rights' });
          expect(await failures(reader)).toMatchObject([{ check: 'rights' }]);
          expect(await reader.otps.find({ mobile: nextMobile() })).toEqual([]);
        });
      } finally {
        await database.query(`REVOKE ALL ON ${names} FROM ${role}; ${grantsFor(role)}`);
      }
    });

    it('a database that can be written to: it starts, health and doctor say so', async () => {
      await database.query(`ALTER ROLE ${role} SET default_transaction_read_only = on`);
      try {
        await started(async (reader) => {
          expect(await health(reader)).toEqual({
            ...{ status: 'down', migrations: 'applied', access: 'read_only' },
            message: expect.stringContaining('cannot be written to'),
          });
          expect(await failures(reader)).toMatchObject([
            { check: 'read_only', says: expect.stringContaining('read-only') },
          ]);
          await expect(reader.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
            code: 'unavailable',
          });
        });
      } finally {
        await database.query(`ALTER ROLE ${role} RESET default_transaction_read_only`);
      }
    });

    it('a search path to the tables: the boot names their schema', async () => {
      await database.query(`ALTER ROLE ${role} SET search_path = pg_catalog`);
      try {
        expect(await failedBoot()).toMatch(
          /finds no table otps .*schema "public".*`schema: 'public'`/,
        );
      } finally {
        await database.query(`ALTER ROLE ${role} RESET search_path`);
      }
    });
  });

  it('that owns the tables is not asked for grants', async () => {
    const own = await bootApp();
    expect(await health(own)).toMatchObject({ status: 'up', access: 'ok' });
    await own.close();
  });
});
