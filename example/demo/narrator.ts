import { isDeepStrictEqual } from 'node:util';
import type { SentSms } from 'nestjs-ants-otp/testing';

let steps = 0;

/** Announces the next step. */
export function step(text: string): void {
  steps += 1;
  console.log(`\n${steps}. ${text}`);
}

/** Tells what came of it. */
export function tell(text: string): void {
  console.log(`   ${text}`);
}

/** @throws Error that says what was expected; never called with a code, a ticket or a whole number */
export function check(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

/** `+66812345678` or `66812345678` as `08x-xxx-5678`. */
export function maskMobile(mobile: string): string {
  const digits = mobile.replace(/^\+?66/, '0');
  return `${digits.slice(0, 2)}x-xxx-${digits.slice(-4)}`;
}

/** The text of an SMS without what only its receiver may read. */
export function maskText({ text, code }: SentSms): string {
  return text.replace(code, '•'.repeat(code.length));
}

/** A code that is wrong for this SMS. */
export function wrongCodeFor({ code }: SentSms): string {
  return code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
}
