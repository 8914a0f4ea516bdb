import { OtpService } from 'nestjs-ants-otp';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { useSimulator } from './ants-environment.js';
import { adapterFromEnvironment, createApp } from './create-app.js';
import { createDemoDatabase } from './demo/demo-database.js';
import { HttpClient } from './demo/http-client.js';
import { login } from './demo/login.act.js';
import { replay } from './demo/replay.act.js';
import { showRows } from './demo/show-rows.js';
import { transfer } from './demo/transfer.act.js';
import { startPostgres } from './embedded-postgres.js';
import { freePort } from './free-port.js';
import { Teardown } from './teardown.js';

const teardown = new Teardown();

/** The whole job on a bare machine: PostgreSQL, ANTS (simulated) and the example app. */
async function main(): Promise<void> {
  const adapter = adapterFromEnvironment();
  const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
  teardown.add(() => postgres.stop());
  const database = await createDemoDatabase(postgres.url);
  teardown.add(() => database.drop());
  process.env.DATABASE_URL = database.url;

  const simulator = new AntsSimulator({ reports: 'manual' });
  const port = await freePort();
  await useSimulator(simulator, port);
  teardown.add(() => simulator.stop());

  const app = await createApp(adapter);
  teardown.add(() => app.close());
  await app.listen(port, '127.0.0.1');
  console.log(`PostgreSQL, a simulated ANTS and the example app (${adapter}) are running.`);

  const url = `http://127.0.0.1:${port}`;
  const cast = { url, http: new HttpClient(url), simulator, otps: app.get(OtpService) };
  const first = await login(cast);
  const second = await transfer(cast);
  await replay(cast, first);
  await showRows(
    database.url,
    [first, second].map(({ sms }) => sms.code),
  );
}

// 130: ended by Ctrl-C, as shells count it.
teardown.runOnSignals(130);
try {
  await main();
  await teardown.run();
  console.log('\ndemo: ok');
} catch (error) {
  console.error(`\ndemo: failed\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
  await teardown.run();
}
