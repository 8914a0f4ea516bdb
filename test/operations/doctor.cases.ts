import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OtpDoctor } from 'nestjs-ants-otp';
import type { OtpFinding, OtpProvider } from 'nestjs-ants-otp';
import { ADAPTERS, bootApp } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { isPooled } from '../support/database.js';

const apps: TestApp[] = [];
afterAll(async () => {
  for (const t of apps) await t.close();
});
const boot = async (options: BootOptions = {}): Promise<TestApp> => {
  const t = await bootApp({ ...options, options: { dailyBudget: 100, ...options.options } });
  apps.push(t);
  return t;
};
const examine = async ({ app }: TestApp): Promise<Record<string, OtpFinding>> =>
  Object.fromEntries(
    (await app.get(OtpDoctor).examine()).map((finding) => [finding.check, finding]),
  );

describe.each(ADAPTERS)('the doctor on %s', (adapter) => {
  it('finds a sound app sound', async () => {
    const t = await boot({ adapter, setUp: (app) => app.setGlobalPrefix('api') });
    const found = await examine(t);
    expect(Object.values(found).filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(Object.keys(found)).toEqual([
      ...['account', 'credit', 'budget', 'database', 'schema', 'rights', 'row_security'],
      ...['read_only', 'clock', 'pooler', 'webhook', 'reports'],
    ]);
    expect(t.simulator.inbox).toEqual([]);
    const { rows } = await t.database.query('SELECT count(*)::int AS events FROM otp_events');
    expect(rows).toEqual([{ events: 0 }]);
  });
});

describe('the doctor', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await boot();
  });

  it.each([
    [500, 'ok'],
    [99, 'warning'],
    [0, 'failed'],
  ])('calls a credit of %s %s', async (credit, state) => {
    t.simulator.credit = credit;
    expect((await examine(t))['credit']).toMatchObject({ state });
  });

  it('says that the credentials are wrong, and not what they are', async () => {
    t.simulator.next('balance', { status: 401, body: '' });
    const { account } = await examine(t);
    expect(account).toMatchObject({ state: 'failed', fix: expect.stringContaining('password') });
    expect(JSON.stringify(account)).not.toContain(t.simulator.settings.password);
  });

  it.each([
    ['an empty answer', ''],
    ['HTML', '<html>'],
    ['no credit', '{"type":"prepaid"}'],
  ])('does not take %s for an account', async (_, body) => {
    t.simulator.next('balance', { body });
    expect((await examine(t))['account']).toMatchObject({ state: 'failed' });
  });

  it('warns of an app without a budget and without an address', async () => {
    const bare = await boot({ options: { dailyBudget: false, publicUrl: undefined } });
    const { budget, webhook } = await examine(bare);
    expect([budget?.state, webhook?.state]).toEqual(['warning', 'warning']);
  });

  it('finds that the address leads to another app', async () => {
    const other = await boot({
      options: { publicUrl: t.url, secret: 'another-secret-'.padEnd(40, 'x') },
    });
    const { webhook } = await examine(other);
    expect(webhook).toMatchObject({ state: 'failed' });
    expect(webhook?.says).toContain('answered with 404');
  });

  it('finds that nobody listens at the address', async () => {
    const other = await boot({ options: { publicUrl: 'http://127.0.0.1:9' } });
    expect((await examine(other))['webhook']?.says).toContain('no answer');
  });

  it('comes through the credential of reports, and does not try past a list of senders', async () => {
    const webhookAuth = { username: 'ants', password: 'pushes-with-this' };
    const locked = await boot({ options: { webhookAuth } });
    expect((await examine(locked))['webhook']).toMatchObject({ state: 'ok' });
    const listed = await boot({ options: { webhookAddresses: ['203.0.113.7'] } });
    expect((await examine(listed))['webhook']).toMatchObject({ state: 'warning' });
  });

  it('finds of a provider of the app’s own that throws what it threw', async () => {
    const unused = (): never => {
      throw new Error('The account has no such question.');
    };
    const methods = { send: unused, resend: unused, verify: unused, readReports: unused };
    const own = await boot({
      options: { provider: { ...methods, account: unused } as unknown as OtpProvider },
    });
    expect((await examine(own))['account']).toMatchObject({
      state: 'failed',
      says: 'The provider could not be asked: The account has no such question.',
    });
  });

  it('names columns that are missing', async () => {
    const old = await boot();
    await old.database.query('ALTER TABLE otp_sends DROP COLUMN credit');
    expect((await examine(old))['schema']).toMatchObject({
      state: 'failed',
      says: 'Columns are missing: otp_sends.credit.',
    });
  });

  it('knows a pooler in transaction mode', async () => {
    const { pooler } = await examine(t);
    expect(pooler?.says).toContain(isPooled() ? 'as configured' : 'No pooler');
  });
});
