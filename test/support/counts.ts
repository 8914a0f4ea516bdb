/**
 * How often a test repeats itself: `short` times in `npm test`; in `npm run test:long` as often as
 * `long` says, or the share of it that the run asks for, and never less than `short`.
 */
export function times(short: number, long: number): number {
  const share = Number(process.env.OTP_TEST_SHARE ?? 0);
  return Math.max(short, Math.ceil(long * share));
}

/** For `it.each`: 1, 2, 3 … as many as `times` says. */
export function repetitions(short: number, long: number): number[] {
  return Array.from({ length: times(short, long) }, (_, n) => n + 1);
}
