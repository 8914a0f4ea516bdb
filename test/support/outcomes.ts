import { isOtpException } from 'nestjs-ants-otp';

/** What became of calls made at once: the answers, and the codes of the refusals. */
export interface Outcomes<T> {
  done: T[];
  refused: string[];
}

/** Waits for all of them; anything but an answer or an `OtpException` fails the test. */
export async function outcomes<T>(calls: Promise<T>[]): Promise<Outcomes<T>> {
  const result: Outcomes<T> = { done: [], refused: [] };
  for (const call of await Promise.allSettled(calls))
    if (call.status === 'fulfilled') result.done.push(call.value);
    else if (isOtpException(call.reason)) result.refused.push(call.reason.code);
    else throw call.reason;
  return result;
}

/** Codes of the same length that are all different and all wrong. */
export function wrongCodes(right: string, count: number): string[] {
  const size = 10 ** right.length;
  return Array.from({ length: count }, (_, n) =>
    String((Number(right) + n + 1) % size).padStart(right.length, '0'),
  );
}
