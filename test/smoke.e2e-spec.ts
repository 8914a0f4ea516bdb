import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADAPTERS, bootApp, nextMobile } from './support/app.js';
import type { TestApp } from './support/app.js';

describe.each(ADAPTERS)('smoke on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter, extras: { routes: true } });
  });
  afterAll(() => t.close());
  it('goes through', async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile, callbackData: 'order-17' });
    console.log(otp);
    await t.simulator.reportsSettled();
    console.log(await t.otps.status(otp.id));
    await expect(t.otps.verify(otp.id, '000000', { ticket: otp.ticket })).rejects.toMatchObject({
      code: 'wrong_code',
      attemptsLeft: 4,
    });
    await t.database.age('61 s');
    const again = await t.otps.resend(otp.id, { ticket: otp.ticket });
    console.log(again);
    const done = await t.otps.verify(otp.id, t.simulator.codeFor(mobile), { ticket: otp.ticket });
    console.log(done);
    console.log(await t.otps.history(otp.id));
  });
});
