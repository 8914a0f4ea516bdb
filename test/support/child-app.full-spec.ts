import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { nextMobile } from './app.js';
import { startChildApp, stopChildApps } from './child-app.js';
import { createMigratedDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { recordedSimulator } from './leaks/recorded-simulator.js';
import { accepted, OtpClient } from './otp-client.js';

describe('an app in a process of its own', () => {
  const simulator = recordedSimulator();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    await simulator.start();
  });
  afterEach(stopChildApps);
  afterAll(async () => {
    await simulator.stop();
    await database.drop();
  });
  const start = (port?: number) => startChildApp({ databaseUrl: database.appUrl, simulator, port });

  it('serves an OTP from its request to its proof, and is told of the delivery', async () => {
    const child = await start();
    const client = new OtpClient(child.url);
    const mobile = nextMobile();
    const { id, ticket } = accepted(await client.request(mobile));
    await simulator.reportsSettled();
    expect(accepted(await client.status(id, ticket))).toMatchObject({ delivery: 'delivered' });
    const { proof } = accepted(await client.verify(id, simulator.codeFor(mobile), ticket));
    accepted(await client.openVault(proof));
    expect((await client.openVault(proof)).refused).toMatchObject({ code: 'proof_consumed' });
    client.close();
  });

  it('is killed, and another takes its port', async () => {
    const child = await start();
    expect(await child.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await start(child.port)).url).toBe(child.url);
  });

  it('ends with 0 after SIGTERM', async () => {
    const child = await start();
    child.terminate();
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('tells what it printed when it does not start', async () => {
    const failing = startChildApp({
      ...{ databaseUrl: database.appUrl, simulator },
      options: { secret: 'short' },
    });
    await expect(failing).rejects.toThrow('option "secret"');
  });
});
