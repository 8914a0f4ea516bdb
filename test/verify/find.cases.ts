import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OtpSearch, OtpView } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

describe('find', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  const mobile = nextMobile();
  let t: TestApp;
  let found: OtpView;
  let first: { referenceCode: string; otpId: string };
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({ simulator });
    await t.otps.request({ mobile: nextMobile(), subject: 'other', callbackData: 'other' });
    const { id } = await t.otps.request({ mobile, subject: 'user-7', callbackData: 'order-17' });
    const view = await t.otps.status(id);
    first = { referenceCode: view.referenceCode!, otpId: view.otpId! };
    await t.database.age('61 s');
    await t.otps.resend(id, { subject: 'user-7' });
    await simulator.report(simulator.messages(mobile).at(-1)!, { status: 'DELIVERED' });
    found = await t.otps.status(id);
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  it.each<[string, () => OtpSearch]>([
    ['number', () => ({ mobile })],
    ['number as +66', () => ({ mobile: `+66 ${mobile.slice(1)}` })],
    ['number as 0066', () => ({ mobile: `0066${mobile.slice(1)}` })],
    ['number with hyphens', () => ({ mobile: mobile.replace(/^(...)(...)/, '$1-$2-') })],
    [
      'number in Thai digits',
      () => ({ mobile: mobile.replace(/\d/g, (digit) => '๐๑๒๓๔๕๖๗๘๙'[Number(digit)]!) }),
    ],
    ['newest reference code', () => ({ referenceCode: found.referenceCode! })],
    ['first reference code', () => ({ referenceCode: first.referenceCode })],
    ['newest otpId', () => ({ otpId: found.otpId! })],
    ['first otpId', () => ({ otpId: first.otpId })],
    ['messageId', () => ({ messageId: found.messageId! })],
    ['callbackData', () => ({ callbackData: 'order-17' })],
    ['subject', () => ({ subject: 'user-7' })],
  ])('gives the OTP by its %s, and no other', async (_, search) => {
    expect((await t.otps.find(search())).map(({ id }) => id)).toEqual([found.id]);
  });

  it('gives nothing for what nobody has, and refuses no key or two', async () => {
    expect(await t.otps.find({ messageId: 'none' })).toEqual([]);
    for (const search of [{}, { subject: 'a', mobile }])
      await expect(t.otps.find(search as OtpSearch)).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });
});
