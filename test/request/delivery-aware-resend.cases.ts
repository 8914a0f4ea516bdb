import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OtpView } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

describe('a resend that knows what became of the SMS', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await bootApp();
    t.simulator.configure({ reports: 'manual' });
  });
  afterAll(() => t.close());

  const ask = async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    return { ...otp, sms: t.simulator.lastSms(mobile)! };
  };
  const waitOf = ({ resendAvailableAt, createdAt }: OtpView) =>
    Math.round((resendAvailableAt.getTime() - createdAt.getTime()) / 1000);

  it('is open 10 s after an SMS that will not arrive, and says so', async () => {
    const { id, ticket, sms } = await ask();
    expect(waitOf(await t.otps.status(id))).toBe(60);
    await t.simulator.report(sms, { status: 'UNDELIVERED' });
    expect(waitOf(await t.otps.status(id))).toBe(10);
    await expect(t.otps.resend(id, { ticket })).rejects.toMatchObject({ code: 'cooldown' });
    await t.database.age('11 s');
    expect(await t.otps.resend(id, { ticket })).toMatchObject({ id, delivery: 'none' });
    expect(await t.otps.status(id)).toMatchObject({ sends: 2 });
  });

  it('tells how long to wait when it comes too early', async () => {
    const { id, ticket, sms } = await ask();
    await t.simulator.report(sms, { status: 'REJECTED' });
    await expect(t.otps.resend(id, { ticket })).rejects.toMatchObject({
      code: 'cooldown',
      retryAfter: 10,
    });
  });

  it('keeps its cool-down after an SMS that was delivered', async () => {
    const { id, ticket, sms } = await ask();
    await t.simulator.report(sms, { status: 'UNDELIVERED' });
    await t.simulator.report(sms, { status: 'DELIVERED' });
    expect(waitOf(await t.otps.status(id))).toBe(60);
    await t.database.age('11 s');
    await expect(t.otps.resend(id, { ticket })).rejects.toMatchObject({ code: 'cooldown' });
  });
});
