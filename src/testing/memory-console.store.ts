import {
  boundOf,
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
import type { CodeCount, Figures, FiguresAsk } from '../ports/console-store.js';

/** One OTP as it is counted. */
interface Row {
  otp: OtpRecord;
  first: SendRecord | undefined;
  cell: Cell;
}

/** What the console counts of `MemoryOtpStore`. */
export class MemoryConsoleStore extends ConsoleStore {
  constructor(
    private readonly clock: Clock,
    private readonly otps: () => (readonly [OtpRecord, readonly SendRecord[]])[],
  ) {
    super();
  }

  figures({ instance, seconds, most }: FiguresAsk): Promise<Figures> {
    const now = new Date(this.clock.now());
    const age = ({ createdAt }: OtpRecord): number => (now.getTime() - createdAt.getTime()) / 1000;
    const newest = this.otps()
      .sort(([a], [b]) => (a.id < b.id ? 1 : -1))
      .slice(0, most);
    const rows = newest
      .filter(([otp]) => otp.instance === instance && otp.channel === 'provider')
      .filter(([otp]) => age(otp) < seconds)
      .map(([otp, [first]]): Row => {
        const { purpose, otcId } = otp;
        const part = partOf(age(otp), seconds);
        return { otp, first, cell: { part, purpose, otcId, ...countsOf(otp, first, now) } };
      });
    const times = newest.map(([{ createdAt }]) => createdAt.getTime());
    return Promise.resolve({
      now,
      complete: newest.length < most,
      since: times.length === 0 ? null : new Date(Math.min(...times)),
      cells: cellsOf(rows),
      errors: errorsOf(rows),
      ranges: rangesOf(rows),
      deliveryTimes: timesOf(rows, ({ first }) =>
        first?.delivery === 'delivered' ? [first.requestedAt, first.doneAt] : null,
      ),
      verifyTimes: timesOf(rows, ({ otp, cell }) =>
        cell.verified === 1 ? [otp.createdAt, otp.verifiedAt] : null,
      ),
    });
  }
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
