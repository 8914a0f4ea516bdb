import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { noteLog } from './run-record.js';

/** An app's log for the leak check: every level is noted and nothing is printed. A test's own hears it as well. */
export function runLog(own: Partial<LoggerService> = {}): LoggerService {
  const level =
    (name: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal') =>
    (message: unknown, ...more: unknown[]): void => {
      noteLog(name, textOf([message, ...more]));
      own[name]?.(message, ...more);
    };
  return {
    log: level('log'),
    error: level('error'),
    warn: level('warn'),
    debug: level('debug'),
    verbose: level('verbose'),
    fatal: level('fatal'),
  };
}

/** Values as a log shows them, errors with their stack, causes and own fields. */
export function textOf(values: unknown[]): string {
  return values
    .map((value) => (typeof value === 'string' ? value : inspect(value, { depth: 6 })))
    .join(' ');
}
