import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import { OtpStore } from '../ports/otp-store.js';
import type { PurgeKind, SweepResult } from '../ports/otp-store.js';
import { ConversionGuard } from './conversion-guard.js';
import { FigureKeeper } from './figure-keeper.js';
import { messageOf } from './message-of.js';

/** Rows ended or deleted per statement: short locks, and another replica can take the next ones. */
const BATCH = 500;

/** The purge looks this often; what it deletes is days old. Milliseconds. */
const PURGE_EVERY_MS = 3_600_000;
/** A limit's longest window and wait are a day. */
const LIMIT_DAYS = 2;

/** How many of each were deleted. */
export type PurgeResult = Record<PurgeKind, number>;

/**
 * Ends what time has ended (expired codes, sends whose process died), deletes what is past its
 * retention, and counts for the console. Safe on any number of replicas; call the methods yourself with `sweepEvery: false`.
 *
 * @hideconstructor
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('OtpModule');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private purgeAt = 0;
  private stopped = false;

  constructor(
    private readonly store: OtpStore,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
    private readonly conversion: ConversionGuard,
    private readonly keeper: FigureKeeper,
  ) {}

  /** Begins to look each `sweepEvery` seconds. */
  onApplicationBootstrap(): void {
    const { sweepEvery } = this.settings;
    // An app can be closed while it still starts.
    if (sweepEvery === false || this.stopped) return;
    this.timer = setInterval(() => {
      this.running ??= this.tick().finally(() => (this.running = undefined));
    }, sweepEvery * 1000);
    this.timer.unref();
  }

  /** Before the database goes: TypeORM closes it with the shutdown's last hook. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopped = true;
    await this.running;
    await this.keeper.writeHits().catch((error: unknown) => {
      this.logger.warn(
        new LogEntry(
          `What limits refused since the last sweep is not counted: ${messageOf(error)}`,
          {
            event: 'sweep_failed',
          },
        ),
      );
    });
  }

  /** Sweeps until nothing is due. */
  async sweep(): Promise<SweepResult> {
    const total: SweepResult = { expired: 0, unknown: 0 };
    while (!this.stopped) {
      const { expired, unknown } = await this.store.sweep(BATCH);
      total.expired += expired;
      total.unknown += unknown;
      if (expired + unknown < BATCH) break;
    }
    return total;
  }

  /** Looks for ranges of numbers that nobody verifies. @returns how many no look had found before */
  guard(): Promise<number> {
    return this.conversion.look(() => this.stopped);
  }

  /**
   * Counts OTPs whose time is over for the overview of the console, for 2 s at most.
   *
   * @returns how many stretches of 150 s it counted
   */
  figures(): Promise<number> {
    return this.keeper.keep(() => this.stopped);
  }

  /** Deletes until nothing is past its retention. */
  async purge(): Promise<PurgeResult> {
    const { retention } = this.settings;
    const limits = await this.purgeAll('limits', LIMIT_DAYS);
    if (!retention) return { otps: 0, history: 0, limits };
    const otps = await this.purgeAll('otps', retention.otps);
    const shorter = retention.history < retention.otps;
    const history = shorter ? await this.purgeAll('history', retention.history) : 0;
    return { otps, history, limits };
  }

  private async purgeAll(kind: PurgeKind, days: number): Promise<number> {
    let total = 0;
    while (!this.stopped) {
      const count = await this.store.purge(this.settings.instance, kind, days, BATCH);
      total += count;
      if (count < BATCH) break;
    }
    return total;
  }

  private async purgeWhenDue(): Promise<void> {
    if (this.clock.now() < this.purgeAt) return;
    this.purgeAt = this.clock.now() + PURGE_EVERY_MS;
    await this.purge();
  }

  /** What fails keeps nothing after it from being done. */
  private async tick(): Promise<void> {
    const jobs = [
      () => this.sweep(),
      () => this.guard(),
      () => this.purgeWhenDue(),
      // Last: nothing that must be done waits for what is only shown.
      () => this.figures(),
    ];
    const reasons = new Set<string>();
    for (const job of jobs) {
      if (this.stopped) break;
      await job().catch((error: unknown) => reasons.add(messageOf(error)));
    }
    if (reasons.size === 0) return;
    this.logger.warn(
      new LogEntry(`The sweep failed and will run again: ${[...reasons].join('; ')}`, {
        event: 'sweep_failed',
      }),
    );
  }
}
