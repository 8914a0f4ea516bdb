import { Logger } from '@nestjs/common';
import { registerAs } from '@nestjs/config';
import { tidy } from './options/checks.js';
import { OtpConfigError } from './options/config-error.js';
import { nearestName } from './options/nearest-name.js';
import type { OtpOptions } from './options/otp.options.js';
import { LogEntry } from './ports/log-entry.js';

/**
 * The environment as options: `OtpModule.forRootAsync(otpConfig.asProvider())`. Reads `ANTS_USERNAME`,
 * `ANTS_PASSWORD`, `ANTS_OTC_ID`, `OTP_SECRET` and, where set, the other variables of docs/options.md and
 * `.env.example`; an empty one counts as none. Missing values are reported by the module's own check at boot.
 *
 * @throws OtpConfigError for a value with blanks, line ends or quotes around it, and for a boolean or a number
 *   that is none
 */
export const otpConfig = registerAs('otp', (): OtpOptions => {
  const options = environment();
  warnOfMisspelled();
  return options;
});

const environment = (): OtpOptions => ({
  username: read('username', 'ANTS_USERNAME'),
  password: read('password', 'ANTS_PASSWORD'),
  token: read('token', 'ANTS_TOKEN'),
  otcId: read('otcId', 'ANTS_OTC_ID'),
  secret: read('secret', 'OTP_SECRET'),
  secrets: list(read('secrets', 'OTP_SECRETS')),
  lookupSecret: read('lookupSecret', 'OTP_LOOKUP_SECRET'),
  formerLookupSecrets: list(read('formerLookupSecrets', 'OTP_FORMER_LOOKUP_SECRETS')),
  publicUrl: read('publicUrl', 'OTP_PUBLIC_URL'),
  baseUrl: read('baseUrl', 'ANTS_BASE_URL'),
  proxy: read('proxy', 'ANTS_PROXY'),
  webhookAuth: credential(read('webhookAuth', 'OTP_WEBHOOK_AUTH')),
  webhookAddresses: list(read('webhookAddresses', 'OTP_WEBHOOK_ADDRESSES')),
  dailyBudget: parsed('dailyBudget', 'OTP_DAILY_BUDGET', BUDGET),
  allowInsecure: parsed('allowInsecure', 'OTP_ALLOW_INSECURE', BOOLEAN) ?? false,
});

/** Every variable that is read: those above, and that of the commands. */
const known = new Set(['OTP_SCHEMA']);
/** Letters that may differ in a misspelled variable; with more, it is probably the app's own. */
const MISSPELLED_LETTERS = 2;

/** A misspelled variable would be ignored without a word. It is no error: it may be the app's own. */
function warnOfMisspelled(): void {
  for (const variable of Object.keys(process.env)) {
    if (!/^(?:ANTS|OTP)_/.test(variable) || known.has(variable)) continue;
    const meant = nearestName(variable, [...known], MISSPELLED_LETTERS);
    if (meant === null || process.env[meant]) continue;
    const name = variable.slice(0, 64);
    new Logger('OtpModule').warn(
      new LogEntry(`The variable ${name} is not read; did you mean ${meant}?`, {
        ...{ event: 'variable_unknown', variable: name, meant },
      }),
    );
  }
}

/**
 * What decides whether a budget must be set and whether a weak secret is allowed.
 *
 * @throws OtpConfigError for a value with blanks, line ends or quotes around it: it would be no `production`
 */
export function nodeEnv(): string | undefined {
  const value = process.env['NODE_ENV'];
  return value ? tidy('NODE_ENV', value, 'variable NODE_ENV') : value;
}

/** The value of a variable; an empty one is none. */
function read(option: keyof OtpOptions, variable: string): string | undefined {
  known.add(variable);
  const value = process.env[variable];
  return value ? tidy(option, value, `variable ${variable} (option "${option}")`) : undefined;
}

function list(value: string | undefined): string[] | undefined {
  return value?.split(',').map((entry) => entry.trim());
}

/** As HTTP Basic writes it: the first colon ends the user name. */
function credential(value: string | undefined): OtpOptions['webhookAuth'] {
  if (value === undefined) return undefined;
  const [username = '', ...rest] = value.split(':');
  return { username, password: rest.join(':') };
}

/** How the text of a variable is read; `undefined` for a text that is not allowed. */
interface Reading<T> {
  allowed: string;
  of: (value: string) => T | undefined;
}

const BOOLEAN: Reading<boolean> = {
  allowed: 'true or false',
  of: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
};

const BUDGET: Reading<number | false> = {
  allowed: 'a whole number in digits alone, such as 5000, or false',
  of: (value) => (value === 'false' ? false : /^\d+$/.test(value) ? Number(value) : undefined),
};

function parsed<T>(
  option: keyof OtpOptions,
  variable: string,
  { allowed, of }: Reading<T>,
): T | undefined {
  const value = read(option, variable);
  if (value === undefined) return undefined;
  const given = of(value);
  if (given === undefined)
    throw new OtpConfigError(
      option,
      `variable ${variable} (option "${option}") must be ${allowed}, got ${value.length} characters (not shown).`,
    );
  return given;
}
