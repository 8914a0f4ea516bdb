import { validateHeaderName, validateHeaderValue } from 'node:http';
import { inspect } from 'node:util';

/** What a value must be. */
export interface Check {
  is(value: unknown): boolean;
  /** Ends the sentence "`ttl` must be …". */
  wants: string;
}

/** A check for values of exactly this type: the compiler compares it with the option's, in both directions. */
export interface CheckOf<T> extends Check {
  /** Never there. */
  of?: (value: T) => T;
}

/** The fields an object may have. */
export type Checks = Readonly<Record<string, Check>>;

/** A check for each field of `T`. */
export type ChecksOf<T> = { readonly [K in keyof T]-?: CheckOf<Exclude<T[K], undefined>> };

/** A value that cannot be used; the message is one sentence that names it. */
export class SimulatorInputError extends Error {
  override readonly name = 'SimulatorInputError';
}

export const text: CheckOf<string> = {
  is: (value) => typeof value === 'string' && value !== '',
  wants: 'a text that is not empty',
};

export const anyText: CheckOf<string> = {
  is: (value) => typeof value === 'string',
  wants: 'a text',
};

export const flag: CheckOf<boolean> = {
  is: (value) => typeof value === 'boolean',
  wants: 'true or false',
};

export function whole(min: number, max = Number.MAX_SAFE_INTEGER): CheckOf<number> {
  return {
    is: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    wants:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${min}`
        : `a whole number from ${min} to ${max}`,
  };
}

export const share: CheckOf<number> = {
  is: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  wants: 'a number from 0 to 1',
};

/** A span of time: a number that is not negative, also with a fraction. */
export const seconds: CheckOf<number> = {
  is: (value) => Number.isFinite(value) && (value as number) >= 0,
  wants: 'a number from 0',
};

export function aFunction<T>(): CheckOf<T> {
  return { is: (value) => typeof value === 'function', wants: 'a function' };
}

export function oneOf<const V extends readonly (string | boolean)[]>(
  ...values: V
): CheckOf<V[number]> {
  return {
    is: (value) => (values as readonly unknown[]).includes(value),
    wants: `one of ${values.join(', ')}`,
  };
}

/** Two bounds, the lower one first. */
export const bounds: CheckOf<readonly [min: number, max: number]> = {
  is: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((bound) => whole(0).is(bound)) &&
    value[0] <= value[1],
  wants: 'two of them, the lower one first',
};

export function listOf<T>(check: CheckOf<T>): CheckOf<readonly T[]> {
  return {
    is: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((item) => check.is(item)),
    wants: `a list, each ${check.wants}`,
  };
}

export function either<A, B>(...checks: readonly [CheckOf<A>, CheckOf<B>]): CheckOf<A | B> {
  return {
    is: (value) => checks.some((check) => check.is(value)),
    wants: checks.map(({ wants }) => wants).join(', or '),
  };
}

export const nothing: CheckOf<null> = { is: (value) => value === null, wants: 'null' };

export const object: CheckOf<object> = {
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  wants: 'an object',
};

/** What Node can send: anything else would break the connection without a word. */
export const headers: CheckOf<Record<string, string>> = {
  is: (value) =>
    object.is(value) && Object.entries(value as object).every(([name, text]) => sends(name, text)),
  wants: 'an object of header names, each with a text that a header can hold',
};

function sends(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name);
    if (typeof value !== 'string') return false;
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Their values are never shown. */
const SECRETS = ['password', 'bearerToken'];

/** `"ttl" must be a whole number from 0, got "x".` */
export function refusal(name: string, { wants }: Check, given: unknown): SimulatorInputError {
  const shown = SECRETS.some((secret) => name.includes(secret)) ? '(not shown)' : shownAs(given);
  return new SimulatorInputError(`${name} must be ${wants}, got ${shown}.`);
}

/** JSON where the value is JSON. */
function shownAs(value: unknown): string {
  const isJson = typeof value === 'string' || Array.isArray(value);
  return isJson ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
}

/** @throws SimulatorInputError naming what was given, and what it must be */
export function must(name: string, check: Check, given: unknown): void {
  if (!check.is(given)) throw refusal(name, check, given);
}

/**
 * The value, when it is an object of these fields only; a field may be missing or `undefined`, and is then left out.
 *
 * @param what what takes the fields, such as `new AntsSimulator()`; it begins the message
 * @throws SimulatorInputError naming the first field that is wrong
 */
export function checked(what: string, value: unknown, checks: Checks): Record<string, unknown> {
  if (!object.is(value))
    throw new SimulatorInputError(`${what}: it must be an object, got ${shownAs(value)}.`);
  const given = Object.entries(value as object) as [string, unknown][];
  for (const [name, own] of given) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw new SimulatorInputError(`${what}: ${unknownName(name, checks)}`);
    if (own !== undefined) must(`${what}: "${name}"`, check, own);
  }
  return Object.fromEntries(given.filter(([, own]) => own !== undefined));
}

/** `there is no "x", only a, b, c.` */
export function unknownName(name: string, valid: object): string {
  const names = Object.keys(valid);
  const only = names.length === 0 ? 'it takes none' : `only ${names.join(', ')}`;
  return `there is no "${name}", ${only}.`;
}
