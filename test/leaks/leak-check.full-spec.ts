import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { bootApp, nextMobile, SECRET } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import { compiled } from '../support/child.js';
import { checkRun } from '../support/leaks/check-run.js';
import { accepted, OtpClient } from '../support/otp-client.js';

/** What one OTP of the app used. */
interface Used {
  ticket: string;
  mobile: string;
  code: string;
  proof: string;
  token: string;
}

describe('the leak check of a run', () => {
  const { OTP_TEST_RECORD: ofThisRun } = process.env;
  let folder: string;
  let t: TestApp;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otp-record-'));
    process.env.OTP_TEST_RECORD = folder;
    t = await bootApp();
  });
  afterEach(async () => {
    process.env.OTP_TEST_RECORD = ofThisRun;
    await rm(folder, { recursive: true });
  });

  const use = async (): Promise<Used> => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    const { code, notifyUrl } = t.simulator.lastSms(mobile)!;
    const { proof } = await t.otps.verify(id, code, { ticket });
    await t.simulator.reportsSettled();
    return { ticket, mobile, code, proof, token: notifyUrl!.split('/').at(-1)! };
  };
  /** As `npm test` ends. */
  const report = () =>
    spawnSync(process.execPath, [compiled('test/support/leaks/report-run.js'), folder], {
      encoding: 'utf8',
    });

  it('passes an app that keeps its secrets, and has seen all of them', async () => {
    await use();
    await t.close();

    const check = await checkRun(folder);
    expect(check).toMatchObject({ databases: 1, problems: [] });
    expect(check.secrets).toMatchObject({ code: 1, 'SMS text': 1, ticket: 1, proof: 1 });
    expect(check.secrets).toMatchObject({ 'webhook token': 1, number: expect.any(Number) });
    expect(check.logs).toBeGreaterThan(5);
    expect(check.rows).toBeGreaterThan(5);
    expect(report()).toMatchObject({ status: 0, stderr: '' });
  });

  it.each<[string, (used: Used) => string]>([
    ['code', ({ code }) => code],
    ['SMS text', ({ code }) => t.simulator.inbox.find((sms) => sms.code === code)!.text],
    ['number', ({ mobile }) => `+66${mobile.slice(1)}`],
    ['ticket', ({ ticket }) => ticket],
    ['webhook token', ({ token }) => token],
    ['proof', ({ proof }) => proof],
    ['credential', () => SECRET],
  ])('fails a run with a %s in a log, in jsonb and in a bytea', async (kind, secretOf) => {
    const used = await use();
    const secret = secretOf(used);
    new Logger('App').warn(`an OTP: ${secret}`);
    await t.database.query(
      `UPDATE otp_events SET data = data || jsonb_build_object('said', $1::text)
       WHERE type = 'verified'`,
      [`it was ${secret}`],
    );
    await t.database.query('CREATE SCHEMA app; CREATE TABLE app.notes (body bytea)');
    await t.database.query('INSERT INTO app.notes VALUES ($1)', [Buffer.from(secret)]);
    await t.close();

    const { status, stderr } = report();
    expect(status).toBe(1);
    const places = stderr.split('\n').filter((line) => line.includes(`A ${kind} (`));
    expect(places.sort()).toEqual([
      expect.stringContaining('app.notes, column body'),
      expect.stringContaining('public.otp_events, column data.said'),
      expect.stringContaining('the log of test/leaks/leak-check.full-spec.ts (warn)'),
    ]);
    for (const whole of Object.values<string>({ ...used, secret }))
      expect(stderr).not.toContain(whole);
  });

  it("hears an app in a process of its own, and its own clients' answers", async () => {
    const { simulator, database } = t;
    const child = await startChildApp({ databaseUrl: database.appUrl, simulator });
    const client = new OtpClient(child.url);
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client.request(mobile));
    accepted(await client.verify(id, simulator.codeFor(mobile), ticket));
    client.close();
    await stopChildApps();
    await t.close();

    const check = await checkRun(folder);
    expect(check.secrets).toMatchObject({ code: 1, ticket: 1, proof: 1, 'webhook token': 1 });
    expect(check.problems).toEqual([]);
  });
});
