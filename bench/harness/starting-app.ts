import { randomBytes } from 'node:crypto';
import 'reflect-metadata';
import { QUIET } from './quiet.js';

/**
 * A process of its own that starts one kind of app, tells how long that took and ends: `bare` is Nest alone,
 * `typeorm` has the DataSource that an app with a database has anyway, `peers` the other packages that the
 * module shares with its app, `otp` the module as well. Only what the kind needs is imported.
 */
const kind = process.argv[2] ?? 'bare';
const url = process.argv[3] ?? '';

const { Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');

const imports = [];
if (kind !== 'bare') {
  const { TypeOrmModule } = await import('@nestjs/typeorm');
  imports.push(TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true }));
}
if (kind === 'peers' || kind === 'otp') {
  const { HttpModule } = await import('@nestjs/axios');
  const { ConfigModule } = await import('@nestjs/config');
  await import('class-validator');
  imports.push(HttpModule.register({}), ConfigModule.forRoot());
}
if (kind === 'otp') {
  const { OtpModule } = await import('nestjs-ants-otp');
  imports.push(
    OtpModule.forRoot({
      ...{
        username: 'user',
        password: 'password',
        otcId: 'F2A1',
        secret: randomBytes(48).toString('base64'),
      },
      publicUrl: 'https://app.example.com',
      routes: true,
    }),
  );
}
@Module({ imports })
class RootModule {}
const app = await NestFactory.create(RootModule, QUIET);
await app.listen(0, '127.0.0.1');
const { heapUsed, rss } = process.memoryUsage();
process.stdout.write(
  JSON.stringify({ ms: performance.now(), cpu: process.cpuUsage().user / 1000, heapUsed, rss }),
);
await app.close();
