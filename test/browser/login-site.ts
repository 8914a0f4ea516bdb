import type { INestApplication } from '@nestjs/common';
import { OtpService } from 'nestjs-ants-otp';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import { useSimulator } from '../../example/ants-environment.js';
import { createApp } from '../../example/create-app.js';
import type { AdapterName } from '../../example/create-app.js';
import { PhoneService } from '../../example/phone/phone.service.js';
import { createDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { watchApp } from '../support/leaks/watch-app.js';

/** The example app, as `npm start` runs it. */
export interface LoginSite {
  url: string;
  database: TestDatabase;
  /** The app's own service, to bring about in a moment what takes a person long. */
  otps: OtpService;
  close(): Promise<void>;
}

let database: Promise<TestDatabase> | undefined;

/** Starts it on one adapter; all of a file share a database, whose address the example reads only once. */
export async function startSite(
  adapter: AdapterName,
  simulator: AntsSimulator,
): Promise<LoginSite> {
  database ??= createDatabase();
  const ready = await database;
  process.env.DATABASE_URL = ready.url;
  const port = await freePort();
  await useSimulator(simulator, port);
  const app: INestApplication = await createApp(adapter, []);
  watchApp(app, ready);
  app.get(PhoneService, { strict: false }).connect(simulator);
  await app.listen(port, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    database: ready,
    otps: app.get(OtpService, { strict: false }),
    async close() {
      await app.close();
      await simulator.stop();
    },
  };
}

/** After the last site of a file. */
export async function dropSites(): Promise<void> {
  await (await database)?.drop();
}
