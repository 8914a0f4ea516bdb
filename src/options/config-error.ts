/** A boot that cannot work: the message names the option, what it must be and what it was. */
export class OtpConfigError extends Error {
  override readonly name = 'OtpConfigError';
  constructor(
    readonly option: string,
    value: unknown,
    expected: string,
  ) {
    super(`OtpModule: option "${option}" must be ${expected}, got ${shown(value)}.`);
  }
}

/** Options whose values never appear in a message. */
const SECRET_OPTIONS =
  /^(username|password|token|proxy|provider|secret|secrets|lookupSecret|formerLookupSecrets|webhookAuth|blockedNumbers|safeNumbers|testNumbers|database\.url)/;

export class HiddenValue {
  constructor(readonly value: unknown) {}
}

function shown(value: unknown): string {
  if (value instanceof HiddenValue)
    return typeof value.value === 'string'
      ? `${value.value.length} characters (not shown)`
      : typeof value.value;
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : value);
}

export function fail(option: string, value: unknown, expected: string): never {
  const hide = SECRET_OPTIONS.test(option) && value !== undefined;
  throw new OtpConfigError(
    option,
    hide && !(value instanceof HiddenValue) ? new HiddenValue(value) : value,
    expected,
  );
}
