import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { OtpControls } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { DataSource } from 'typeorm';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';

/** The files and the SQL of docs/migrating.md: both services side by side in one app. */

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/migrating.md'), 'utf8');
const files = [...page.matchAll(/<!-- moves: (\S+) -->\n\n```ts\n([\s\S]*?)^```/gm)];
const queries = [...page.matchAll(/^ *```sql\n([\s\S]*?)^ *```/gm)].map(([, sql]) => sql!);

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/migrating-'));
for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text);

interface Switch {
  request(mobile: string, purpose: string, ip: string): Promise<{ otpId: string }>;
  verify(otpId: string, code: string): Promise<string>;
}

describe('the move of docs/migrating.md', () => {
  let test: TestApp;
  let otps: Switch;
  let share: Record<string, number>;

  beforeAll(async () => {
    const { OldOtpService } = (await import(join(folder, 'old-otp.service.ts'))) as {
      OldOtpService: Type<unknown>;
    };
    const switched = (await import(join(folder, 'otp-switch.ts'))) as {
      OtpSwitch: Type<Switch>;
      share: Record<string, number>;
    };
    share = switched.share;
    test = await bootApp({
      options: { blockLimit: false },
      providers: [OldOtpService, switched.OtpSwitch],
    });
    otps = test.app.get(switched.OtpSwitch);
    const { username, password, otcIds } = test.simulator.settings;
    Object.assign(process.env, {
      ANTS_BASE_URL: test.simulator.url,
      ANTS_USERNAME: username,
      ANTS_PASSWORD: password,
      ANTS_OTC_ID: otcIds[0],
    });
    await test.database.query(
      `CREATE TABLE old_otps (otp_id text PRIMARY KEY, mobile text NOT NULL, ref text NOT NULL,
         status text NOT NULL DEFAULT 'sent', created_at timestamptz NOT NULL DEFAULT now())`,
    );
  });
  afterAll(async () => {
    // The leak check looks for numbers in every row: those of the old service are not ours.
    await test.database.query('DROP TABLE old_otps CASCADE');
    await test.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const counts = async (): Promise<unknown> => {
    const { rows } = await test.database.query(
      `SELECT (SELECT count(*)::int FROM old_otps) AS old, (SELECT count(*)::int FROM otps) AS new`,
    );
    return rows[0];
  };
  const ask = (mobile: string) => otps.request(mobile, 'login', '203.0.113.1');

  it('checks each code where it was sent, whatever the share is by then', async () => {
    const [before, after] = [nextMobile(), nextMobile()];
    share['login'] = 0;
    const old = await ask(before);
    share['login'] = 100;
    const moved = await ask(after);
    expect(await counts()).toEqual({ old: 1, new: 1 });

    await expect(otps.verify(old.otpId, '0000')).rejects.toThrow('Wrong code');
    await expect(otps.verify(moved.otpId, '0000')).rejects.toMatchObject({ code: 'wrong_code' });
    share['login'] = 0;
    const codes = [before, after].map((mobile) => test.simulator.codeFor(mobile));
    expect(await otps.verify(old.otpId, codes[0]!)).toBe(`+66${before.slice(1)}`);
    expect(await otps.verify(moved.otpId, codes[1]!)).toBe(`+66${after.slice(1)}`);
  });

  it('shows both in one view, and when the old service is done', async () => {
    const [view = '', done = ''] = queries;
    await test.database.query(view);
    const { rows } = await test.database.query(
      'SELECT service, mobile_mask, status FROM all_otps ORDER BY service',
    );
    const mask = expect.stringMatching(/^0\dx-xxx-\d{4}$/) as unknown;
    expect(rows).toEqual([
      { service: 'new', mobile_mask: mask, status: 'verified' },
      { service: 'old', mobile_mask: mask, status: 'verified' },
    ]);
    await test.database.query(`UPDATE old_otps SET created_at = now() - interval '11 minutes'`);
    expect((await test.database.query(done)).rows).toEqual([{ count: '0' }]);
  });

  it('keeps a number on its side in every spelling, and moves the share that it says', async () => {
    share['login'] = 30;
    const mobile = nextMobile();
    const spellings = [mobile, `+66${mobile.slice(1)}`, `${mobile.slice(0, 3)}-${mobile.slice(3)}`];
    const sides: boolean[] = [];
    for (const spelling of spellings) {
      sides.push((await ask(spelling)).otpId.startsWith('new:'));
      await test.database.age('10 minutes');
    }
    expect(new Set(sides).size).toBe(1);

    const asked = await Promise.all(Array.from({ length: 60 }, () => ask(nextMobile())));
    const moved = asked.filter(({ otpId }) => otpId.startsWith('new:')).length;
    // 18 of 60 are expected; numbers are random, and one run in five million is outside of this.
    expect(moved).toBeGreaterThan(2);
    expect(moved).toBeLessThan(40);
  });

  it('takes the blocked numbers along', async () => {
    const { moveBlocked } = (await import(join(folder, 'move-blocked.ts'))) as {
      moveBlocked: (dataSource: DataSource, controls: OtpControls) => Promise<number>;
    };
    const mobile = nextMobile();
    await test.database.query('CREATE TABLE old_blocked (mobile text)');
    await test.database.query(`INSERT INTO old_blocked VALUES ($1), ('021234567')`, [mobile]);
    const move = () => moveBlocked(test.app.get(DataSource), test.app.get(OtpControls));
    expect([await move(), await move()]).toEqual([1, 1]);
    await test.database.query('DROP TABLE old_blocked');
    await expect(test.otps.request({ mobile })).rejects.toMatchObject({ code: 'number_rejected' });
    expect(await test.app.get(OtpControls).stops()).toHaveLength(1);
  });
});

it('an app whose own table has the name of ours keeps it, and is told', async () => {
  const database = await createDatabase();
  await database.query('CREATE TABLE otps (mine int)');
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: otpMigrations,
  });
  await dataSource.initialize();
  await expect(dataSource.runMigrations()).rejects.toThrow('"otps" already exists');
  const { rows } = await database.query(
    `SELECT tablename FROM pg_tables WHERE tablename LIKE 'otp%'`,
  );
  expect(rows).toEqual([{ tablename: 'otps' }]);
  await database.query('ALTER TABLE otps RENAME TO old_otps');
  await expect(dataSource.runMigrations()).resolves.toHaveLength(1);
  await dataSource.destroy();
  await database.drop();
});
