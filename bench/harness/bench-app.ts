import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { OtpModule, OtpService } from 'nestjs-ants-otp';
import type { OtpOptions } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { AntsSimulatorOptions } from 'nestjs-ants-otp/testing';
import { Teardown } from '../../example/teardown.js';
import { startBenchDatabase } from './bench-database.js';
import { QUIET } from './quiet.js';

/** A running app with the ready routes, on Express, with a PostgreSQL and an ANTS of its own. */
export interface BenchApp {
  url: string;
  otps: OtpService;
  simulator: AntsSimulator;
  close(): Promise<void>;
}

@Module({})
class RootModule {}

export async function startBenchApp(
  options: Partial<OtpOptions> = {},
  controllers: Type<unknown>[] = [],
  ants: AntsSimulatorOptions = {},
): Promise<BenchApp> {
  const teardown = new Teardown();
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const simulator = new AntsSimulator({ reports: 'manual', ...ants });
    const baseUrl = await simulator.start();
    teardown.add(() => simulator.stop());
    const { username, password, otcIds } = simulator.settings;
    const root: DynamicModule = {
      module: RootModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: databaseUrl,
          autoLoadEntities: true,
          migrations: otpMigrations,
          migrationsRun: true,
        }),
        OtpModule.forRoot({
          ...{ username, password, otcId: otcIds[0] ?? '', baseUrl, allowInsecure: true },
          secret: randomBytes(32).toString('base64url'),
          // What runs beside the requests would only add noise.
          sweepEvery: false,
          routes: true,
          ...options,
        }),
      ],
      controllers,
    };
    const app = await NestFactory.create(root, QUIET);
    teardown.add(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return { url, otps: app.get(OtpService), simulator, close: () => teardown.run() };
  } catch (error) {
    await teardown.run();
    throw error;
  }
}
