import type { DeliveryReport } from './delivery.js';
import { MAX_LIFE_SECONDS, REPORTS_END_SECONDS } from './lifecycle.js';

/**
 * A report without the dates that cannot be right: a date more than 72 h before its OTP was requested, or
 * more than 72 h after that OTP's last possible SMS, counts as missing. So does an invalid `Date`.
 *
 * @param requestedAt milliseconds since 1970
 */
export function withPlausibleDates(report: DeliveryReport, requestedAt: number): DeliveryReport {
  const { sentAt, doneAt, ...others } = report;
  return {
    ...others,
    ...(isPlausible(sentAt, requestedAt) && { sentAt }),
    ...(isPlausible(doneAt, requestedAt) && { doneAt }),
  };
}

function isPlausible(date: Date | undefined, requestedAt: number): boolean {
  if (date === undefined) return false;
  const after = (date.getTime() - requestedAt) / 1000;
  // Written so that NaN is outside.
  return after >= -REPORTS_END_SECONDS && after <= MAX_LIFE_SECONDS + REPORTS_END_SECONDS;
}
