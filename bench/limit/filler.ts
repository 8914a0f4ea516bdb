import type { RecordedFacts } from './recorded-flows.js';

/** Whom a floor's statement is about. What a statement does not name may be missing. */
export interface Subject {
  id: string;
  mobile?: string;
  ip?: string;
  otpId?: string;
}

type Fill<Value> = (subject: Subject) => Value;

/** Values that were seen once, as values for any subject; what is about nobody stays as it was. */
export function fillerOf(values: readonly unknown[], facts: RecordedFacts): Fill<unknown[]> {
  const fills = values.map((value) => fillOf(value, facts));
  return (subject) => fills.map((fill) => fill(subject));
}

function fillOf(value: unknown, facts: RecordedFacts): Fill<unknown> {
  if (value === facts.id) return ({ id }) => id;
  if (value === facts.otpId) return ({ otpId }) => otpId;
  if (value instanceof Uint8Array) {
    const { length } = value;
    const isMac = facts.mobileMac !== null && Buffer.compare(value, facts.mobileMac) === 0;
    return isMac ? ({ mobile = '' }) => Buffer.alloc(length, mobile) : () => value;
  }
  if (typeof value === 'string') return limitKeyOf(value);
  if (Array.isArray(value)) {
    const fill = fillerOf(value, facts);
    return (subject) => fill(subject);
  }
  if (value === null || typeof value !== 'object' || value instanceof Date) return () => value;
  const fills = Object.entries(value).map(([key, part]) => [key, fillOf(part, facts)] as const);
  return (subject) => Object.fromEntries(fills.map(([key, fill]) => [key, fill(subject)]));
}

const WHOSE: Readonly<Record<string, Fill<string>>> = {
  number: ({ mobile = '' }) => mobile,
  block: ({ mobile = '' }) => mobile.slice(0, -4),
  blocked: ({ mobile = '' }) => mobile,
  guard: ({ mobile = '' }) => mobile.slice(0, 5),
  ipv4: ({ ip = '' }) => ip,
};

/** A key of `otp_limits` ends with a MAC; the floor makes none, but its rows are as many and as long. */
function limitKeyOf(text: string): Fill<string> {
  const whose = WHOSE[text.split(':')[0] ?? ''];
  const end = text.lastIndexOf(':') + 1;
  if (!whose || end === 0) return () => text;
  return (subject) => text.slice(0, end) + whose(subject).padEnd(text.length - end, '0');
}
