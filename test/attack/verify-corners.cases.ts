import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { antsError } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';

describe('a check that meets something else', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp();
  });
  afterAll(() => t.close());

  const codesTried = (): string[] =>
    t.simulator.requests
      .filter(({ call }) => call === 'verifyOTP')
      .map(({ body }) => JSON.stringify(body));

  it('says nothing about the SMS that was sent meanwhile: "expired" was the old one', async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    const old = t.simulator.codeFor(mobile);
    await t.database.age('61 s');
    const hold = t.simulator.hold('verifyOTP');
    t.simulator.next('verifyOTP', { body: antsError('0303') });
    const checking = outcomes([t.otps.verify(otp.id, old, otp)]);
    await hold.arrived;
    await t.otps.resend(otp.id, otp);
    hold.release();
    await checking;
    const verified = await t.otps.verify(otp.id, t.simulator.codeFor(mobile), otp);
    expect(verified.repeated).toBe(false);
  });

  it('counts a code as a new guess after a resend, also one whose answer was lost before', async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    const before = codesTried().length;
    t.simulator.next('verifyOTP', { drop: 'before' });
    const [lost = '', ...others] = wrongCodes(t.simulator.codeFor(mobile), 9);
    await outcomes([t.otps.verify(otp.id, lost, otp)]);
    await t.database.age('61 s');
    await t.otps.resend(otp.id, otp);
    if (t.simulator.codeFor(mobile) === lost) return;
    for (const code of [lost, ...others.filter((other) => other !== t.simulator.codeFor(mobile))])
      await outcomes([t.otps.verify(otp.id, code, otp)]);
    expect(new Set(codesTried().slice(before)).size).toBe(5);
  });

  it('does not wait in one line with strangers', async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile, subject: 'owner' });
    const code = t.simulator.codeFor(mobile);
    const hold = t.simulator.hold('verifyOTP');
    const first = t.otps.verify(otp.id, code, { subject: 'owner' });
    await hold.arrived;
    const strangers = outcomes(
      Array.from({ length: 200 }, () => t.otps.verify(otp.id, '0000', { subject: 'stranger' })),
    );
    const second = outcomes([t.otps.verify(otp.id, code, { subject: 'owner' })]);
    hold.release();
    await first;
    await strangers;
    expect((await second).refused).toEqual([]);
  });
});
