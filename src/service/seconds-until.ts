/** Whole seconds from `now` to `date`, at least 1: the value of `Retry-After`. */
export function secondsUntil(date: Date, now: Date): number {
  return Math.max(1, Math.ceil((date.getTime() - now.getTime()) / 1000));
}
