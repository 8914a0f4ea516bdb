import {
  CONVERSION_WINDOW_SECONDS,
  countedAt,
  isPumped,
  UNBLOCKED_SECONDS,
} from '../domain/conversion.js';
import { kindOf, STOP_RETRY_SECONDS } from '../domain/limits.js';
import type { StopKind, UsedUp } from '../domain/limits.js';
import type { OtpRecord, SendRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { ControlStore } from '../ports/control-store.js';
import type { PumpedRange, PumpingCheck, PumpingResult, Stop } from '../ports/control-store.js';
import type { NumberKey } from '../ports/otp-store.js';

interface Row {
  until: Date;
  /** Lifted by hand: the guard leaves it alone for a while. */
  lifted: boolean;
}

/** What the controls see of the store they belong to. */
export interface ControlledStore {
  otps(): Iterable<readonly [OtpRecord, readonly SendRecord[]]>;
  forgetFailures(key: NumberKey): boolean;
}

const FOR_EVER = new Date(8.64e15);
const WATCHED = 'watched-';

/** The controls of `MemoryOtpStore`. */
export class MemoryControlStore extends ControlStore {
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly clock: Clock,
    private readonly store: ControlledStore,
  ) {
    super();
  }

  /** How a stop refuses a send that looks at its key, or `null`. */
  stopOf(key: string, now: Date): UsedUp | null {
    const until = this.rows.get(key)?.until;
    if (!until || until <= now) return null;
    const latest = new Date(now.getTime() + STOP_RETRY_SECONDS * 1000);
    return { kind: kindOf(key), until: until < latest ? until : latest };
  }

  stop(key: string, seconds: number | null): Promise<void> {
    const until = seconds === null ? FOR_EVER : this.after(seconds);
    this.rows.set(key, { until, lifted: false });
    return Promise.resolve();
  }

  lift(key: string): Promise<boolean> {
    const stopped = this.isStopped(key);
    if (stopped) this.rows.set(key, { until: this.after(0), lifted: true });
    return Promise.resolve(stopped);
  }

  stops(instance: string): Promise<Stop[]> {
    const keys = [...this.rows.keys()].filter(
      (key) => key.split(':')[1] === instance && !key.startsWith(WATCHED) && this.isStopped(key),
    );
    return Promise.resolve(keys.sort().map((key) => this.shown(key)));
  }

  unlock(key: NumberKey): Promise<boolean> {
    return Promise.resolve(this.store.forgetFailures(key));
  }

  stopPumped({ instance, rule, enforced }: PumpingCheck): Promise<PumpingResult> {
    const found = this.ranges(instance).filter((range) => isPumped(range, rule));
    const pumped = found.filter(({ key }) => {
      const own = enforced ? key : `${WATCHED}${key}`;
      const row = this.rows.get(own);
      if (row && this.after(row.lifted ? -UNBLOCKED_SECONDS : 0) < row.until) return false;
      this.rows.set(own, { until: this.after(rule.seconds), lifted: false });
      return true;
    });
    return Promise.resolve({ pumped, behind: false });
  }

  /** The SMS that came to be counted within the hour, by the guard's keys. */
  private ranges(instance: string): PumpedRange[] {
    const ranges = new Map<string, PumpedRange>();
    const now = this.after(0);
    const begin = this.after(-CONVERSION_WINDOW_SECONDS);
    for (const [otp, sends] of this.store.otps()) {
      if (otp.instance !== instance || otp.channel !== 'provider') continue;
      const at = countedAt(otp);
      if (at <= begin || at > now) continue;
      const count = sends.filter(({ outcome }) => outcome !== 'failed').length;
      for (const key of otp.limitKeys.filter((name) => kindOf(name) === 'guard')) {
        const range = ranges.get(key) ?? { key, sends: 0, verified: 0 };
        range.sends += count;
        range.verified += otp.status === 'verified' ? count : 0;
        ranges.set(key, range);
      }
    }
    return [...ranges.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private shown(key: string): Stop {
    const until = this.rows.get(key)?.until ?? FOR_EVER;
    const kind = kindOf(key) as StopKind;
    let mobileMask: string | null = null;
    if (kind === 'blocked')
      for (const [otp] of this.store.otps())
        if (key.endsWith(`:${otp.mobileMac.toString('hex')}`)) mobileMask = otp.mobileMask;
    return { kind, key, until: until < FOR_EVER ? until : null, mobileMask };
  }

  isStopped(key: string): boolean {
    const until = this.rows.get(key)?.until;
    return until !== undefined && until.getTime() > this.clock.now();
  }

  private after(seconds: number): Date {
    return new Date(this.clock.now() + seconds * 1000);
  }
}
