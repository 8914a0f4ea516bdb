import { describe, expect, it } from '@jest/globals';
import { PARTS } from './figures.js';
import type { Cell, RangeCounts } from './figures.js';
import { marksOf } from './marks.js';

const cell = (part: number, counts: Partial<Cell>): Cell => ({
  ...{ part, purpose: 'login', otcId: 'OTC', attempts: 0, exhausted: 0 },
  ...{ requested: 0, sent: 0, reported: 0, delivered: 0, ended: 0, verified: 0 },
  ...counts,
});
const all = (n: number, more: Partial<Cell> = {}): Partial<Cell> => ({
  ...{ requested: n, sent: n, reported: n, ended: n, verified: n },
  ...more,
});
const RECENT = PARTS - 1;
const kinds = (cells: Cell[], { ranges = [] as RangeCounts[], reported = true } = {}): string[] =>
  marksOf({ cells, ranges, reported }).map(({ kind }) => kind);

it('says nothing of a quiet time, nor of none', () => {
  expect(kinds([])).toEqual([]);
  expect(kinds([cell(0, all(100)), cell(RECENT, all(100))])).toEqual([]);
});

describe('a drop in conversion', () => {
  it.each([
    [9, 20, ['conversion_drop']],
    [10, 20, []],
    [0, 19, []],
  ])('with %s of %s verified after 100 of 100: %j', (verified, n, expected) => {
    expect(kinds([cell(0, all(100)), cell(RECENT, all(n, { verified }))])).toEqual(expected);
  });

  it('counts no code that can still be entered', () => {
    expect(kinds([cell(0, all(100)), cell(RECENT, all(50, { ended: 10, verified: 0 }))])).toEqual(
      [],
    );
  });

  it('is none where too few went before', () => {
    expect(kinds([cell(0, all(19)), cell(RECENT, all(50, { verified: 0 }))])).toEqual([]);
  });
});

describe('no reports', () => {
  it.each([
    [20, 0, true, ['no_reports']],
    [20, 1, true, []],
    [19, 0, true, []],
    [20, 0, false, []],
  ])('after %s SMS, %s reports, asked for: %s: %j', (n, reports, reported, expected) => {
    expect(kinds([cell(RECENT, all(n, { reported: reports }))], { reported })).toEqual(expected);
  });
});

it.each([
  [20, 15, ['not_sent']],
  [20, 16, []],
  [19, 0, []],
])('marks %s requests of which %s were sent: %j', (requested, sent, expected) => {
  const some = all(sent, { requested, ended: 0, verified: 0 });
  expect(kinds([cell(RECENT, some)])).toEqual(expected);
});

it.each([
  [30, 10, 100, ['range_spike']],
  [29, 10, 100, []],
  [19, 0, 100, []],
  [20, 0, 200, ['range_spike']],
  [20, 0, 201, []],
])(
  'marks a range that has %s SMS after %s of 100, now of %s: %j',
  (recent, before, n, expected) => {
    const range = { key: 'guard:a', sent: before + recent, ended: 0, verified: 0, recent };
    const cells = [cell(0, all(100)), cell(RECENT, all(n))];
    expect(kinds(cells, { ranges: [range] })).toEqual(expected);
  },
);

describe('a range whose codes are hardly entered', () => {
  const range = (ended: number, verified: number): RangeCounts => ({
    ...{ key: 'range', sent: ended, recent: 0 },
    ...{ ended, verified },
  });

  it.each([
    [39, 100, ['range_drop']],
    [40, 100, []],
    [0, 19, []],
  ])('with %s of %s verified, 80 of 100 elsewhere: %j', (verified, ended, expected) => {
    const cells = [cell(0, all(100, { verified: 80 })), cell(0, all(ended, { verified }))];
    expect(kinds(cells, { ranges: [range(ended, verified)] })).toEqual(expected);
  });

  it('is told as a spike alone where it is one', () => {
    const cells = [cell(0, all(100)), cell(RECENT, all(60, { verified: 40 }))];
    const pumped = { ...range(20, 0), recent: 20 };
    expect(kinds(cells, { ranges: [pumped] })).toEqual(['range_spike']);
  });

  it('is none where it is all there is', () => {
    const cells = [cell(0, all(119, { verified: 19 }))];
    expect(kinds(cells, { ranges: [range(100, 0)] })).toEqual([]);
  });
});
