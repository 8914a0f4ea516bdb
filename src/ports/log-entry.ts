import type { NamedCodes } from '../domain/ants-code.js';

/** What a line of the log is about, in a word that does not change with its sentence. */
export const LOG_EVENTS = [
  'alarm',
  'alarm_hook_failed',
  'before_send_failed',
  'body_taken',
  'database_read_only',
  'event_handler_failed',
  'event_handler_lost',
  'event_listener_failed',
  'events_not_read',
  'events_not_released',
  'fault',
  'limit_refuses',
  'limit_watched',
  'message_failed',
  'no_webhook',
  'provider_back',
  'provider_failed',
  'provider_refused',
  'rekey_unfinished',
  'report_not_stored',
  'report_unreadable',
  'sender_refused',
  'status_not_read',
  'sweep_failed',
  'variable_unknown',
] as const;
export type LogEvent = (typeof LOG_EVENTS)[number];

/** Never a code, a whole number, a ticket or a token. */
export type LogFacts = { event: LogEvent; msg?: never } & Readonly<Record<string, unknown>> &
  NamedCodes;

/**
 * A line for the app's log: a sentence for people, its facts for machines. A logger that writes JSON
 * takes it apart (`msg` is what pino calls the sentence); one that prints, as Nest's own, asks an
 * object how it looks, and sees the sentence.
 */
export class LogEntry {
  constructor(
    readonly msg: string,
    facts: LogFacts,
  ) {
    Object.assign(this, facts);
  }

  toString(): string {
    return this.msg;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.msg;
  }
}
