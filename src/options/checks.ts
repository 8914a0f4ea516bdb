import { types } from 'node:util';
import { OtpConfigError, fail } from './config-error.js';

export function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '')
    fail(option, value, 'a text that is not empty');
  return tidy(option, value);
}

export function texts(option: string, value: unknown): string[] {
  if (!Array.isArray(value)) fail(option, value, 'a list of texts');
  return value.map((item, i) => text(`${option}[${i}]`, item));
}

/**
 * Refuses what a copied or exported value brings along; it would look right in every log.
 *
 * @param source the option, as the message names it
 */
export function tidy(option: string, value: string, source = `option "${option}"`): string {
  const problem = untidiness(value);
  if (problem !== null)
    throw new OtpConfigError(
      option,
      `${source} ${problem} (its value, ${value.length} characters, is not shown).`,
    );
  return value;
}

function untidiness(value: string): string | null {
  if (/^[\s\p{Cf}]|[\s\p{Cf}]$/u.test(value))
    return 'begins or ends with a blank, a line end or an invisible character; remove it';
  if (/\p{Cc}/u.test(value))
    return 'contains a control character, such as a line end or a tab; remove it';
  if (/^(?:"[^]*"|'[^]*'|`[^]*`|“[^]*”|‘[^]*’)$/.test(value))
    return 'begins and ends with a quotation mark; remove both: a .env file takes quotes away, but docker --env-file and most dashboards keep them';
  return null;
}

export function name(
  option: string,
  value: unknown,
  allowed = /^[A-Za-z0-9][\w.-]{0,63}$/,
): string {
  if (typeof value !== 'string' || !allowed.test(value))
    fail(option, value, 'a name of letters, digits, ".", "_" or "-" (at most 64)');
  return value;
}

export function whole(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    fail(option, value, `a whole number from ${min} to ${max}`);
  return value;
}

export function oneOf<T>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) fail(option, value, `one of ${allowed.join(', ')}`);
  return value;
}

export function aFunction<T>(option: string, value: T): T {
  if (typeof value !== 'function') fail(option, value, 'a function');
  return value;
}

/** `false` is no way to turn off a function that is not given anyway. */
export function optionalFunction<T>(option: string, value: T | null | undefined): T | undefined {
  return value === undefined || value === null ? undefined : aFunction(option, value);
}

/** An object of options; without one, one that sets nothing. */
export function group<T extends object>(
  option: string,
  value: T | null | undefined,
  expected = 'an object of options',
): Partial<T> {
  const given: unknown = value ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) fail(option, given, expected);
  // Options cannot be read from these: each would count as an object that sets nothing.
  if (types.isPromise(given) || types.isMap(given) || types.isSet(given))
    fail(option, Object.prototype.toString.call(given), expected);
  return given as Partial<T>;
}
