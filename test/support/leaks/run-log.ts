import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { LogEntry } from '../../../src/ports/log-entry.js';
import { noteLog } from './run-record.js';

/** What Nest says while an app starts. */
const STARTING = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

/** The last lines that apps of this process logged. */
const recent: string[] = [];
export const lastLines = (): readonly string[] => recent;

/** An app's log for the leak check: every level is noted and nothing is printed. A test's own hears it as well. */
export function runLog(own: Partial<LoggerService> = {}): LoggerService {
  const level =
    (name: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal') =>
    (message: unknown, ...more: unknown[]): void => {
      const text = textOf([message, ...more]);
      noteLog(name, text);
      if (!STARTING.has(String(more.at(-1)))) recent.push(`${name}: ${text}`);
      if (recent.length > 10) recent.shift();
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
