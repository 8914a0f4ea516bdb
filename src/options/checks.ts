import { fail } from './config-error.js';

export function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '')
    fail(option, value, 'a text that is not empty');
  return value;
}

export function texts(option: string, value: unknown): string[] {
  if (!Array.isArray(value)) fail(option, value, 'a list of texts');
  return value.map((item, i) => text(`${option}[${i}]`, item));
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
