import type { AntsReportOptions, AntsReportStatus } from './ants-simulator.reports.js';

/**
 * When reports come by themselves: `delivered` once after the answer · `early` before the answer ·
 * `late` `reportDelayMs` after it · `repeated` three times · `shuffled` the final one, then PENDING,
 * then ACCEPTED · `batched` ACCEPTED, PENDING and the final one in one push · `manual` never.
 */
export type AntsReportSchedule =
  'delivered' | 'early' | 'late' | 'repeated' | 'shuffled' | 'batched' | 'manual';

/** Every schedule, for whoever reads one from a text. */
export const ANTS_REPORT_SCHEDULES = [
  'delivered',
  'early',
  'late',
  'repeated',
  'shuffled',
  'batched',
  'manual',
] as const satisfies readonly AntsReportSchedule[];

/** The pushes about one SMS, in their order. */
export interface ReportPlan {
  when: 'before' | 'after';
  /** Milliseconds to wait first. */
  delayMs: number;
  pushes: readonly Pick<AntsReportOptions, 'status' | 'times'>[];
}

/** What a schedule means for an SMS that ends in `status`. */
export function reportPlan(
  schedule: AntsReportSchedule,
  status: AntsReportStatus,
  reportDelayMs: number,
): ReportPlan {
  const after = { when: 'after', delayMs: 0 } as const;
  switch (schedule) {
    case 'delivered':
      return { ...after, pushes: [{ status }] };
    case 'early':
      return { when: 'before', delayMs: 0, pushes: [{ status }] };
    case 'late':
      return { when: 'after', delayMs: reportDelayMs, pushes: [{ status }] };
    case 'repeated':
      return { ...after, pushes: [{ status, times: 3 }] };
    case 'shuffled':
      return { ...after, pushes: [{ status }, { status: 'PENDING' }, { status: 'ACCEPTED' }] };
    case 'batched':
      return { ...after, pushes: [{ status: ['ACCEPTED', 'PENDING', status] }] };
    case 'manual':
      return { ...after, pushes: [] };
  }
}
