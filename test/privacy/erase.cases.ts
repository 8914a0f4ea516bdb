import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { OnOtpEvent, OtpControls } from 'nestjs-ants-otp';
import type { OtpEventOf } from 'nestjs-ants-otp';
import type { SentSms } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { times } from '../support/counts.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import { until } from '../support/until.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const ROUNDS = times(3, 60);
const TABLES = ['otps', 'otp_sends', 'otp_events', 'otp_outbox', 'otp_limits', 'otp_actions'];

/** An app's own copies, which go with the OTP. */
@Injectable()
class Copies {
  readonly erased: OtpEventOf<'erased'>[] = [];

  @OnOtpEvent('erased')
  erase(event: OtpEventOf<'erased'>): void {
    this.erased.push(event);
  }
}

describe('erasing a number', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const free = { perHour: 1000, perDay: 1000 };
  let t: TestApp;
  let mobile: string;
  beforeAll(async () => {
    await simulator.start();
    const options = { sendLimit: free, subjectSendLimit: free, blockLimit: false as const };
    t = await bootApp({ simulator, providers: [Copies], options });
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });
  beforeEach(() => {
    mobile = nextMobile();
  });

  /** Everything that is stored, as text. */
  const stored = async (tables = TABLES): Promise<string> => {
    const rows = await Promise.all(
      tables.map((table) => t.database.query(`SELECT to_jsonb(x)::text AS row FROM ${table} AS x`)),
    );
    return rows.flatMap((result) => result.rows.map(({ row }) => row as string)).join('\n');
  };
  const report = ({ notifyUrl, to }: SentSms) =>
    request(t.url)
      .post(new URL(notifyUrl!).pathname)
      .send({
        details: [
          { ...{ messageId: `${to}99`, bulkId: `b${to}`, to }, status: { name: 'DELIVERED' } },
        ],
      });

  const pushed = async (sms: SentSms): Promise<void> => {
    await report(sms);
  };

  it('leaves nothing of the person in any table, and tells the app', async () => {
    const person = { subject: `user-of-${mobile}`, callbackData: `order-of-${mobile}` };
    const { id, referenceCode } = await t.otps.request({
      ...{ mobile, ...person, ip: '198.51.100.77', binding: { to: 'Somchai' } },
      idempotencyKey: `key-of-${mobile}`,
    });
    const sms = simulator.lastSms(mobile)!;
    await report(sms).expect(200);
    await t.otps.verify(id, sms.code, { subject: person.subject });
    const { otpId, messageId } = await t.otps.status(id);
    const keys = t.app.get(KeyRing);
    const names = [
      ...[person.subject, person.callbackData, `key-of-${mobile}`, mobile.slice(1)],
      ...[otpId!, messageId!, `"${referenceCode}"`, `${mobile.slice(0, 2)}x-xxx`],
      ...[keys.ipMac('198.51.100.77'), keys.bindingMac({ to: 'Somchai' })].map((mac) =>
        mac.toString('hex'),
      ),
    ];
    const before = await stored();
    for (const name of names) if (name !== mobile.slice(1)) expect(before).toContain(name);

    expect(await t.otps.erase(`+66 ${mobile.slice(1)}`)).toBe(1);

    const after = await stored();
    for (const name of names) expect(after).not.toContain(name);
    const mac = keys.mobileMac(`+66${mobile.slice(1)}`).toString('hex');
    expect(await stored(['otps', 'otp_sends', 'otp_events', 'otp_outbox'])).not.toContain(mac);
    expect(await t.otps.find({ mobile })).toEqual([]);
    expect(await t.otps.status(id)).toMatchObject({
      ...{ status: 'verified', delivery: 'delivered', mobileMask: 'erased', sends: 1 },
      revokedAt: expect.any(Date),
    });
    const { lines, summary } = await t.otps.explain(id);
    expect(lines.at(-1)!.en).toBe(
      'What identifies the customer was erased; only what is counted was kept.',
    );
    expect(summary.en).toContain('revoked');
    const copies = t.app.get(Copies);
    await until('the app was told', () => copies.erased.some(({ otpId: of }) => of === id));
    expect(copies.erased.find(({ otpId: of }) => of === id)).toMatchObject({
      ...{ type: 'erased', subject: null, callbackData: null, mobileMask: 'erased', data: {} },
    });
    await report(sms).expect(404);
    expect(await t.otps.erase(mobile)).toBe(0);
  });

  it('takes a number in any spelling, and nothing else', async () => {
    await t.otps.request({ mobile });
    const spelling = `66-${mobile.slice(1, 3)} ${mobile.slice(3)}`;
    expect(await t.otps.erase(spelling)).toBe(1);
    const bad = [t.otps.erase('021234567'), t.otps.erase(undefined as unknown as string)];
    expect((await outcomes(bad)).refused).toEqual(['invalid_mobile', 'invalid_mobile']);
  });

  it('resets no cool-down, no lock and no block of the number', async () => {
    const controls = t.app.get(OtpControls);
    const { id, ticket } = await t.otps.request({ mobile, purpose: 'login' });
    const guesses = wrongCodes(simulator.codeFor(mobile), 5);
    for (const code of guesses) await outcomes([t.otps.verify(id, code, { ticket })]);
    await t.database.age('61 s');
    const second = await t.otps.request({ mobile, purpose: 'login' });
    const more = wrongCodes(simulator.codeFor(mobile), 5);
    for (const code of more) await outcomes([t.otps.verify(second.id, code, second)]);
    await t.database.age('121 s');
    const ask = (purpose: string) => outcomes([t.otps.request({ mobile, purpose })]);
    expect((await ask('login')).refused).toEqual(['locked']);
    await controls.block(mobile, { seconds: 600 });
    await t.otps.request({ mobile: nextMobile() });
    expect(await t.otps.erase(mobile)).toBe(2);
    expect((await ask('login')).refused).toEqual(['locked']);
    expect((await ask('other')).refused).toEqual(['number_rejected']);
    expect(await controls.stops()).toContainEqual(
      expect.objectContaining({ kind: 'blocked', mobileMask: null }),
    );
    await controls.unblock({ mobile });
  });

  it('of an SMS that is on its way cancels it, and its late answer brings no id back', async () => {
    const hold = simulator.hold('requestOTP');
    const asked = outcomes([t.otps.request({ mobile })]);
    await hold.arrived;
    const [{ id } = { id: '' }] = await t.otps.find({ mobile });
    expect(await t.otps.erase(mobile)).toBe(1);
    hold.release();
    expect((await asked).refused).toEqual(['canceled']);
    expect((await t.otps.history(id)).at(-1)).toMatchObject({
      ...{ type: 'late_answer', data: { send: 1, outcome: 'sent' } },
    });
    const { otpId, referenceCode } = simulator.lastSms(mobile)!;
    for (const name of [otpId, `"${referenceCode}"`]) expect(await stored()).not.toContain(name);
  });

  it('takes along a line of the history that came while it waited for the row', async () => {
    const { id } = await t.otps.request({ mobile });
    const client = await t.database.pool(1).connect();
    const begun = [
      'BEGIN',
      `UPDATE otps SET event_count = event_count + 1 WHERE id = '${id}'`,
      `INSERT INTO otp_events (otp_id, event_no, type, at, data)
        SELECT id, event_count, 'delivery_report', now(), '{"description": "to Somchai"}' FROM otps WHERE id = '${id}'`,
    ];
    for (const statement of begun) await client.query(statement);
    const erased = t.otps.erase(mobile);
    await until('it waits for the row', async () => {
      const { rows } = await t.database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    await client.query('COMMIT');
    client.release();
    expect(await erased).toBe(1);
    expect(await stored(['otp_events'])).not.toContain('Somchai');
  });

  it('beside asks, checks, resends and reports of the number leaves nothing of the person', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const number = nextMobile();
      const subject = `user-of-${number}`;
      const asked = await t.otps.request({ mobile: number, subject });
      const sms = simulator.lastSms(number)!;
      await t.database.age('61 s');
      const again = await outcomes<unknown>([
        t.otps.request({ mobile: number, subject, purpose: 'other' }),
        t.otps.verify(asked.id, sms.code, { subject }),
        t.otps.resend(asked.id, { subject }),
        pushed(sms),
        t.otps.erase(number),
        t.otps.erase(number),
        pushed(sms),
        t.otps.cancel(asked.id),
      ]);
      expect(again.done.length + again.refused.length).toBe(8);
      await t.otps.erase(number);
      expect(await t.otps.find({ mobile: number })).toEqual([]);
      const left = await stored(['otps', 'otp_sends', 'otp_events', 'otp_outbox']);
      for (const name of [subject, number.slice(1), `"${sms.referenceCode}"`])
        expect(left).not.toContain(name);
    }
  });
});
