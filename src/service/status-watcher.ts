import { Injectable, Logger } from '@nestjs/common';
import { LIVE_STATUSES } from '../domain/lifecycle.js';
import { noticeOf } from '../domain/notice.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Found } from '../ports/otp-store.js';
import { holderOf } from './holders.js';
import { KeyRing } from './key-ring.js';
import { messageOf } from './message-of.js';
import { orUnavailable } from './otp-faults.js';
import { asHolderSees, viewOf, waitsOf } from './otp-views.js';
import type { OtpHolder, OtpView } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { Ticker } from './ticker.js';

/** How often the rows of all watched OTPs are read, in one statement. */
const TICK_MS = 1000;

/** Hears of each change; `null` when the OTP is gone. */
export type StatusListener = (view: OtpView | null) => void;

/** One OTP being watched. */
export interface StatusWatch {
  /** As it was read last. */
  readonly view: OtpView;
  stop(): void;
}

interface Watching {
  view: OtpView;
  readAt: Date;
  /** Equal as long as nothing changed that a reader would notice. */
  sameness: string;
  tell: StatusListener;
}

/**
 * Tells watchers what becomes of their OTPs. However many watch, each process reads all of their rows
 * with one statement a second, and none while nobody watches.
 */
@Injectable()
export class StatusWatcher {
  private readonly logger = new Logger('OtpModule');
  private readonly byOtp = new Map<string, Set<Watching>>();
  private readonly ticker: Ticker;
  private failing = false;

  constructor(
    private readonly store: OtpStore,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    clock: Clock,
  ) {
    this.ticker = new Ticker(clock, TICK_MS, () => this.read());
  }

  /** How many watch now. */
  get watching(): number {
    return [...this.byOtp.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Reads an OTP and hears of every change from then on, until `stop`.
   *
   * @throws OtpException `not_found` (also for a wrong holder), `unavailable`
   */
  watch(id: string, given: OtpHolder, tell: StatusListener): Promise<StatusWatch> {
    return orUnavailable(async () => {
      const holder = holderOf(this.keys, id, given);
      const found = holder && (await this.store.findHeld(this.settings.instance, id, holder));
      if (!found) throw new OtpException({ code: 'not_found' });
      return this.add(id, { ...this.readingOf(found), tell });
    });
  }

  private add(id: string, watching: Watching): StatusWatch {
    const others = this.byOtp.get(id);
    if (others) others.add(watching);
    else this.byOtp.set(id, new Set([watching]));
    this.ticker.start();
    return {
      get view() {
        return watching.view;
      },
      stop: () => {
        this.remove(id, watching);
      },
    };
  }

  private remove(id: string, watching: Watching): void {
    const all = this.byOtp.get(id);
    all?.delete(watching);
    if (all?.size === 0) this.byOtp.delete(id);
    if (this.byOtp.size === 0) this.ticker.stop();
  }

  /** A database that is away is no news of an OTP: watchers keep what they know. */
  private async read(): Promise<void> {
    const ids = [...this.byOtp.keys()];
    try {
      const found = await this.store.findMany(this.settings.instance, ids);
      this.failing = false;
      const byId = new Map(found.map((row) => [row.otp.id, row]));
      for (const id of ids) this.spread(id, byId.get(id));
    } catch (error) {
      if (!this.failing)
        this.logger.warn(
          new LogEntry(
            `The status of watched OTPs could not be read and will be again: ${messageOf(error)}`,
            { event: 'status_not_read' },
          ),
        );
      this.failing = true;
    }
  }

  private spread(id: string, found: Found | undefined): void {
    const news = found && this.readingOf(found);
    for (const watching of [...(this.byOtp.get(id) ?? [])]) {
      if (!news) {
        watching.tell(null);
        continue;
      }
      // Who came during the statement has read the row after it.
      if (news.readAt < watching.readAt) continue;
      const changed = news.sameness !== watching.sameness;
      Object.assign(watching, news);
      if (changed) watching.tell(news.view);
    }
  }

  private readingOf(read: Found): Omit<Watching, 'tell'> {
    const found = asHolderSees(read, this.settings.publicUrl !== null);
    const view = viewOf(found);
    return { view, readAt: found.now, sameness: samenessOf(found, view) };
  }
}

/** Whether nothing can happen to the OTP any more that its holder waits for. */
export function hasEnded({ status }: OtpView): boolean {
  return !(LIVE_STATUSES as readonly string[]).includes(status);
}

/**
 * What a change must be seen in. A wait that only gets shorter is none, so its seconds are left out; its
 * end is one.
 */
function samenessOf(found: Found, view: OtpView): string {
  const { otp, now } = found;
  const { resendAt, requestAt, lockedUntil } = waitsOf(found);
  const { status, delivery, referenceCode, attemptsLeft, expiresAt } = view;
  const still = (until: Date): Date => new Date(now.getTime() + (until > now ? 1000 : 0));
  const waits = {
    resendAt: still(resendAt),
    requestAt: still(requestAt),
    lockedUntil: lockedUntil && still(lockedUntil),
  };
  return JSON.stringify([
    ...[status, delivery, referenceCode, attemptsLeft, expiresAt],
    ...[resendAt > now && resendAt, noticeOf(otp, waits, now).en],
  ]);
}
