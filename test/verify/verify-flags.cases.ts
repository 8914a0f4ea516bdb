import { afterEach, describe, expect, it } from '@jest/globals';
import type { OtpOptions } from 'nestjs-ants-otp';
import type { AntsSimulatorOptions } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

let t: TestApp;

/** An app that reads the flags in one way, before an ANTS that means them in one. */
async function boot(
  verifyFlags: OtpOptions['verifyFlags'],
  ants: Pick<AntsSimulatorOptions, 'verifyFlags' | 'maxAttempts'>,
): Promise<void> {
  t = await bootApp({ options: { verifyFlags } });
  t.simulator.configure(ants);
}

async function sent() {
  const mobile = nextMobile();
  const otp = await t.otps.request({ mobile });
  const code = t.simulator.codeFor(mobile);
  const check = (typed: string) => t.otps.verify(otp.id, typed, otp);
  return {
    mobile,
    right: () => check(code),
    wrong: () => check(code === '000000' ? '111111' : '000000'),
    status: async () => (await t.otps.status(otp.id)).status,
  };
}

describe('where isErrorCount stands on every wrong code', () => {
  afterEach(() => t.close());

  it('is read so by option, and a typo does not end the OTP', async () => {
    await boot('wrong', { verifyFlags: 'wrong' });
    const otp = await sent();

    await expect(otp.wrong()).rejects.toMatchObject({ code: 'wrong_code', attemptsLeft: 4 });
    expect(await otp.right()).toMatchObject({ repeated: false });
  });

  it('is still limited by our own count', async () => {
    await boot('wrong', { verifyFlags: 'wrong', maxAttempts: 100 });
    const otp = await sent();

    for (const attemptsLeft of [4, 3, 2, 1])
      await expect(otp.wrong()).rejects.toMatchObject({ code: 'wrong_code', attemptsLeft });
    await expect(otp.wrong()).rejects.toMatchObject({ code: 'max_attempts_reached' });
    await expect(otp.right()).rejects.toMatchObject({ code: 'max_attempts_reached' });
    expect(t.simulator.count('verifyOTP')).toBe(5);
  });

  it('ends the OTP by its first typo where it is read as the limit, and opens nothing', async () => {
    await boot('limit', { verifyFlags: 'wrong' });
    const otp = await sent();

    await expect(otp.wrong()).rejects.toMatchObject({ code: 'max_attempts_reached' });
    await expect(otp.right()).rejects.toMatchObject({ code: 'max_attempts_reached' });
    expect(await otp.status()).toBe('max_attempts_reached');
  });
});

describe('where the flags are swapped', () => {
  afterEach(() => t.close());

  it('are read so by option, and each end has its own error', async () => {
    await boot('swapped', { verifyFlags: 'swapped', maxAttempts: 1 });
    const used = await sent();
    const late = await sent();

    await expect(used.wrong()).rejects.toMatchObject({ code: 'wrong_code', attemptsLeft: 4 });
    await expect(used.right()).rejects.toMatchObject({ code: 'max_attempts_reached' });
    t.simulator.expire(late.mobile);
    await expect(late.right()).rejects.toMatchObject({ code: 'expired' });
  });
});
