import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SQL } from '../../src/persistence/otp.sql.js';
import { Sweeper } from '../../src/service/sweeper.js';
import { OtpStore } from '../../src/ports/otp-store.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { startChildApp, stopChildApps } from '../support/child-app.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { OtpClient } from '../support/otp-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Faults that the crash tests once found. */
describe('what crashes and cuts once broke', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let database: TestDatabase;
  let proxy: TcpProxy;
  let t: TestApp;

  beforeAll(async () => {
    await simulator.start();
    database = await createMigratedDatabase();
    proxy = await TcpProxy.before(database.appUrl);
    t = await bootApp({ simulator, database: { ...database, appUrl: proxy.url } });
  });
  afterEach(async () => {
    proxy.reset();
    await stopChildApps();
  });
  afterAll(async () => {
    await t.close();
    await proxy.close();
    await simulator.stop();
    await database.drop();
  });
  const resendable = async () => {
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    await database.age('61 s');
    return { ...otp, mobile, code: simulator.codeFor(mobile) };
  };

  it('a connection that dies under a statement does not end the process', async () => {
    const child = await startChildApp({ databaseUrl: proxy.url, simulator });
    const client = new OtpClient(child.url);
    void proxy.cutAt('statement', SQL.reserveRequest);
    const { refused } = await client.request(nextMobile());
    client.close();
    expect(refused).toMatchObject({ code: 'unavailable' });
  });

  it('an old code that is checked while its resend is on the way does not end the OTP', async () => {
    const { id, ticket, mobile, code } = await resendable();
    const hold = simulator.hold('resendOTP');
    const resending = t.otps.resend(id, { ticket });
    await hold.arrived; // ANTS has forgotten the old OTP and sent the new code
    const old = await t.otps.verify(id, code, { ticket }).catch((error: unknown) => error);
    hold.release();
    await resending.catch(() => undefined);
    expect(old).toMatchObject({ code: 'wrong_code' });
    const newest = simulator.codeFor(mobile);
    expect(await t.otps.verify(id, newest, { ticket })).toMatchObject({ repeated: false });
  });

  it('a resend that a crash has cut off is not "sending" for ever', async () => {
    const { id, ticket, code } = await resendable();
    simulator.configure({ resendNewOtpId: false, resendNewCode: false });
    const child = await startChildApp({ databaseUrl: proxy.url, simulator });
    const hold = simulator.hold('resendOTP');
    void new OtpClient(child.url).resend(id, ticket).catch(() => undefined);
    await hold.arrived;
    await child.kill();
    hold.release();
    await t.otps.verify(id, code, { ticket });
    await database.age('601 s');
    await t.app.get(Sweeper).sweep();
    const sends = await t.app.get(OtpStore).sends(id);
    expect(sends.map(({ outcome }) => outcome)).toEqual(['sent', 'unknown']);
  });

  it('a Postgres that says nothing is a refusal after some seconds', async () => {
    proxy.pause();
    const call = t.otps.request({ mobile: nextMobile() }).catch((error: unknown) => error);
    const patience = setTimeout(10_000, 'hangs', { ref: false });
    expect(await Promise.race([call, patience])).toMatchObject({ code: 'unavailable' });
  });
});
