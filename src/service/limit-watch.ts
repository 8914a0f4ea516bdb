import { Injectable, Logger } from '@nestjs/common';
import type { Refusal } from '../domain/errors.js';
import { dayOf } from '../domain/limits.js';
import type { LimitKind, StopKind } from '../domain/limits.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import type { LogFacts } from '../ports/log-entry.js';
import type { LimitCheck } from '../ports/otp-store.js';
import { Telemetry } from '../ports/telemetry.js';
import { Alarms } from './alarms.js';
import { LimitHits } from './limit-hits.js';
import { secondsUntil } from './seconds-until.js';

/** A watched limit is reported this often at most. Milliseconds. */
const WARN_EVERY_MS = 60_000;
/** The share of the daily budget that calls an operator. */
const ALARM_SHARE = 0.8;

/** Why a limit that is not the app's own only watches. */
const WHY: Readonly<Record<string, string>> = {
  ipv4: 'until "ipTrusted" is set',
  ipv6: 'until "ipTrusted" is set',
};

/** Tells operators what limits say, and users no more than when to come again. */
@Injectable()
export class LimitWatch {
  private readonly logger = new Logger('OtpModule');
  private readonly warnedAt = new Map<string, number>();
  private alarmed = '';

  constructor(
    private readonly clock: Clock,
    private readonly alarms: Alarms,
    private readonly telemetry: Telemetry,
    private readonly hits: LimitHits,
  ) {}

  /** How a send is refused, or `null` when it may go. The same for every kind of limit. */
  judge({ usedUp, watched, budgetUsed }: LimitCheck, now: Date): Refusal | null {
    for (const limit of watched) {
      this.note(limit, false);
      this.warn(
        limit,
        `The limit by ${limit} is used up; it only watches ${WHY[limit] ?? 'because its "monitor" is true'}.`,
        { event: 'limit_watched', limit },
      );
    }
    if (budgetUsed !== null && budgetUsed >= ALARM_SHARE) this.alarm(budgetUsed);
    if (!usedUp) return null;
    this.note(usedUp.kind, true);
    const retryAfter = secondsUntil(usedUp.until, now);
    // Nobody can be blamed for the day, or for a pause: the user sees an outage.
    if (usedUp.kind === 'day' || usedUp.kind === 'pause')
      return { code: 'unavailable', retryAfter };
    if (usedUp.kind === 'blocked') return { code: 'number_rejected' };
    this.warn(
      `refused ${usedUp.kind}`,
      `Sends are refused: the limit by ${usedUp.kind} is used up.`,
      { event: 'limit_refuses', limit: usedUp.kind },
    );
    return { code: 'too_many_sends', retryAfter };
  }

  private note(limit: LimitKind | StopKind, enforced: boolean): void {
    this.telemetry.note({ kind: 'limit', limit, enforced });
    this.hits.note(limit, enforced);
  }

  private warn(what: string, message: string, facts: LogFacts): void {
    const now = this.clock.now();
    if (now - (this.warnedAt.get(what) ?? -Infinity) < WARN_EVERY_MS) return;
    this.warnedAt.set(what, now);
    this.logger.warn(new LogEntry(message, facts));
  }

  /** Once a day at 80 %, and once more when nothing is left. */
  private alarm(used: number): void {
    const spent = used >= 1;
    const alarm = `${dayOf(new Date(this.clock.now()))} ${spent ? 'spent' : 'near'}`;
    if (alarm === this.alarmed) return;
    this.alarmed = alarm;
    this.alarms.raise({
      kind: spent ? 'budget_spent' : 'budget_near',
      message: spent
        ? 'the daily budget of SMS is spent; no SMS leaves before midnight in Thailand. Raise "dailyBudget" if these are your users.'
        : `${Math.floor(used * 100)} % of the daily budget of SMS is used.`,
      facts: { used },
    });
  }
}
