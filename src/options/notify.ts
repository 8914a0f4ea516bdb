import { tidy } from './checks.js';
import { HiddenValue, fail } from './config-error.js';

/** The forms in which ANTS can push delivery reports. */
export const CONTENT_TYPES = ['application/json', 'application/xml'] as const;

/** The two forms in which ANTS can push delivery reports. */
export type ContentType = (typeof CONTENT_TYPES)[number];

/** The longest notifyUrl ANTS' sibling SMS API accepts, in characters. */
export const MAX_NOTIFY_URL = 150;

/** The longest callbackData this module sends, in characters. */
export const MAX_CALLBACK_DATA = 200;

export function callbackText(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'string' ||
    value.length > MAX_CALLBACK_DATA ||
    /[\0\p{Surrogate}]/u.test(value)
  )
    fail(option, value, `a text of at most ${MAX_CALLBACK_DATA} characters`);
  return tidy(option, value);
}

export function notifyTarget(option: string, value: unknown, hosts: readonly string[]): string {
  if (typeof value === 'string') tidy(option, value);
  if (typeof value === 'string') tidy(option, value);
  const problem = notifyUrlProblem(value, hosts);
  const credentials = typeof value === 'string' && /\/\/[^/]*@/.test(value);
  if (problem) fail(option, credentials ? new HiddenValue(value) : value, problem);
  return value as string;
}

/** What is wrong with a caller's own notifyUrl, or `null`. */
export function notifyUrlProblem(value: unknown, hosts: readonly string[]): string | null {
  // The parser would silently drop what it does not like.
  if (typeof value !== 'string' || !URL.canParse(value) || !/^[\x21-\x7e]+$/.test(value))
    return 'an absolute address';
  if (value.length > MAX_NOTIFY_URL) return `at most ${MAX_NOTIFY_URL} characters long`;
  const { host, protocol, username, password } = new URL(value);
  if (!['https:', 'http:'].includes(protocol)) return 'an http(s) address';
  if (username || password) return 'an address without credentials';
  return hosts.includes(host) ? null : 'an address whose host stands in "notifyHosts"';
}
