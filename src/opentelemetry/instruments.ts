import { metrics } from '@opentelemetry/api';
import type { Counter, Histogram, ObservableGauge } from '@opentelemetry/api';
import { SCOPE } from './scope.js';

/** Bounds in seconds: ANTS answers within 10 s, or not at all. */
const WORK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
/** Until an SMS arrives: operators try for 48 h, users wait for minutes. */
const DELIVERY_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 3600];
/** Until the code is entered: an OTP lives 10 min at most. */
const VERIFY_SECONDS = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600];

/** Everything that is measured. */
export interface Instruments {
  work: Histogram;
  call: Histogram;
  sms: Counter;
  checks: Counter;
  verified: Histogram;
  reports: Counter;
  unreadable: Counter;
  delivered: Histogram;
  swept: Counter;
  limits: Counter;
  alarms: Counter;
  circuit: ObservableGauge;
  credit: ObservableGauge;
}

/** Two instances of the module get the same ones: the SDK knows them by their names. */
export function createInstruments(): Instruments {
  const meter = metrics.getMeter(SCOPE);
  const seconds = (name: string, description: string, bounds: number[]): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: bounds },
    });
  return {
    work: seconds('otp.work.duration', 'Use cases and sweeps', WORK_SECONDS),
    call: seconds('otp.ants.call.duration', 'Tries of calls to ANTS', WORK_SECONDS),
    sms: meter.createCounter('otp.sms', { description: 'SMS that were asked for' }),
    checks: meter.createCounter('otp.checks', { description: 'Codes that were checked' }),
    verified: seconds(
      'otp.verification.time',
      'From the request to the right code',
      VERIFY_SECONDS,
    ),
    reports: meter.createCounter('otp.reports', { description: 'Delivery reports' }),
    unreadable: meter.createCounter('otp.reports.unreadable', {
      description: 'Delivery reports that could not be read',
    }),
    delivered: seconds(
      'otp.delivery.time',
      'From an SMS being asked for to the report that it arrived',
      DELIVERY_SECONDS,
    ),
    swept: meter.createCounter('otp.swept', { description: 'OTPs that time has ended' }),
    limits: meter.createCounter('otp.limits', { description: 'Sends that met a used-up limit' }),
    alarms: meter.createCounter('otp.alarms', { description: 'Alarms that were raised' }),
    circuit: meter.createObservableGauge('otp.provider.circuit', {
      description: 'Circuit breaker: 0 closed, 1 half open, 2 open',
    }),
    credit: meter.createObservableGauge('otp.provider.credit', {
      description: 'Credit of the account as it was last seen',
    }),
  };
}
