import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { LogEntry } from '../../../src/ports/log-entry.js';
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

/** Values as a log shows them, errors with their stack, causes and own fields; of an entry its facts as well. */
export function textOf(values: unknown[]): string {
  return values
    .map((value) => (typeof value === 'string' ? value : inspect(plain(value), { depth: 6 })))
    .join(' ');
}

/** A printed entry shows its sentence only; a logger that writes JSON shows all of it. */
const plain = (value: unknown): unknown =>
  value instanceof LogEntry ? Object.assign({}, value) : value;
