import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import {
  OnOtpEvent,
  otpConfig,
  OtpConfigError,
  OtpModule,
  OtpOptional,
  RequireOtp,
} from 'nestjs-ants-otp';
import type { OtpOptions } from 'nestjs-ants-otp';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import { OtpTestingModule } from 'nestjs-ants-otp/testing';
import { SECRET } from '../support/app.js';

/** Each form in which options are given to Nest, and what a boot then says. */

const PUBLISHED = 'replace-me-with-48-random-bytes-in-base64';
const GIVEN: OtpOptions = {
  username: 'shop',
  password: 'p4ssw0rd',
  otcId: 'F2A1',
  secret: SECRET,
  dailyBudget: false,
};

/** Stands in for the app's database: options are checked before anything is asked of it. */
@Module({
  providers: [{ provide: getDataSourceToken(), useValue: new DataSource({ type: 'postgres' }) }],
  exports: [getDataSourceToken()],
})
class DatabaseModule {}

async function errorOf(make: () => DynamicModule | object): Promise<OtpConfigError> {
  try {
    const module = make() as DynamicModule;
    const imports = [{ module: DatabaseModule, global: true }, module];
    await Test.createTestingModule({ imports }).compile();
  } catch (error) {
    if (error instanceof OtpConfigError) return error;
    throw new Error('The boot ended for another reason.', { cause: error });
  }
  throw new Error('These options were accepted.');
}

/** As plain JavaScript gives them. */
const loose = (options: object): OtpOptions => ({ ...GIVEN, ...options });
const FORMS: [form: string, make: (options: object) => DynamicModule][] = [
  ['forRoot', (options) => OtpModule.forRoot(loose(options))],
  ['forRootAsync', (options) => OtpModule.forRootAsync({ useFactory: () => loose(options) })],
  [
    'forRootAsync with a promise',
    (options) => OtpModule.forRootAsync({ useFactory: () => Promise.resolve(loose(options)) }),
  ],
  [
    'forRootAsync with a class',
    (options) => {
      class Factory {
        create(): OtpOptions {
          return loose(options);
        }
      }
      return OtpModule.forRootAsync({ useClass: Factory });
    },
  ],
];

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

describe.each(FORMS)('%s', (_, make) => {
  it('refuses a misspelled option, and names the nearest', async () => {
    const error = await errorOf(() => make({ maxAttemps: 3 }));
    expect(error.message).toBe(
      'OtpModule: there is no option "maxAttemps"; did you mean "maxAttempts"?',
    );
  });

  it('refuses an option in the wrong place', async () => {
    const error = await errorOf(() => make({ proof: { maxAttempts: 3 } }));
    expect(error.option).toBe('proof.maxAttempts');
    expect(error.message).toContain('"maxAttempts" belongs at the top level');
  });

  it('refuses false for the lock of wrong codes', async () => {
    expect((await errorOf(() => make({ lockout: false }))).option).toBe('lockout');
  });

  it('refuses a password with a line end, and does not show it', async () => {
    const error = await errorOf(() => make({ password: 'hunter2hunter2\n' }));
    expect(error.option).toBe('password');
    expect(error.message).not.toContain('hunter2');
  });

  it('refuses a published secret', async () => {
    const error = await errorOf(() => make({ secret: PUBLISHED }));
    expect(error.option).toBe('secret');
    expect(error.message).not.toContain(PUBLISHED);
  });

  it('refuses a weak secret in production', async () => {
    process.env.NODE_ENV = 'production';
    const error = await errorOf(() => make({ secret: 'a'.repeat(32) }));
    expect(error.message).toContain('option "secret" has fewer than 10 different characters');
    expect(error.message).not.toContain('aaaa');
  });
});

it.each(['test', 'development'])('NODE_ENV=%s allows a weak secret', async (nodeEnv) => {
  process.env.NODE_ENV = nodeEnv;
  const imports = [OtpTestingModule.forTest({ otp: { secret: 'a'.repeat(32) } })];
  await (await Test.createTestingModule({ imports }).compile()).close();
});

describe('what stands in the wrong place of forRootAsync', () => {
  const asyncly = (given: object, options: object = {}): DynamicModule =>
    OtpModule.forRootAsync({ ...given, useFactory: () => loose(options) });

  it.each<[option: string, make: () => object, advice: string]>([
    ['routes', () => asyncly({}, { routes: true }), '"routes" belongs beside useFactory'],
    ['ttl', () => asyncly({ ttl: 60 }), '"ttl" belongs in what useFactory returns'],
    ['database.uri', () => asyncly({ database: { uri: 'x' } }), 'did you mean "database.url"?'],
  ])('is refused, and told where it belongs: %s', async (option, make, advice) => {
    const error = await errorOf(make);
    expect(error.option).toBe(option);
    expect(error.message).toContain(advice);
  });
});

describe('beside the options of forRoot', () => {
  const beside = (extras: object): DynamicModule => OtpModule.forRoot({ ...GIVEN, ...extras });

  it.each<[option: string, extras: object]>([
    ['rotues', { rotues: true }],
    ['routes.path', { routes: {} }],
    ['routes', { routes: 'otp' }],
    ['routes.path', { routes: { path: 'otp\n' } }],
    ['webhook', { webhook: false }],
    ['webhook.path', { webhook: { path: ' reports' } }],
    ['webhook.path', { webhook: { path: 're ports' } }],
    ['isGlobal', { isGlobal: 'false' }],
    ['dataSource', { dataSource: 'second\n' }],
    ['name', { name: 'staff\n' }],
    ['database.url', { database: { url: 'postgres://user:hunter2@x/y\n' } }],
    ['database.schema', { database: { url: 'postgres://x/y', schema: '"otp"' } }],
    ['database.migrationsRun', { database: { url: 'postgres://x/y', migrationsRun: 'true' } }],
    ['database.retryAttempts', { database: { url: 'postgres://x/y', retryAttempts: '1' } }],
  ])('%s is refused: %j', async (option, extras) => {
    const error = await errorOf(() => beside(extras));
    expect(error.option).toBe(option);
    expect(error.message).not.toContain('hunter2');
  });
});

describe('the environment', () => {
  const set = (variables: Record<string, string>): void => {
    Object.assign(process.env, {
      ...{ ANTS_USERNAME: 'shop', ANTS_PASSWORD: 'p4ssw0rd', ANTS_OTC_ID: 'F2A1' },
      ...{ OTP_SECRET: SECRET, ...variables },
    });
  };

  it.each([
    ['OTP_ALLOW_INSECURE', '1', 'allowInsecure'],
    ['ANTS_PASSWORD', '"hunter2"', 'password'],
    ['OTP_SECRET', PUBLISHED, 'secret'],
    // As `set NODE_ENV=production && …` leaves it on Windows: no budget would be asked for.
    ['NODE_ENV', 'production ', 'NODE_ENV'],
  ])('stops the boot by its names: %s=%j', async (variable, value, option) => {
    set({ [variable]: value });
    const error = await errorOf(() => OtpModule.forRootAsync(otpConfig.asProvider()));
    expect(error.option).toBe(option);
    expect(error.message).toContain(option === 'secret' && value === PUBLISHED ? option : variable);
    expect(error.message).not.toContain('hunter2');
  });
});

describe('other options of this module', () => {
  @Injectable()
  class StaffGuard {
    canActivate(): boolean {
      return true;
    }
  }
  const guarded = { path: 'ops/otp', guards: [StaffGuard] };

  it.each<[option: string, make: () => object]>([
    ['@RequireOtp.maxage', () => RequireOtp('login', { maxage: 60 } as object)],
    ['@RequireOtp.optional', () => RequireOtp('login', { optional: true } as object)],
    ['@OtpOptional.reuze', () => OtpOptional('login', { reuze: true } as object)],
    ['@OnOtpEvent.nmae', () => OnOtpEvent('sent', { nmae: 'x' } as object)],
    [
      'console.unmaskGuard',
      () => OtpConsoleModule.forRoot({ ...guarded, unmaskGuard: [] } as never),
    ],
    [
      'console.actGuards',
      () => OtpConsoleModule.forRoot({ ...guarded, actGuards: false } as never),
    ],
    ['forTest.opt', () => OtpTestingModule.forTest({ opt: {} } as object)],
    ['forTest.maxAttempts', () => OtpTestingModule.forTest({ maxAttempts: 3 } as object)],
    ['forTest.database', () => OtpTestingModule.forTest({ database: {} } as object)],
  ])('%s is refused where it is given', async (option, make) => {
    expect((await errorOf(make)).option).toBe(option);
  });

  it('says what was probably meant, also at a route', () => {
    expect(() => {
      @Controller()
      class Orders {
        @Get()
        @RequireOtp('transfer', { maxage: 60 } as object)
        pay(): void {
          // Never called.
        }
      }
      return Orders;
    }).toThrow('there is no option "@RequireOtp.maxage"; did you mean "@RequireOtp.maxAge"?');
  });
});
