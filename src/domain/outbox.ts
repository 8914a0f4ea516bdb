/** A handler has this long for one event; then the try has failed. Longer than any call of ours to ANTS. */
export const HANDLER_SECONDS = 25;
/** How long an event is kept from other processes: the handler's time, and 5 s to write down how it ended. */
export const HANDLER_LEASE_SECONDS = 30;
/** Tries before an event is parked: with the waits between them 14 to 19 minutes. */
export const MAX_HANDLER_TRIES = 12;
/** The wait after the first failed try doubles up to this. */
const LONGEST_WAIT_SECONDS = 300;
/** A handler that no process has named for so long is forgotten, and what it is owed with it. */
export const FORGET_HANDLER_SECONDS = 7 * 86_400;
/**
 * An event that a handler's code in this process does not want may be wanted by the code of another
 * version. It has this long to take it, longer than all tries together.
 */
export const OTHER_VERSION_SECONDS = 3600;

/**
 * Seconds until a failed try is made again: 1, 2, 4 … 300, less up to a quarter so that events which
 * failed together do not come back together.
 *
 * @param tries how many were made, from 1
 * @param random 0 to 1
 */
export function retryDelay(tries: number, random: number): number {
  const longest = Math.min(2 ** (tries - 1), LONGEST_WAIT_SECONDS);
  return longest * (1 - random / 4);
}
