/** The times that the overview can show, in seconds: an hour, a day, a week. */
export const SPANS = [3_600, 86_400, 604_800] as const;

/** @param hours as it stands in the address; anything unknown is an hour */
export function spanOf(hours: unknown): number {
  return SPANS.find((seconds) => String(seconds / 3_600) === hours) ?? SPANS[0];
}
