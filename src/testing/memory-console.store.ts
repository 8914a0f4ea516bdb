import {
  beginOf,
  boundOf,
  BUCKET_SECONDS,
  bucketOf,
  countsOf,
  partOf,
  PARTS,
  RECENT_PARTS,
  sumOf,
  TIME_BOUNDS,
} from '../domain/figures.js';
import type { Cell, RangeCounts } from '../domain/figures.js';
import { kindOf } from '../domain/limits.js';
import type { OtpRecord, SendRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { ConsoleStore } from '../ports/console-store.js';
import type { CodeCount, Figures, FiguresAsk, LimitHits } from '../ports/console-store.js';

/** An id is made a while before its row. */
const SLACK_MS = 30_000;

/** One OTP as it is counted. */
interface Row {
  otp: OtpRecord;
  first: SendRecord | undefined;
  cell: Cell;
}

interface Hit extends LimitHits {
  instance: string;
  at: Date;
}

/** What the console counts of `MemoryOtpStore`. It counts anew whenever it is asked, so nothing is kept but what leaves no row. */
export class MemoryConsoleStore extends ConsoleStore {
  private hits: Hit[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly otps: () => (readonly [OtpRecord, readonly SendRecord[]])[],
  ) {
    super();
  }

  figures({ instance, seconds, most }: FiguresAsk): Promise<Figures> {
    const now = new Date(this.clock.now());
    const begin = beginOf(now, seconds);
    const newest = this.otps()
      .sort(([a], [b]) => (a.id < b.id ? 1 : -1))
      .slice(0, most);
    const whole = newest.length < most ? begin : liveFrom(newest.at(-1)?.[0], begin);
    const complete = whole <= bucketOf(now);
    const live = complete ? whole : bucketOf(now);
    const rows = newest
      .filter(([otp]) => otp.instance === instance && otp.channel === 'provider')
      .filter(([otp]) => otp.createdAt >= live)
      .map(([otp, [first]]): Row => {
        const { purpose, otcId } = otp;
        const part = partOf(otp.createdAt, begin, seconds);
        return { otp, first, cell: { part, purpose, otcId, ...countsOf(otp, first, now) } };
      });
    return Promise.resolve({
      now,
      live,
      complete,
      since: live > begin ? live : null,
      cells: cellsOf(rows),
      errors: errorsOf(rows),
      ranges: rangesOf(rows),
      deliveryTimes: timesOf(rows, ({ first }) =>
        first?.delivery === 'delivered' ? [first.requestedAt, first.doneAt] : null,
      ),
      verifyTimes: timesOf(rows, ({ otp, cell }) =>
        cell.verified === 1 ? [otp.createdAt, otp.verifiedAt] : null,
      ),
      limits: limitsOf(this.hits.filter((hit) => hit.instance === instance && hit.at >= begin)),
    });
  }

  count(): Promise<number> {
    return Promise.resolve(0);
  }

  addLimitHits(instance: string, hits: readonly LimitHits[]): Promise<void> {
    const at = new Date(this.clock.now());
    this.hits.push(...hits.map((hit) => ({ ...hit, instance, at })));
    return Promise.resolve();
  }
}

/** The first bucket of which all OTPs were looked at, if the oldest of them is this one. */
function liveFrom(oldest: OtpRecord | undefined, begin: Date): Date {
  if (!oldest) return begin;
  const sure = new Date(oldest.createdAt.getTime() + SLACK_MS);
  const whole = new Date(bucketOf(sure).getTime() + BUCKET_SECONDS * 1000);
  return whole > begin ? whole : begin;
}

function limitsOf(hits: readonly Hit[]): LimitHits[] {
  const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);
  return [...groupsBy(hits, ({ name }) => name)]
    .map(([name, group]) => ({
      name,
      refused: sum(group.map(({ refused }) => refused)),
      watched: sum(group.map(({ watched }) => watched)),
    }))
    .sort((a, b) => b.refused + b.watched - a.refused - a.watched || (a.name < b.name ? -1 : 1));
}

function cellsOf(rows: readonly Row[]): Cell[] {
  const groups = groupsBy(rows, ({ cell }) =>
    JSON.stringify([cell.part, cell.purpose, cell.otcId]),
  );
  const cells = [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ ...first.cell, ...sumOf(group.map(({ cell }) => cell)) }] : [];
  });
  const order = ({ part, purpose, otcId }: Cell): string =>
    `${String(part).padStart(2, '0')} ${purpose} ${otcId}`;
  return cells.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function errorsOf(rows: readonly Row[]): CodeCount[] {
  const failed = rows.filter(({ otp }) => otp.errorCode !== null);
  return [...groupsBy(failed, ({ otp }) => otp.errorCode ?? '')]
    .map(([code, { length }]) => ({ code, count: length }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
    .slice(0, 10);
}

function rangesOf(rows: readonly Row[]): RangeCounts[] {
  const keyed = rows.flatMap(({ otp, cell }) =>
    otp.limitKeys.filter((key) => kindOf(key) === 'guard').map((key) => ({ key, cell })),
  );
  return [...groupsBy(keyed, ({ key }) => key)]
    .map(([key, group]) => {
      const cells = group.map(({ cell }) => cell);
      const { sent, ended, verified } = sumOf(cells);
      const recent = sumOf(cells.filter(({ part }) => part >= PARTS - RECENT_PARTS)).sent;
      return { key, sent, ended, verified, recent };
    })
    .filter(({ sent }) => sent > 0)
    .sort((a, b) => b.sent - a.sent || (a.key < b.key ? -1 : 1))
    .slice(0, 5);
}

function timesOf(rows: readonly Row[], ends: (row: Row) => [Date, Date | null] | null): number[] {
  const counts = Array.from({ length: TIME_BOUNDS.length + 1 }, () => 0);
  for (const row of rows) {
    const [from, to] = ends(row) ?? [];
    if (!from || !to || to < from) continue;
    const bound = boundOf((to.getTime() - from.getTime()) / 1000);
    counts[bound] = (counts[bound] ?? 0) + 1;
  }
  return counts;
}

function groupsBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item)) ?? [];
    group.push(item);
    groups.set(key(item), group);
  }
  return groups;
}
