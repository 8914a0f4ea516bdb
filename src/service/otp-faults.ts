import { Logger } from '@nestjs/common';
import { LogEntry } from '../ports/log-entry.js';
import { isOtpException, OtpException } from './otp.exception.js';

const logger = new Logger('OtpModule');

/** Runs a piece of work; a fault of the database or of our own becomes one stable error, logged once. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isOtpException(cause)) throw cause;
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : 'unknown error';
    logger.error(new LogEntry(text, { event: 'fault' }));
    throw new OtpException({ code: 'unavailable' }, { cause });
  }
}
