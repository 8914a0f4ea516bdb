import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';

/** For 10 s after a success the right code answers the same success: that must be no way to guess it. */
describe('the repeat of a success', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp();
  });
  afterAll(() => t.close());

  it('is not open to more guesses than the OTP had attempts', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    const code = t.simulator.codeFor(mobile);
    await t.otps.verify(id, code, { ticket });
    const guesses = wrongCodes(code, 50);
    const { done } = await outcomes(guesses.map((guess) => t.otps.verify(id, guess, { ticket })));
    expect(done).toEqual([]);

    await expect(t.otps.verify(id, code, { ticket })).rejects.toMatchObject({
      code: 'already_used',
    });
  });
});
