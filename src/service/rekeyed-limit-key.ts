import { kindOf } from '../domain/limits.js';

/** The number's MAC, and after it the subject's SHA-256 if there is one; a purpose may hold any text. */
const OF_FAILURES = /^(failures:[^:]+:.*?:)([0-9a-f]{32})((?::[0-9a-f]{64})?)$/s;
/** Every other row ends with its MAC. */
const OF_OTHERS = /^(.*:)([0-9a-f]{32})()$/s;
/** Named by what they are, without a MAC. */
const BARE: readonly string[] = ['pause', 'day', 'counted'];

/** The key of a row of `otp_limits` with another MAC in the place of the one in it. */
export function rekeyedLimitKey(key: string, rekeyed: (mac: Buffer) => Buffer): string {
  const kind: string = kindOf(key);
  if (BARE.includes(kind)) return key;
  const parts = (kind === 'failures' ? OF_FAILURES : OF_OTHERS).exec(key);
  if (!parts) throw new Error(`A limit of kind "${kind}" has no MAC where one is expected.`);
  const [, before = '', mac = '', after = ''] = parts;
  return `${before}${rekeyed(Buffer.from(mac, 'hex')).toString('hex')}${after}`;
}
