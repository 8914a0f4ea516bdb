import { ValidationPipe } from '@nestjs/common';
import type { INestApplication, LogLevel, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export type AdapterName = 'express' | 'fastify';

/** The adapter that the environment variable `ADAPTER` names. */
export function adapterFromEnvironment(): AdapterName {
  const name = process.env.ADAPTER || 'express';
  if (name !== 'express' && name !== 'fastify')
    throw new Error(`ADAPTER must be "express" or "fastify", got "${name}".`);
  return name;
}

/** The whole example app, ready to listen. The environment must be complete by now. */
export async function createApp(
  adapter: AdapterName,
  logger: LogLevel[] = ['warn', 'error', 'fatal'],
): Promise<INestApplication> {
  // Loaded late: `TypeOrmModule.forRoot` reads DATABASE_URL while this module is evaluated.
  const { AppModule } = await import('./app.module.js');
  // A boot that fails throws, so that `main.ts` can say why and stop what it has started.
  const options: Pick<NestApplicationOptions, 'logger' | 'abortOnError'> = {
    logger,
    abortOnError: false,
  };
  const app = await NestFactory.create(
    AppModule,
    adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
    options,
  );
  app.useGlobalPipes(
    new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
  );
  return app;
}
