import { createHash } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { DynamicModule, INestApplication, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OtpModule } from 'nestjs-ants-otp';
import type { OtpOptions } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { adapterOf } from '../harness/adapter.js';
import type { AdapterName } from '../harness/adapter.js';
import { QUIET } from '../harness/quiet.js';

export interface ModuleAppOptions {
  adapter: AdapterName;
  databaseUrl: string;
  antsUrl: string;
  /** @default a free one */
  port?: number;
  otp?: Partial<OtpOptions>;
}

@Module({})
class RootModule {}

/** The same in each process: rows are looked up by it. */
const SECRET = createHash('sha256').update('bench').digest('base64');

/** A listening app with the ready routes and every option at its default, but for what a bench needs. */
export async function startModuleApp(
  options: ModuleAppOptions,
  providers: Provider[] = [],
  imports: DynamicModule[] = [],
): Promise<INestApplication> {
  const { adapter, databaseUrl: url, antsUrl: baseUrl, port = 0, otp } = options;
  const root = {
    module: RootModule,
    imports: [
      TypeOrmModule.forRoot({
        ...{ type: 'postgres', url, autoLoadEntities: true },
        ...{ migrations: otpMigrations, migrationsRun: true },
      }),
      OtpModule.forRoot({
        ...{ username: 'bench', password: 'bench', baseUrl, allowInsecure: true },
        ...{
          otcId: '5F0C7A4E-6B1D-4E0B-9C55-2A7D1E8F3B60',
          secret: SECRET,
        },
        ...{ publicUrl: 'https://app.example.com', dailyBudget: false, routes: true },
        // What runs beside the requests would only add noise, and a resend is to wait no minute.
        ...{ sweepEvery: false, cooldown: [1] },
        ...otp,
      }),
      ...imports,
    ],
    providers,
  };
  const app = await NestFactory.create(root, adapterOf(adapter), QUIET);
  await app.listen(port, '127.0.0.1');
  return app;
}
