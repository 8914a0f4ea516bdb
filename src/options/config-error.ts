/** An option that cannot work stops the boot: the message names it, says what is wrong and never shows a secret. */
export class OtpConfigError extends Error {
  override readonly name = 'OtpConfigError';
  /**
   * @param option its path, such as `purposes.login.ttl`
   * @param problem what is wrong and what to do, without the value of a secret
   */
  constructor(
    readonly option: string,
    problem: string,
  ) {
    super(`OtpModule: ${problem}`);
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
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  try {
    return JSON.stringify(value);
  } catch {
    return 'an object';
  }
}

/** @throws OtpConfigError "must be …, got …" */
export function fail(option: string, value: unknown, expected: string): never {
  const hide = SECRET_OPTIONS.test(option) && value !== undefined;
  const given = hide && !(value instanceof HiddenValue) ? new HiddenValue(value) : value;
  throw new OtpConfigError(option, `option "${option}" must be ${expected}, got ${shown(given)}.`);
}
