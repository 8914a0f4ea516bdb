import { registerAs } from '@nestjs/config';
import type { OtpOptions } from './options/otp.options.js';

/**
 * The environment as options: `OtpModule.forRootAsync(otpConfig.asProvider())`. Reads `ANTS_USERNAME`,
 * `ANTS_PASSWORD`, `ANTS_OTC_ID`, `OTP_SECRET` and, where set, the other variables of docs/options.md and
 * `.env.example`; an empty one counts as none. Missing values are reported by the module's own check at boot.
 */
export const otpConfig = registerAs('otp', (): OtpOptions => {
  const env = (name: string): string | undefined => process.env[name] || undefined;
  return {
    username: env('ANTS_USERNAME'),
    password: env('ANTS_PASSWORD'),
    token: env('ANTS_TOKEN'),
    otcId: env('ANTS_OTC_ID'),
    secret: env('OTP_SECRET'),
    secrets: env('OTP_SECRETS')
      ?.split(',')
      .map((secret) => secret.trim()),
    lookupSecret: env('OTP_LOOKUP_SECRET'),
    formerLookupSecrets: env('OTP_FORMER_LOOKUP_SECRETS')
      ?.split(',')
      .map((secret) => secret.trim()),
    publicUrl: env('OTP_PUBLIC_URL'),
    baseUrl: env('ANTS_BASE_URL'),
    proxy: env('ANTS_PROXY'),
    webhookAuth: credential(env('OTP_WEBHOOK_AUTH')),
    webhookAddresses: env('OTP_WEBHOOK_ADDRESSES')
      ?.split(',')
      .map((address) => address.trim()),
    dailyBudget: budget(env('OTP_DAILY_BUDGET')),
    allowInsecure: env('OTP_ALLOW_INSECURE') === 'true',
  };
});

/** Whether the app runs for real: then an SMS budget must be chosen. */
export const inProduction = (): boolean => process.env['NODE_ENV'] === 'production';

/** As HTTP Basic writes it: the first colon ends the user name. */
function credential(text: string | undefined): OtpOptions['webhookAuth'] {
  if (text === undefined) return undefined;
  const [username = '', ...rest] = text.split(':');
  return { username, password: rest.join(':') };
}

function budget(text: string | undefined): number | false | undefined {
  if (text === undefined) return undefined;
  return text === 'false' ? false : Number(text);
}
