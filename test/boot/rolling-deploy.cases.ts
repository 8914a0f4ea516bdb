import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import {
  OtpDoctor,
  otpEntities,
  OtpGuard,
  OtpPrivacy,
  OtpSweeper,
  RequireOtp,
} from 'nestjs-ants-otp';
import request from '../support/request.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

@Controller()
class GuardedController {
  @Get('guarded')
  @UseGuards(OtpGuard)
  @RequireOtp('default')
  open() {
    return 'open';
  }
}

/** docs/upgrading.md: the tables are those of the next version, whose migrations came first. */
describe('this version on tables that a newer one has expanded', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await bootApp({ controllers: [GuardedController] });
    const { rows } = await test.database.query(
      `SELECT tablename FROM pg_tables WHERE tablename LIKE 'otp%'`,
    );
    expect(rows).toHaveLength(otpEntities.length);
    for (const { tablename } of rows)
      await test.database.query(
        `ALTER TABLE ${tablename as string} ADD COLUMN of_the_next_version text, ADD COLUMN and_another integer NOT NULL DEFAULT 7`,
      );
  });
  afterAll(() => test.close());

  it('sends, resends, checks and guards', async () => {
    const { otps, simulator, database, url } = test;
    const mobile = nextMobile();
    const { id, ticket } = await otps.request({ mobile });
    await database.age('61 s');
    await otps.resend(id, { ticket });
    const { proof } = await otps.verify(id, simulator.codeFor(mobile), { ticket });
    await request(url).get('/guarded').set('X-OTP-Proof', proof).expect(200);
    await request(url).get('/guarded').set('X-OTP-Proof', proof).expect(401);
    expect((await otps.history(id)).map(({ type }) => type)).toContain('consumed');
  });

  it('takes delivery reports', async () => {
    await test.simulator.reportsSettled();
    const { rows } = await test.database.query('SELECT DISTINCT delivery FROM otps');
    expect(rows).toEqual([{ delivery: 'delivered' }]);
  });

  it('sweeps, purges, reseals, erases and finds its tables in order', async () => {
    const { app, otps } = test;
    const mobile = nextMobile();
    await otps.request({ mobile });
    expect(await otps.erase(mobile)).toBe(1);
    await app.get(OtpSweeper).sweep();
    await app.get(OtpSweeper).guard();
    await app.get(OtpSweeper).purge();
    expect(await app.get(OtpPrivacy).reseal()).toEqual({ resealed: 0, unopened: 0 });
    expect(await app.get(OtpDoctor).examine()).toContainEqual(
      expect.objectContaining({ check: 'schema', state: 'ok' }),
    );
  });
});
