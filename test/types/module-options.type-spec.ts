import { ConfigService } from '@nestjs/config';
import { otpConfig, OtpModule } from 'nestjs-ants-otp';
import type { OtpOptions } from 'nestjs-ants-otp';

/** Compiled by `npm run lint` and never run: what is accepted, and which typo is an error (`@ts-expect-error`). */

const options: OtpOptions = { username: 'u', password: 'p', otcId: 'o', secret: 's' };
class Factory {
  create(): OtpOptions {
    return options;
  }
}
const config: OtpOptions = otpConfig();

export const ACCEPTED = [
  OtpModule.forRoot(options),
  OtpModule.forRoot({ ...options, routes: true, purposes: { login: { ttl: 60 } } }),
  OtpModule.forRoot({
    ...config,
    routes: { path: 'otp' },
    auth: 'basic',
    proof: { from: 'cookie', subject: (context) => context.getType() },
    cooldown: [60, 120],
    retention: 'pdpa-short',
    limits: [{ name: 'a', key: ({ mobile }) => mobile, max: 1, per: 1 }],
    beforeSend: ({ context }) => (context['fine'] === true ? 'allow' : 'deny'),
    database: { url: undefined, ssl: { rejectUnauthorized: true } },
  }),
  OtpModule.forRootAsync(otpConfig.asProvider()),
  OtpModule.forRootAsync({ ...otpConfig.asProvider(), routes: true }),
  OtpModule.forRootAsync({ useClass: Factory, routes: true }),
  OtpModule.forRootAsync({ useExisting: Factory }),
  OtpModule.forRootAsync({ useFactory: () => options }),
  OtpModule.forRootAsync({ useFactory: async () => Promise.resolve(options) }),
  OtpModule.forRootAsync({
    useFactory: () => ({ ...otpConfig(), sweepEvery: false, purposes: { login: {} } }),
  }),
  OtpModule.forRootAsync({
    inject: [ConfigService],
    useFactory: async (service: ConfigService) => ({
      ...options,
      username: await Promise.resolve(service.get<string>('USER')),
      auth: 'basic',
      proof: { from: 'header' },
      retention: false,
      conversionGuard: { mode: 'monitor' },
      sendLimit: false,
      beforeSend: ({ ip }) => (ip === null ? 'allow' : { challenge: 'captcha' }),
      testNumbers: [{ mobile: '0812345678', code: '424242', validUntil: new Date(0) }],
    }),
  }),
];

const misspelled = { ...options, maxAttemps: 3 };
const inPurpose = { ...options, purposes: { login: { ttll: 60 } } };
const rule = { name: 'a', key: () => '', max: 1, per: 1, window: 1 };

export const REFUSED = [
  // @ts-expect-error -- a misspelled option
  OtpModule.forRoot({ username: 'u', maxAttemps: 3 }),
  // @ts-expect-error -- the same beside a spread
  OtpModule.forRoot({ ...options, maxAttemps: 3 }),
  // @ts-expect-error -- the same in a variable
  OtpModule.forRoot(misspelled),
  // @ts-expect-error -- in a purpose
  OtpModule.forRoot({ ...options, purposes: { login: { ttll: 60 } } }),
  // @ts-expect-error -- the same in a variable
  OtpModule.forRoot(inPurpose),
  // @ts-expect-error -- in the wrong place
  OtpModule.forRoot({ ...options, proof: { maxAttempts: 3 } }),
  // @ts-expect-error -- in a list
  OtpModule.forRoot({ ...options, limits: [rule] }),
  // @ts-expect-error -- in what stands beside the options
  OtpModule.forRoot({ ...options, webhook: { pth: 'x' } }),
  // @ts-expect-error -- what cannot be turned off
  OtpModule.forRoot({ ...options, lockout: false }),
  // @ts-expect-error -- in what a factory returns
  OtpModule.forRootAsync({ useFactory: () => ({ maxAttemps: 3 }) }),
  // @ts-expect-error -- the same beside a spread
  OtpModule.forRootAsync({ useFactory: () => ({ ...otpConfig(), maxAttemps: 3 }) }),
  // @ts-expect-error -- the same in a variable
  OtpModule.forRootAsync({ useFactory: () => misspelled }),
  // @ts-expect-error -- the same as a promise
  OtpModule.forRootAsync({ useFactory: () => Promise.resolve(misspelled) }),
  // @ts-expect-error -- in a purpose
  OtpModule.forRootAsync({ useFactory: () => inPurpose }),
  OtpModule.forRootAsync({
    // @ts-expect-error -- in an async function
    useFactory: async (service: ConfigService) => {
      const secret = await Promise.resolve(service.get<string>('SECRET'));
      return { ...options, secret, ttll: 60 };
    },
  }),
  OtpModule.forRootAsync({
    // @ts-expect-error -- a value of another type
    useFactory: () => ({ ...options, maxAttempts: '3' }),
  }),
  // @ts-expect-error -- what stands beside the factory
  OtpModule.forRootAsync({ useFactory: () => ({ ...options, routes: true }) }),
  // @ts-expect-error -- an option beside the factory
  OtpModule.forRootAsync({ useFactory: () => options, ttl: 60 }),
  // @ts-expect-error -- a misspelled name beside the factory
  OtpModule.forRootAsync({ ...otpConfig.asProvider(), rotues: true }),
];
