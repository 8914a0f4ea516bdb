import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { OtpSettings } from '../otp.options.js';
import { OtpStore } from '../ports/otp-store.js';
import type { SweepResult } from '../ports/otp-store.js';

/** Rows ended per statement: short locks, and another replica can take the next ones. */
const BATCH = 500;

/** Ends what time has ended: expired codes, sends whose process died. Safe on any number of replicas. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('OtpModule');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: OtpStore,
    private readonly settings: OtpSettings,
  ) {}

  onApplicationBootstrap(): void {
    const { sweepEvery } = this.settings;
    if (sweepEvery === false) return;
    this.timer = setInterval(() => {
      this.running = this.sweep().catch((error: unknown) => {
        this.logger.warn(`The sweep failed and will run again: ${messageOf(error)}`);
      });
    }, sweepEvery * 1000);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Sweeps until nothing is due. */
  async sweep(): Promise<SweepResult> {
    const total: SweepResult = { expired: 0, unknown: 0 };
    for (;;) {
      const { expired, unknown } = await this.store.sweep(BATCH);
      total.expired += expired;
      total.unknown += unknown;
      if (expired + unknown < BATCH) return total;
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');
