import type { OperatorAction } from '../domain/operator-action.js';
import { ActionLog } from '../ports/action-log.js';
import type { NewOperatorAction } from '../ports/action-log.js';
import type { Clock } from '../ports/clock.js';

/** What operators did to the OTPs of `MemoryOtpStore`. */
export class MemoryActionLog extends ActionLog {
  private readonly done: (OperatorAction & { instance: string })[] = [];

  constructor(private readonly clock: Clock) {
    super();
  }

  record(action: NewOperatorAction): Promise<void> {
    this.done.unshift({ ...action, at: new Date(this.clock.now()) });
    return Promise.resolve();
  }

  newest(instance: string, limit: number): Promise<OperatorAction[]> {
    return Promise.resolve(this.shown(instance).slice(0, limit));
  }

  about(instance: string, otpId: string, limit: number): Promise<OperatorAction[]> {
    const about = this.shown(instance).filter((action) => action.otpId === otpId);
    return Promise.resolve(about.slice(0, limit));
  }

  private shown(instance: string): OperatorAction[] {
    return this.done
      .filter((action) => action.instance === instance)
      .map(({ id, at, actor, action, otpId, stopKey }) => ({
        id,
        at,
        actor,
        action,
        otpId,
        stopKey,
      }));
  }
}
