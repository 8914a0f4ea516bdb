import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OnOtpEvent, OtpModule } from 'nestjs-ants-otp';
import type { AnyOtpEvent, OtpOptions } from 'nestjs-ants-otp';
import { freePort } from '../support/free-port.js';
import { VaultController } from '../support/vault.controller.js';

/** What `support/child-app.ts` tells this process. */
export interface WorkerOptions {
  databaseUrl: string;
  poolSize: number;
  /** @default a free one */
  port?: number;
  otp: OtpOptions;
  /** When its handler of every event ends. @default it has none */
  handler?: 'at once' | 'at SIGTERM' | 'never';
}

/** A production-like app in a process of its own: it can be killed, and told to stop. */
const worker = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const port = worker.port ?? (await freePort());

const told = worker.handler === 'at SIGTERM' ? once(process, 'SIGTERM') : undefined;

/** Prints `handles <eventId>` for each call. */
@Injectable()
class Handler {
  @OnOtpEvent('*', { name: 'handler' })
  async on({ eventId }: AnyOtpEvent): Promise<void> {
    console.log(`handles ${eventId}`);
    await told;
    if (worker.handler === 'never') await new Promise(() => undefined);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: worker.databaseUrl,
      autoLoadEntities: true,
      extra: { max: worker.poolSize },
    }),
    OtpModule.forRoot({
      ...worker.otp,
      publicUrl: `http://127.0.0.1:${port}`,
      routes: true,
    }),
  ],
  controllers: [VaultController],
  providers: worker.handler ? [Handler] : [],
})
class WorkerModule {}

// Nobody is left to talk to when the test run has died.
process.stdin.resume().on('close', () => process.exit(1));
const app = await NestFactory.create(WorkerModule);
app.useLogger(['error', 'warn']);
// With code 0 when every hook is through, instead of dying by the signal.
app.enableShutdownHooks([], { useProcessExit: true });
// Idle connections stay open: one that ends just as the test's client uses it again is a lost call.
(app.getHttpServer() as Server).keepAliveTimeout = 0;
await app.listen(port, '127.0.0.1');
console.log(`ready ${port}`);
