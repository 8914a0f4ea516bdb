import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes } from '../support/outcomes.js';

/** Calling the module inside one's own transaction is wrong; it must fail, not hang (design, 5). */
describe('a call inside the app’s own transaction that holds the last connection', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ poolSize: 1 });
  });
  afterAll(() => t.close());

  it('is refused', async () => {
    const runner = t.app.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    const call = outcomes([t.otps.request({ mobile: nextMobile() })]);
    const patience = new Promise((resolve) => setTimeout(resolve, 3000, 'hangs'));
    const result = await Promise.race([call.then(({ refused }) => refused), patience]);
    await runner.rollbackTransaction();
    await runner.release();
    await call;
    expect(result).toEqual(['unavailable']);
  });
});
