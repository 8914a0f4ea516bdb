/**
 * How many wrong codes a number may see before it is locked for a purpose. A new OTP, a resend or a
 * success does not reset it. Our defaults: 10 in an hour, 20 in a day, locked for 1 h (docs/options.md).
 */
export interface FailureBudget {
  perHour: number;
  perDay: number;
  /** How long `perHour` of them lock it. */
  seconds: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Adds one failure and forgets those that no rule looks at any more. */
export function addFailure(failures: readonly Date[], budget: FailureBudget, now: Date): Date[] {
  const recent = failures.filter((at) => at.getTime() > now.getTime() - DAY_MS);
  return [...recent, now].slice(-budget.perDay);
}

/**
 * Until when these failures (oldest first) lock the number: the last one of `perHour` within an hour
 * locks it for `seconds`; `perDay` of them until the first is a day old. `null` = open.
 */
export function lockedUntil(failures: readonly Date[], budget: FailureBudget): Date | null {
  const newest = failures.at(-1)?.getTime() ?? 0;
  const hourFirst = failures.at(-budget.perHour)?.getTime();
  const dayFirst = failures.at(-budget.perDay)?.getTime();
  const ends = [
    ...(hourFirst !== undefined && newest - hourFirst < HOUR_MS
      ? [newest + budget.seconds * 1000]
      : []),
    ...(dayFirst !== undefined ? [dayFirst + DAY_MS] : []),
  ];
  return ends.length > 0 ? new Date(Math.max(...ends)) : null;
}
