import { Injectable } from '@nestjs/common';
import { sumOf, sumsBy } from '../domain/figures.js';
import type { Cell, Counts } from '../domain/figures.js';
import { marksOf } from '../domain/marks.js';
import type { Mark } from '../domain/marks.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { ConsoleStore } from '../ports/console-store.js';
import type { CodeCount, LimitHits } from '../ports/console-store.js';
import type { ProviderHealth } from './provider-gate.js';
import { ProviderGate } from './provider-gate.js';
import { NamedRanges } from './named-ranges.js';
import type { NamedRange } from './named-ranges.js';
import { orUnavailable } from './otp-faults.js';

/** However many look at it, the database is asked once in so long. Milliseconds. */
const FRESH_MS = 10_000;
/** The newest rows that are looked at, others are taken as the sweep counted them; docs/console.md says what they cost. */
const MOST = 30_000;

/** What became of the SMS to one range of numbers. */
export interface NamedCounts extends Pick<Counts, 'sent' | 'ended' | 'verified'> {
  /** `null` for a purpose that is not listed in the options. */
  named: NamedRange | null;
}

/** What an operator sees first. */
export interface OtpOverview {
  /** As of when. */
  at: Date;
  seconds: number;
  /** OTPs requested since then are counted as they are now, those before as the sweep counted them last. */
  live: Date;
  /** `false`: of the newest minutes only a part is counted, since more is asked for than can be looked at. */
  complete: boolean;
  /** `null`: all of the time. Else the sweep has not counted what was requested before. */
  since: Date | null;
  sum: Counts;
  cells: readonly Cell[];
  purposes: (Counts & { name: string })[];
  otcIds: (Counts & { name: string })[];
  ranges: NamedCounts[];
  errors: readonly CodeCount[];
  deliveryTimes: readonly number[];
  verifyTimes: readonly number[];
  limits: readonly LimitHits[];
  marks: (Mark & { named: NamedRange | null })[];
  /** What this process knows of the account at ANTS. */
  health: ProviderHealth;
}

/** The numbers of the console. */
@Injectable()
export class OtpFigures {
  private readonly looks = new Map<number, { at: number; overview: Promise<OtpOverview> }>();

  constructor(
    private readonly store: ConsoleStore,
    private readonly settings: OtpSettings,
    private readonly ranges: NamedRanges,
    private readonly gate: ProviderGate,
    private readonly clock: Clock,
  ) {}

  /** @throws OtpException `unavailable` */
  overview(seconds: number): Promise<OtpOverview> {
    const now = this.clock.now();
    const last = this.looks.get(seconds);
    if (last && now - last.at < FRESH_MS) return last.overview;
    const overview = orUnavailable(() => this.look(seconds));
    const look = { at: now, overview };
    this.looks.set(seconds, look);
    overview.catch(() => {
      // The next one asks again.
      if (this.looks.get(seconds) === look) this.looks.delete(seconds);
    });
    return overview;
  }

  private async look(seconds: number): Promise<OtpOverview> {
    const { instance, publicUrl } = this.settings;
    const figures = await this.store.figures({ instance, seconds, most: MOST });
    const { cells, errors, deliveryTimes, verifyTimes, limits } = figures;
    const { now, live, complete, since } = figures;
    const marks = marksOf({ ...figures, reported: publicUrl !== null });
    const names = await this.ranges.names([
      ...figures.ranges.map(({ key }) => key),
      ...marks.flatMap(({ range }) => range ?? []),
    ]);
    const named = (key: string): NamedRange | null => names.get(key) ?? null;
    return {
      ...{ at: now, seconds, live, complete, since },
      ...{ sum: sumOf(cells), cells, errors, deliveryTimes, verifyTimes, limits },
      purposes: sumsBy(cells, 'purpose'),
      otcIds: sumsBy(cells, 'otcId'),
      ranges: figures.ranges.map(({ key, ...counts }) => ({ ...counts, named: named(key) })),
      marks: marks.map((mark) => ({ ...mark, named: mark.range ? named(mark.range) : null })),
      health: this.gate.health,
    };
  }
}
