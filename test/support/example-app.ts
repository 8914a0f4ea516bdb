import { afterAll, beforeAll } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { useSimulator } from '../../example/ants-environment.js';
import { createApp } from '../../example/create-app.js';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { AdapterName } from './app.js';
import { createDatabase } from './database.js';
import type { TestDatabase } from './database.js';
import { freePort } from './free-port.js';
import { watchApp } from './leaks/watch-app.js';

export interface ExampleApp {
  app: INestApplication;
  url: string;
  database: TestDatabase;
}

/** One for all: the example reads DATABASE_URL once, when its root module is loaded. */
let shared: Promise<TestDatabase> | undefined;
afterAll(async () => {
  await (await shared)?.drop();
});

/**
 * Gives the example of this test file a database, and takes its environment back at the end.
 *
 * @returns what starts the example on an adapter
 */
export function useExample(): (
  adapter: AdapterName,
  simulator: AntsSimulator,
) => Promise<ExampleApp> {
  const environment = { ...process.env };
  let database: TestDatabase;
  beforeAll(async () => {
    database = await (shared ??= createDatabase());
    process.env.DATABASE_URL = database.url;
  });
  afterAll(() => {
    for (const name of Object.keys(process.env))
      if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, environment);
  });
  return async (adapter, simulator) => {
    const port = await freePort();
    await useSimulator(simulator, port);
    const app = await createApp(adapter, []);
    watchApp(app, database);
    await app.listen(port, '127.0.0.1');
    return { app, url: `http://127.0.0.1:${port}`, database };
  };
}
