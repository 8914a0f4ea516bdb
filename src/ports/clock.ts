/** Time as the process sees it. Rows are compared with the database's time, never with this. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;
  /** Resolves after `ms` milliseconds; rejects at once when the signal aborts. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
