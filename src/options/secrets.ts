import { HiddenValue, fail } from './config-error.js';
import type { OtpOptions } from './otp.options.js';

export function secretRing(options: OtpOptions): string[] {
  if (options.secret !== undefined && options.secrets !== undefined)
    fail('secrets', new HiddenValue(options.secrets), 'left out when "secret" is given');
  if (options.secrets === undefined) return [secret('secret', options.secret)];
  if (!Array.isArray(options.secrets) || options.secrets.length === 0)
    fail('secrets', undefined, 'a list of at least one secret, the newest first');
  return options.secrets.map((value, i) => secret(`secrets[${i}]`, value));
}

/** A ring that rotates would otherwise drag the look-up along and reset every limit. */
export function lookupSecret(value: unknown, ring: readonly string[]): string {
  const [only, ...more] = ring;
  if (value === undefined && more.length === 0) return only as string;
  return secret('lookupSecret', value);
}

export function formerLookupSecrets(value: unknown, newest: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    fail('formerLookupSecrets', value, 'a list of secrets, the oldest first');
  const former = value.map((item, i) => secret(`formerLookupSecrets[${i}]`, item));
  const twin = former.findIndex((item, i) => item === newest || former.indexOf(item) < i);
  if (twin >= 0)
    fail(
      `formerLookupSecrets[${twin}]`,
      former[twin],
      'another secret than "lookupSecret" and the others',
    );
  return former;
}

export function secret(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.length < 32)
    fail(option, value, 'a random text of at least 32 characters (openssl rand -base64 48)');
  return value;
}
