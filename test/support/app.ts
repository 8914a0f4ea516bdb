import { Module } from '@nestjs/common';
import type { DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { OtpModule, OtpService } from 'nestjs-ants-otp';
import type { OtpModuleExtras, OtpOptions } from 'nestjs-ants-otp';
import { Clock } from '../../src/ports/clock.js';
import { EVERYTHING } from './counts.js';
import { createMigratedDatabase, isPooled, migrate } from './database.js';
import type { TestDatabase } from './database.js';
import { freePort } from './free-port.js';
import { recordedSimulator } from './leaks/recorded-simulator.js';
import { runLog, textOf } from './leaks/run-log.js';
import { noteLog } from './leaks/run-record.js';
import { watchApp } from './leaks/watch-app.js';
import { noteCredentials } from './leaks/watch-otps.js';

export type AdapterName = 'express' | 'fastify';

/** For tests about what differs between the two. */
export const BOTH_ADAPTERS: readonly AdapterName[] = ['express', 'fastify'];
/** Both in `npm run test:all`, one in `npm test`. */
export const ADAPTERS: readonly AdapterName[] = EVERYTHING ? BOTH_ADAPTERS : ['express'];

export const SECRET = 'a-secret-of-the-tests-with-more-than-32-characters';

export interface BootOptions {
  adapter?: AdapterName;
  /** Instead of a new one of that name. */
  httpAdapter?: AbstractHttpAdapter;
  form?: 'forRoot' | 'forRootAsync';
  options?: Partial<OtpOptions>;
  extras?: OtpModuleExtras;
  controllers?: Type<unknown>[];
  providers?: Provider[];
  imports?: DynamicModule[];
  /** Sets the app up as its `main.ts` would, before it starts. */
  setUp?: (app: INestApplication) => void;
  /** Address of a proxy whose `X-Forwarded-For` the app believes. */
  trustedProxy?: string;
  /** Instead of the machine's own time. */
  clock?: Clock;
  /** `false`: with the tables as they are, as behind a pooler. */
  migrationsRun?: boolean;
  /** Connections in the app's pool. */
  poolSize?: number;
  /** Shared with another app and running, instead of its own. */
  database?: TestDatabase;
  simulator?: AntsSimulator;
}

/** A running app with its own database and its own ANTS. */
export interface TestApp {
  app: INestApplication;
  url: string;
  otps: OtpService;
  simulator: AntsSimulator;
  database: TestDatabase;
  close(): Promise<void>;
}

@Module({})
class RootModule {}

/** Starts a small app that imports the module as a user would, and listens on a free port. */
export async function bootApp(boot: BootOptions = {}): Promise<TestApp> {
  const database = boot.database ?? (await createMigratedDatabase());
  const simulator = boot.simulator ?? recordedSimulator();
  if (!boot.simulator) await simulator.start();
  const port = await freePort();
  const options: OtpOptions = {
    username: simulator.settings.username,
    password: simulator.settings.password,
    otcId: simulator.settings.otcIds[0]!,
    secret: SECRET,
    baseUrl: simulator.url,
    publicUrl: `http://127.0.0.1:${port}`,
    allowInsecure: true,
    sweepEvery: false,
    preparedStatements: !isPooled(),
    ...boot.options,
    onAlarm(alarm) {
      noteLog('alarm', textOf([alarm]));
      return boot.options?.onAlarm?.(alarm);
    },
  };
  noteCredentials(options);
  const root: DynamicModule = {
    module: RootModule,
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.appUrl,
        autoLoadEntities: true,
        migrations: otpMigrations,
        migrationsRun: boot.migrationsRun ?? !isPooled(),
        extra: { max: boot.poolSize ?? 20 },
      }),
      boot.form === 'forRootAsync'
        ? OtpModule.forRootAsync({ ...boot.extras, useFactory: () => options })
        : OtpModule.forRoot({ ...options, ...boot.extras }),
      ...(boot.imports ?? []),
    ],
    controllers: boot.controllers ?? [],
    providers: boot.providers ?? [],
  };
  const builder = Test.createTestingModule({ imports: [root] }).setLogger(runLog());
  if (boot.clock) builder.overrideProvider(Clock).useValue(boot.clock);
  let app: INestApplication | undefined;
  const cleanUp = async (): Promise<void> => {
    await app?.close();
    if (!boot.simulator) await simulator.stop();
    if (!boot.database) await database.drop();
  };
  try {
    if (isPooled()) await migrate(database.url);
    app = (await builder.compile()).createNestApplication(await adapterOf(boot));
    if (boot.trustedProxy !== undefined && boot.adapter !== 'fastify')
      (app as NestExpressApplication).set('trust proxy', boot.trustedProxy);
    watchApp(app, database);
    boot.setUp?.(app);
    await app.listen(port, '127.0.0.1');
  } catch (error) {
    noteLog('failed start', textOf([error]));
    await cleanUp();
    throw error;
  }
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    otps: app.get(OtpService),
    simulator,
    database,
    close: cleanUp,
  };
}

/** Loaded when it is used: most files of tests need one of the two, and each file loads its own. */
async function adapterOf({
  adapter,
  httpAdapter,
  trustedProxy,
}: BootOptions): Promise<AbstractHttpAdapter> {
  if (httpAdapter) return httpAdapter;
  if (adapter === 'fastify') {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter({ trustProxy: trustedProxy ?? false });
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}

let counter = Math.floor(Math.random() * 9_000_000);

/**
 * A Thai mobile number nobody else in this run uses. Neighbours differ in their first digits, or
 * the limit of a block of numbers would meet them; the simulator's magic numbers start with 0800000.
 */
export function nextMobile(): string {
  counter = (counter + 1) % 9_000_000;
  const worker = Number(process.env.JEST_WORKER_ID ?? 1) % 100;
  const block = 1_000 + (counter % 9_000);
  const rest = Math.floor(counter / 9_000);
  return `08${block}${String(worker).padStart(2, '0')}${String(rest % 100).padStart(2, '0')}`;
}
