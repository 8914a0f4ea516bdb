/** Whether this run is `npm run test:all` or `test:long`: both adapters, full tables, whole counts. */
export const EVERYTHING =
  process.env.OTP_TEST_ALL === '1' || process.env.OTP_TEST_SHARE !== undefined;

/**
 * How often a test repeats itself: `brief` times in `npm test`, `short` times in `npm run test:all`. In
 * `npm run test:long` as often as `long` says, or the share of it that the run asks for, and never less than `short`.
 *
 * @param brief default: an eighth of `short`
 */
export function times(short: number, long: number, brief = Math.ceil(short / 8)): number {
  if (!EVERYTHING) return brief;
  const share = Number(process.env.OTP_TEST_SHARE ?? 0);
  return Math.max(short, Math.ceil(long * share));
}

/** For `it.each`: 1, 2, 3 … as many as `times` says. */
export function repetitions(short: number, long: number, brief?: number): number[] {
  return Array.from({ length: times(short, long, brief) }, (_, n) => n + 1);
}

/** A table of `npm run test:all`, of which `npm test` runs every `step`th row. */
export function everyOr<T>(step: number, rows: readonly T[]): T[] {
  return EVERYTHING ? [...rows] : rows.filter((_, n) => n % step === 0);
}
