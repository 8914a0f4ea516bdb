import { fail } from '../options/config-error.js';
import { text } from '../options/checks.js';

const OPTION = 'console.path';

/** @throws OtpConfigError for what is no path */
export function consolePath(given: unknown): string {
  const path = text(OPTION, given).replace(/^\/+|\/+$/g, '');
  if (!/^[\w.~-]+(?:\/[\w.~-]+)*$/.test(path))
    fail(OPTION, given, 'a path of letters, digits, "-", "_", "." and "~", such as "ops/otp"');
  return path;
}
