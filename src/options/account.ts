import type { OtpProvider } from '../ports/otp-provider.js';
import { oneOf, text, tidy } from './checks.js';
import { fail } from './config-error.js';
import type { OtpOptions, WebhookCredential } from './otp.options.js';

/** Who sends and checks: ANTS by one of its two ways to sign calls, or a provider of the app's own. */
export type OtpAccount =
  | { readonly auth: 'basic'; readonly username: string; readonly password: string }
  | { readonly auth: 'bearer'; readonly token: string }
  | { readonly auth: 'own'; readonly provider: OtpProvider };

export function account(options: OtpOptions): OtpAccount {
  const { username, password, token } = options;
  if (options.provider !== undefined)
    return { auth: 'own', provider: ownProvider(options.provider) };
  if (options.auth === undefined && token !== undefined && (username ?? password) !== undefined)
    fail('auth', undefined, '"basic" or "bearer" when both a token and a user name are given');
  const auth = oneOf<'basic' | 'bearer'>(
    'auth',
    options.auth ?? (token === undefined ? 'basic' : 'bearer'),
    ['basic', 'bearer'],
  );
  switch (auth) {
    case 'basic':
      return {
        auth,
        username: userName('username', username),
        password: text('password', password),
      };
    case 'bearer':
      return { auth, token: bearerToken(token) };
  }
}

/** Options can come from plain JavaScript. */
function ownProvider(value: OtpProvider): OtpProvider {
  const given = value as Partial<OtpProvider> | null;
  const methods = ['send', 'resend', 'verify', 'account', 'readReports'] as const;
  if (!methods.every((name) => typeof given?.[name] === 'function'))
    fail('provider', value, `an OtpProvider with ${methods.join(', ')}`);
  return value;
}

/** HTTP Basic ends the user name at its first colon (RFC 7617, 2). */
function userName(option: string, value: unknown): string {
  const given = text(option, value);
  if (given.includes(':')) fail(option, given, 'a text without ":"');
  return given;
}

export function webhookCredential(value: unknown): WebhookCredential {
  const given = (typeof value === 'object' ? value : null) as Partial<WebhookCredential> | null;
  if (!given) fail('webhookAuth', value, 'an object with username and password');
  return {
    username: userName('webhookAuth.username', given.username),
    password: text('webhookAuth.password', given.password),
  };
}

/** What may stand in a header and has no blank (RFC 6750, 2.1, and a little more). */
function bearerToken(value: unknown): string {
  if (typeof value === 'string') tidy('token', value);
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    fail('token', value, 'a text of ASCII letters, digits and signs, without blanks');
  return value;
}
