import { Injectable } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import { ConsoleStore } from '../ports/console-store.js';
import { LimitHits } from './limit-hits.js';

/** A look counts no longer than this, and goes on with the next one. Milliseconds. */
const WORK_MS = 2_000;
/** One statement should end in about this time: buckets may be empty or full. Milliseconds. */
const STATEMENT_MS = 100;
const MOST_BUCKETS = 64;

/** Keeps what the console shows: counts of OTPs by their buckets, and of asks that limits refused. */
@Injectable()
export class FigureKeeper {
  constructor(
    private readonly store: ConsoleStore,
    private readonly settings: OtpSettings,
    private readonly hits: LimitHits,
  ) {}

  /**
   * @param stopped asked between statements
   * @returns how many buckets were counted
   */
  async keep(stopped: () => boolean): Promise<number> {
    await this.writeHits();
    const { instance } = this.settings;
    const begun = performance.now();
    let total = 0;
    let most = 1;
    while (!stopped()) {
      const before = performance.now();
      const count = await this.store.count(instance, most);
      total += count;
      const now = performance.now();
      if (count < most || now - begun > WORK_MS) break;
      most = now - before < STATEMENT_MS ? Math.min(MOST_BUCKETS, most * 2) : Math.ceil(most / 2);
    }
    return total;
  }

  /** Writes down what limits have refused in this process; when that fails, it is kept for the next time. */
  async writeHits(): Promise<void> {
    const taken = this.hits.take();
    if (taken.length === 0) return;
    try {
      await this.store.addLimitHits(this.settings.instance, taken);
    } catch (error) {
      for (const hit of taken) this.hits.add(hit);
      throw error;
    }
  }
}
