import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module } from '@nestjs/common';
import type { NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getOtpToken, otpConfig, OtpModule, OtpService } from '../index.js';
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
 * @param instance the name of the `OtpModule` that is meant
 * @throws UsageError when the file exports no module, or an app without that `OtpModule`; or what stops the boot
 */
export async function openApp(
  file: string | undefined,
  instance: string | undefined,
): Promise<OpenedApp> {
  const root = file === undefined ? environmentModule() : await rootModule(file);
  const app = await NestFactory.createApplicationContext(root, QUIETLY);
  // By the token's text: a CommonJS app has the other build of this package, with classes of its own.
  const service: OpenedApp['service'] = (type) =>
    app.get(getOtpToken(instance, type), { strict: false });
  if (has(service, OtpService)) return { app, service };
  await app.close();
  const named = instance === undefined ? 'without a name' : `of the name "${instance}"`;
  throw new UsageError(
    `${file ?? 'The environment'} makes an app that does not import an OtpModule ${named}.`,
  );
}

function environmentModule(): Type<unknown> {
  const { DATABASE_URL: url } = process.env;
  if (!url)
    throw new UsageError(
      'Give --app <file> (your compiled root module, e.g. dist/app.module.js), or set DATABASE_URL and the ANTS_ and OTP_ variables (a .env file is not read).',
    );
  @Module({
    imports: [
      OtpModule.forRootAsync({
        database: { url, schema: process.env.OTP_SCHEMA || undefined, retryAttempts: 1 },
        useFactory: () => ({ ...otpConfig(), sweepEvery: false }),
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

function has(service: OpenedApp['service'], type: Type<unknown>): boolean {
  try {
    service(type);
    return true;
  } catch {
    return false;
  }
}
