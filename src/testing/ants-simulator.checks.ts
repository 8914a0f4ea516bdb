import { validateHeaderName, validateHeaderValue } from 'node:http';

/** What a value that comes as JSON or from a command line must be. */
export interface Check {
  is(value: unknown): boolean;
  /** Ends the sentence "`ttl` must be …". */
  wants: string;
}

/** The fields an object may have. */
export type Checks = Readonly<Record<string, Check>>;

/** A value that cannot be used; the message is one sentence that names it. */
export class SimulatorInputError extends Error {
  override readonly name = 'SimulatorInputError';
}

export const text: Check = {
  is: (value) => typeof value === 'string' && value !== '',
  wants: 'a text that is not empty',
};

export const anyText: Check = { is: (value) => typeof value === 'string', wants: 'a text' };

export const flag: Check = { is: (value) => typeof value === 'boolean', wants: 'true or false' };

export function whole(min: number, max = Number.MAX_SAFE_INTEGER): Check {
  return {
    is: (value) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    wants:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${min}`
        : `a whole number from ${min} to ${max}`,
  };
}

export const share: Check = {
  is: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  wants: 'a number from 0 to 1',
};

export function oneOf(...values: readonly (string | boolean)[]): Check {
  return {
    is: (value) => (values as readonly unknown[]).includes(value),
    wants: `one of ${values.join(', ')}`,
  };
}

/** Two bounds, the lower one first. */
export const bounds: Check = {
  is: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((bound) => whole(0).is(bound)) &&
    value[0] <= value[1],
  wants: 'two of them, the lower one first',
};

export function listOf(check: Check): Check {
  return {
    is: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((item) => check.is(item)),
    wants: `a list, each ${check.wants}`,
  };
}

export function either(...checks: readonly Check[]): Check {
  return {
    is: (value) => checks.some((check) => check.is(value)),
    wants: checks.map(({ wants }) => wants).join(', or '),
  };
}

export const nothing: Check = { is: (value) => value === null, wants: 'null' };

export const object: Check = {
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  wants: 'an object',
};

/** What Node can send: anything else would break the connection without a word. */
export const headers: Check = {
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

/**
 * The value, when it is an object of these fields only; a field may be missing.
 *
 * @throws SimulatorInputError naming the first field that is wrong
 */
export function checked(value: unknown, checks: Checks): Record<string, unknown> {
  if (!object.is(value)) throw new SimulatorInputError('The body must be a JSON object.');
  for (const [name, given] of Object.entries(value as object) as [string, unknown][]) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check)
      throw new SimulatorInputError(
        `There is no "${name}" here, only ${Object.keys(checks).join(', ')}.`,
      );
    if (!check.is(given))
      throw new SimulatorInputError(
        `"${name}" must be ${check.wants}, got ${JSON.stringify(given)}.`,
      );
  }
  return value as Record<string, unknown>;
}
