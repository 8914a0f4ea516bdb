import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseReportDate } from '../providers/ants/ants.date.js';
import { withPlausibleDates } from './report-dates.js';

const REQUESTED = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
/** No OTP gets an SMS later than 10 min after its request. */
const LIFE = 600_000;
const at = (ms: number): Date => new Date(REQUESTED + ms);

describe('withPlausibleDates', () => {
  it.each<[string, Date, boolean]>([
    ['the time of the request', at(0), true],
    ['72 h before it', at(-72 * HOUR), true],
    ['1 ms more than that', at(-72 * HOUR - 1), false],
    ['72 h after the last possible SMS', at(72 * HOUR + LIFE), true],
    ['1 ms more than that', at(72 * HOUR + LIFE + 1), false],
    ['the empty date of .NET', new Date('0001-01-01T00:00:00Z'), false],
    ['the year 0', new Date('0000-01-01T00:00:00Z'), false],
    ['1970', new Date(0), false],
    ['the year 9999', new Date('9999-12-31T00:00:00Z'), false],
    ['the year 9456', new Date('9456-12-31T00:00:00Z'), false],
    ['no date at all', new Date(NaN), false],
  ])('%s: keeps %s or not', (_name, date, kept) => {
    for (const field of ['doneAt', 'sentAt'] as const) {
      const report = withPlausibleDates({ delivery: 'delivered', [field]: date }, REQUESTED);
      expect(report).toEqual({ delivery: 'delivered', ...(kept && { [field]: date }) });
    }
  });

  it('leaves everything else as it is, the raw dates too', () => {
    const rawDates = { doneDate: '0001-01-01T00:00:00', sendDate: '2026-03-01T19:00:00' };
    const report = { delivery: 'pending', messageId: '1', rawDates, sentAt: at(0) } as const;
    expect(withPlausibleDates({ ...report, doneAt: new Date(0) }, REQUESTED)).toEqual(report);
  });

  it('keeps no date that is further away, whatever text it was read from', () => {
    const date = fc.date({
      noInvalidDate: true,
      min: new Date('0001-01-02'),
      max: new Date('9999-12-30'),
    });
    fc.assert(
      fc.property(date, fc.constantFrom('', 'Z', '+0700', '-14:00'), (day, zone) => {
        const doneAt = parseReportDate(day.toISOString().slice(0, 19) + zone);
        expect(doneAt).toBeInstanceOf(Date);
        const kept = withPlausibleDates({ delivery: 'delivered', doneAt: doneAt! }, REQUESTED);
        const hours = Math.abs(doneAt!.getTime() - REQUESTED) / HOUR;
        if (hours > 73) expect(kept).toEqual({ delivery: 'delivered' });
        else if (hours <= 72) expect(kept.doneAt).toEqual(doneAt);
      }),
    );
  });
});
