import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { OtpService } from 'nestjs-ants-otp';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { times } from '../support/counts.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { violations } from '../support/invariants.js';
import { freePort } from '../support/free-port.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { outcomes } from '../support/outcomes.js';
import { findPgBouncer, sameDatabase, startPgBouncer } from '../support/pgbouncer.js';
import type { PgBouncer } from '../support/pgbouncer.js';

const required = process.env.OTP_TEST_PGBOUNCER === 'required';
const installed = findPgBouncer() !== null;
if (!installed && !required)
  console.log('PgBouncer is not installed (apt-get install pgbouncer): its tests are skipped.');

(installed || required ? describe : describe.skip)('behind PgBouncer in transaction mode', () => {
  const simulator = recordedSimulator({ latencyMs: [0, 12], seed: 3, reports: 'manual' });
  let direct: TestDatabase;
  const poolers: PgBouncer[] = [];
  const apps: TestApp[] = [];

  beforeAll(async () => {
    await simulator.start();
    direct = await createMigratedDatabase();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    for (const pooler of poolers.splice(0)) await pooler.stop();
  });
  afterAll(async () => {
    const left = await violations({ database: direct, simulator });
    await simulator.stop();
    await direct.drop();
    expect(left).toEqual([]);
  });

  /** Apps that share the pooler's few connections. */
  const boot = async (
    connections: number,
    count: number,
    options: BootOptions['options'],
    poolSize = 20,
  ): Promise<OtpService[]> => {
    const pooler = await startPgBouncer(direct.url, await freePort(), connections);
    poolers.push(pooler);
    const database = { ...direct, appUrl: sameDatabase(pooler.url, direct.url) };
    for (let n = 0; n < count; n++)
      apps.push(await bootApp({ database, simulator, options, poolSize }));
    return apps.map(({ otps }) => otps);
  };
  const unnamed = { preparedStatements: false };

  it('serves an OTP from its request to the use of its proof', async () => {
    const [otps] = await boot(2, 1, unnamed);
    const mobile = nextMobile();
    const { id, ticket } = await otps!.request({ mobile, subject: 'user-7' });
    const first = simulator.codeFor(mobile);
    const wrong = first === '000000' ? '111111' : '000000';
    await expect(otps!.verify(id, wrong, { ticket })).rejects.toMatchObject({
      ...{ code: 'wrong_code', attemptsLeft: 4 },
    });
    await direct.age('61 s');
    await otps!.resend(id, { ticket });
    expect(await simulator.report(simulator.lastSms(mobile)!)).toEqual([200]);
    const done = await otps!.verify(id, simulator.codeFor(mobile), { ticket });
    expect(done).toMatchObject({ repeated: false, subject: 'user-7' });
    await apps[0]!.app.get(OtpProofs).consume(id);
    expect((await otps!.history(id)).map(({ type }) => type)).toEqual([
      ...['requested', 'sent', 'wrong_code', 'resend_requested', 'resent'],
      ...['delivered', 'verified', 'consumed'],
    ]);
    expect(await otps!.find({ subject: 'user-7' })).toHaveLength(1);
  });

  it('keeps its promises in races of two apps over five connections', async () => {
    const otps = await boot(5, 2, unnamed);
    const parallel = <T>(count: number, call: (service: OtpService) => Promise<T>) =>
      outcomes(Array.from({ length: count }, (_, at) => call(otps[at % 2]!)));
    for (let n = 0; n < times(2, 100); n++) {
      const mobile = nextMobile();
      const asked = await parallel(50, (service) => service.request({ mobile }));
      expect(asked.done).toHaveLength(1);
      expect(new Set(asked.refused)).toEqual(new Set(['cooldown']));
      expect(simulator.messages(mobile)).toHaveLength(1);

      const { id, ticket } = asked.done[0]!;
      const code = simulator.codeFor(mobile);
      const checked = await parallel(8, (service) => service.verify(id, code, { ticket }));
      expect(checked.refused).toEqual([]);
      expect(checked.done.filter(({ repeated }) => !repeated)).toHaveLength(1);
    }
  });

  it('does not work with named statements: the log says why, nothing is sent', async () => {
    const [one, two] = await boot(1, 2, { preparedStatements: true }, 1);
    await one!.request({ mobile: nextMobile() });
    const before = simulator.requests.length;
    const logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    try {
      // The pooler gives it the connection on which the other app has prepared the same statement.
      await expect(two!.request({ mobile: nextMobile() })).rejects.toMatchObject({
        ...{ code: 'unavailable' },
      });
      expect(String(logged.mock.calls[0]![0])).toMatch(
        /prepared statement "otp_\w+" already exists/,
      );
    } finally {
      logged.mockRestore();
    }
    expect(simulator.requests).toHaveLength(before);
  });
});
