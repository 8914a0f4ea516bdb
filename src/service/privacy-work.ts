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

/** @throws OtpException `invalid_request` */
export function batchOf({ batch = BATCH }: Pick<PrivacyWork<unknown>, 'batch'>): number {
  if (Number.isInteger(batch) && batch >= 1 && batch <= 10_000) return batch;
  const detail = 'batch must be a whole number from 1 to 10000.';
  throw new OtpException({ code: 'invalid_request', detail });
}
