import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module } from '@nestjs/common';
import type { INestApplicationContext, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import * as esm from '../index.js';
import { UsageError } from './command.js';
import type { OpenedApp } from './command.js';

/** Only what an operator should read stands beside a command's answer, on stderr. */
const QUIETLY: Pick<NestApplicationOptions, 'logger' | 'abortOnError'> = {
  logger: ['error', 'warn', 'fatal'],
  abortOnError: false,
};

/**
 * The app's own modules without listening, or, without a file, the module by the environment's names
 * (`DATABASE_URL`, `ANTS_…`, `OTP_…`).
 *
 * @param file the app's compiled root module, such as `dist/app.module.js`
 * @throws UsageError when the file exports no module; or what stops the boot
 */
export async function openApp(file: string | undefined): Promise<OpenedApp> {
  const root = file === undefined ? environmentModule() : await rootModule(file);
  const app = await NestFactory.createApplicationContext(root, QUIETLY);
  for (const library of [esm, ...cjsOf(file)])
    if (has(app, library.OtpService)) return { app, library };
  await app.close();
  throw new UsageError(`${file ?? 'The environment'} makes an app that does not import OtpModule.`);
}

function environmentModule(): Type<unknown> {
  const { DATABASE_URL: url } = process.env;
  if (!url)
    throw new UsageError(
      'Give --app <file> (your compiled root module, e.g. dist/app.module.js), or set DATABASE_URL and the ANTS_ and OTP_ variables.',
    );
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true }),
      esm.OtpModule.forRootAsync({
        useFactory: () => ({ ...esm.otpConfig(), sweepEvery: false as const }),
      }),
    ],
  })
  class EnvironmentModule {}
  return EnvironmentModule;
}

async function rootModule(file: string): Promise<Type<unknown>> {
  const found = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  const exported = { ...(found['default'] as object | undefined), ...found } as typeof found;
  const classes = Object.values(exported).filter((value) => typeof value === 'function');
  const root = exported['AppModule'] ?? (classes.length === 1 ? classes[0] : undefined);
  if (typeof root !== 'function')
    throw new UsageError(`${file} exports no AppModule and not exactly one class.`);
  return root as Type<unknown>;
}

/** A CommonJS app has the other build of this package, and its classes are other tokens. */
function cjsOf(file: string | undefined): (typeof esm)[] {
  if (file === undefined) return [];
  try {
    return [createRequire(resolve(file))('nestjs-ants-otp') as typeof esm];
  } catch {
    return [];
  }
}

function has(app: INestApplicationContext, token: Type<unknown>): boolean {
  try {
    app.get(token, { strict: false });
    return true;
  } catch {
    return false;
  }
}
