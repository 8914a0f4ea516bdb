import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { times } from '../../test/support/counts.js';
import { DELIVERY_RANKS, deliveryRank, deliveryWins, reportText } from './delivery.js';
import type { DeliveryFacts, DeliveryReport } from './delivery.js';

const NEW_SEND: DeliveryFacts = {
  delivery: 'none',
  deliveryCode: null,
  description: null,
  doneAt: null,
  sentAt: null,
  bulkId: null,
  credit: null,
};
const reported = (facts: Partial<DeliveryFacts>): DeliveryFacts => ({
  ...NEW_SEND,
  delivery: 'undelivered',
  ...facts,
});
const EARLY = new Date('2026-01-01T00:00:00Z');
const LATE = new Date('2026-01-01T00:00:01Z');

const report = fc.record<DeliveryFacts>({
  delivery: fc.constantFrom(...DELIVERY_RANKS.slice(1)),
  deliveryCode: fc.constantFrom(null, '2', '3', '201'),
  description: fc.constantFrom(null, 'Expired', 'No route', 'ไม่พบ'),
  doneAt: fc.constantFrom(null, EARLY, LATE),
  sentAt: fc.constantFrom(null, EARLY, LATE),
  bulkId: fc.constantFrom(null, 'bulk-1', 'bulk-2'),
  credit: fc.constantFrom(null, '1', '2'),
});
const merge = (reports: DeliveryFacts[]): DeliveryFacts =>
  reports.reduce((best, next) => (deliveryWins(next, best) ? next : best), NEW_SEND);

/** Every order of the items. */
function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]),
  );
}

describe('the delivery order', () => {
  it('is the one the reports were promised', () => {
    expect(DELIVERY_RANKS.join(' < ')).toBe(
      'none < accepted < pending < unknown < completed < expired < rejected < undelivered < delivered',
    );
  });

  it.each([
    ['a higher rank', { delivery: 'delivered' }, {}, true],
    ['a lower rank', { delivery: 'pending' }, {}, false],
    [
      'a higher rank with a later date',
      { delivery: 'delivered', doneAt: LATE },
      { doneAt: EARLY },
      true,
    ],
    ['the same rank, done earlier', { doneAt: EARLY }, { doneAt: LATE }, true],
    ['the same rank, done later', { doneAt: LATE }, { doneAt: EARLY }, false],
    ['a date where there was none', { doneAt: LATE }, {}, true],
    ['no date where there was one', {}, { doneAt: LATE }, false],
    [
      'the same date, smaller code',
      { doneAt: EARLY, deliveryCode: '2' },
      { doneAt: EARLY, deliveryCode: '3' },
      true,
    ],
    ['no dates, greater code', { deliveryCode: '3' }, { deliveryCode: '2' }, false],
    ['the same code, smaller text', { description: 'a' }, { description: 'b' }, true],
    ['an equal report', { doneAt: EARLY }, { doneAt: EARLY }, false],
  ] as const)('%s', (_, next, current, wins) => {
    expect(deliveryWins(reported(next), reported(current))).toBe(wins);
  });

  it("leaves an OTP alone whose reports go to the caller's own receiver", () => {
    const external = reported({ delivery: 'external' });
    const winners = DELIVERY_RANKS.filter((delivery) =>
      deliveryWins(reported({ delivery }), external),
    );
    expect(winners).toEqual([]);
  });

  it('is antisymmetric, and even only for equal reports', () => {
    fc.assert(
      fc.property(report, report, (a, b) => {
        const [ab, ba] = [deliveryWins(a, b), deliveryWins(b, a)];
        if (ab === ba) {
          expect(ab).toBe(false);
          expect(a).toEqual(b);
        }
      }),
    );
  });

  it('is transitive', () => {
    fc.assert(
      fc.property(report, report, report, (a, b, c) => {
        if (deliveryWins(a, b) && deliveryWins(b, c)) expect(deliveryWins(a, c)).toBe(true);
      }),
      { numRuns: times(2_000, 2_000) },
    );
  });

  it('ends equal for every order of up to 5 reports, repeated ones too', () => {
    const reports = fc
      .array(report, { minLength: 1, maxLength: 4 })
      .map((list) => [...list, list[0]!]);
    fc.assert(
      fc.property(reports, (list) => {
        const [first, ...others] = permutations(list).map(merge);
        for (const other of others) expect(other).toEqual(first);
      }),
    );
  });

  it('never goes down', () => {
    fc.assert(
      fc.property(fc.array(report), report, (list, next) => {
        const rank = (reports: DeliveryFacts[]): number => deliveryRank(merge(reports).delivery);
        expect(rank([...list, next])).toBeGreaterThanOrEqual(rank(list));
      }),
    );
  });
});

describe('reportText', () => {
  const full: Required<DeliveryReport> = {
    messageId: '1',
    bulkId: '2',
    to: '66812345678',
    credit: '1',
    sentAt: EARLY,
    doneAt: LATE,
    rawDates: { sendDate: 'early', doneDate: 'late' },
    delivery: 'delivered',
    statusName: 'DELIVERED',
    statusCode: '3',
    description: 'ok',
    callbackData: 'order-17',
  };

  it('does not depend on the order of the fields', () => {
    const turned = Object.fromEntries(Object.entries(full).reverse()) as Required<DeliveryReport>;
    const rawDates = { doneDate: 'late', sendDate: 'early' };
    expect(reportText({ ...turned, rawDates })).toBe(reportText(full));
  });

  it.each<Partial<DeliveryReport>>([
    ...Object.keys(full).map((name) => ({ [name]: undefined })),
    { delivery: 'expired' },
    { sentAt: LATE },
    { rawDates: { sendDate: 'early' } },
    { rawDates: { sendDate: 'early', doneDate: 'later' } },
  ])('differs with %j', (other) => {
    expect(reportText({ ...full, ...other })).not.toBe(reportText(full));
  });
});
