import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { outcomes } from '../support/outcomes.js';
import { until } from '../support/until.js';

/** What is refused must not happen later: Postgres itself gives up the wait for the row. */
describe('a call about an OTP whose row the app’s own transaction holds', () => {
  let simulator: AntsSimulator;
  let t: TestApp;
  beforeAll(async () => {
    simulator = recordedSimulator({ reports: 'manual' });
    await simulator.start();
    t = await bootApp({ poolSize: 5, simulator });
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  it('is refused with the reason in the log, and is not carried out after the commit', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
    const runner = t.app.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    await t.app.get(OtpProofs).consume(id, runner);
    const { refused } = await outcomes([t.otps.revoke(id)]);
    await runner.commitTransaction();
    const [setting] = (await runner.query('SHOW lock_timeout')) as { lock_timeout: string }[];
    await runner.release();
    expect(refused).toEqual(['unavailable']);
    expect(error.mock.calls.join()).toContain('Another transaction held a row of this module');
    await until('every other statement to end', async () => {
      const { rows } = await t.database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`,
      );
      return rows.length === 0;
    });
    const types = (await t.otps.history(id)).map(({ type }) => type);
    expect(types).toEqual(['requested', 'sent', 'verified', 'consumed']);
    // The app's own connection keeps its own patience.
    expect(setting?.lock_timeout).toBe('0');
    error.mockRestore();
  });
});
