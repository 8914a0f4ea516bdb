import { parseArgs } from 'node:util';
import { ConfigModule } from '@nestjs/config';
import { otpConfig, OtpSettings } from 'nestjs-ants-otp';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { hasNoAccount, missingVariables, useSimulator } from './ants-environment.js';
import { adapterFromEnvironment, createApp } from './create-app.js';
import { startPostgres } from './embedded-postgres.js';
import { freePort } from './free-port.js';
import { PhoneService } from './phone/phone.service.js';
import { printMessages } from './phone/print-messages.js';
import { Teardown } from './teardown.js';

const teardown = new Teardown();

async function main(): Promise<void> {
  // Reads `.env` as the app will: what is missing must be known before anything is started.
  await ConfigModule.forRoot();
  const adapter = adapterFromEnvironment();
  const port = await portToUse();
  const simulated = hasNoAccount();
  const missing = simulated ? [] : missingVariables();
  if (missing.length > 0)
    throw new Error(
      `Missing in .env or the environment: ${missing.join(', ')}. ` +
        'Set them to use the real ANTS, or remove every ANTS_ variable to use a simulated one.',
    );
  // A bad value is named now, not by a half-started app.
  if (!simulated) new OtpSettings(otpConfig(), process.env.NODE_ENV);

  const postgres = await startPostgres({ databaseUrl: process.env.DATABASE_URL });
  teardown.add(() => postgres.stop());
  process.env.DATABASE_URL = postgres.url;
  const simulator = simulated ? await startSimulator(port) : null;

  const app = await createApp(adapter);
  teardown.add(() => app.close());
  if (simulator) app.get(PhoneService, { strict: false }).connect(simulator);
  await app.listen(port, '127.0.0.1');
  console.log(
    simulated
      ? 'ANTS is simulated: every SMS is shown on the page and printed here.'
      : 'Using the real ANTS.',
  );
  if (!process.env.OTP_PUBLIC_URL)
    console.log('OTP_PUBLIC_URL is not set: no delivery reports will come.');
  console.log(`Sign in at http://127.0.0.1:${port} (Ctrl-C stops).`);
}

async function startSimulator(port: number): Promise<AntsSimulator> {
  // Late enough that the page can be seen to follow the report.
  const simulator = new AntsSimulator({ reports: 'late', reportDelayMs: 1_500 });
  await useSimulator(simulator, port);
  teardown.add(() => simulator.stop());
  teardown.add(printMessages(simulator));
  return simulator;
}

/** `--port`, else `PORT`, else 3000; 0 takes a free one. */
async function portToUse(): Promise<number> {
  // `nest start --no-shell` hands its arguments over with the quotes that a shell would remove.
  const args = process.argv.slice(2).map((arg) => arg.replace(/^"(.*)"$/, '$1'));
  const { values } = parseArgs({ args, options: { port: { type: 'string' } } });
  const given = values.port ?? (process.env.PORT || '3000');
  const port = Number(given);
  if (!/^\d+$/.test(given) || port > 65_535)
    throw new Error(`The port must be a whole number from 0 to 65535, got "${given}".`);
  return port === 0 ? freePort() : port;
}

teardown.runOnSignals(0);
main().catch(async (error: unknown) => {
  // The sentence says what to do; a stack would only hide it.
  console.error(error instanceof Error ? error.message : error);
  await teardown.run();
  process.exit(1);
});
