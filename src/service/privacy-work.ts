import { readGiven } from '../domain/read-given.js';
import { OtpException } from './otp.exception.js';

/** How a long piece of work over all rows goes on. `T`: what it counts. */
export interface PrivacyWork<T> {
  /** Rows a statement, 1 to 10000. @default 500 */
  batch?: number;
  /**
   * Is called with the counts so far after each batch and waited for, so it can slow the work down. What
   * it throws stops the work there.
   */
  onProgress?: (soFar: T) => unknown;
}

/** Short locks, and few statements. */
const BATCH = 500;

/**
 * Reads the work, which may be of any type.
 *
 * @throws OtpException `invalid_request`
 */
export function readWork<T>(given: PrivacyWork<T>): PrivacyWork<T> & { batch: number } {
  const read = readGiven(given, ({ batch = BATCH, onProgress }: PrivacyWork<T>) => ({
    batch,
    onProgress,
  }));
  if (!read) throw refused('A work takes { batch, onProgress }.');
  const { batch, onProgress } = read;
  if (!Number.isInteger(batch) || batch < 1 || batch > 10_000)
    throw refused('batch must be a whole number from 1 to 10000.');
  if (onProgress === undefined) return { batch };
  if (typeof onProgress !== 'function') throw refused('onProgress must be a function.');
  return { batch, onProgress };
}

const refused = (detail: string): OtpException =>
  new OtpException({ code: 'invalid_request', detail });
