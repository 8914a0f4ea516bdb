import type { AntsCall } from './ants-simulator.account.js';
import { ANTS_ERROR_CODES } from './ants-simulator.answers.js';
import { SHAPE_CHECKS } from './ants-simulator.changes.js';
import {
  aFunction,
  anyText,
  type CheckOf,
  type ChecksOf,
  either,
  flag,
  headers,
  listOf,
  object,
  oneOf,
  whole,
} from './ants-simulator.checks.js';
import type { AntsFault } from './ants-simulator.faults.js';
import type { AntsSimulatorStartOptions } from './ants-simulator.listener.js';
import { ANTS_REPORT_STATUSES, type AntsReportOptions } from './ants-simulator.reports.js';

/** A call of ANTS' service. */
export const CALL: CheckOf<AntsCall> = oneOf('requestOTP', 'resendOTP', 'verifyOTP', 'balance');

/** How often a fault strikes. */
export const TIMES = whole(1, 1_000_000);

/** What each field of a fault must be. */
export const FAULT_CHECKS = {
  error: oneOf(...ANTS_ERROR_CODES),
  status: whole(200, 599),
  body: either(anyText, object),
  headers,
  hang: oneOf(true, 'after'),
  drop: oneOf('before', 'after'),
  cut: oneOf(true),
  delayMs: whole(0),
} as const satisfies ChecksOf<AntsFault>;

/** What each option of a start must be. */
export const START_CHECKS = {
  keepAlive: flag,
} as const satisfies ChecksOf<AntsSimulatorStartOptions>;

const status = oneOf(...ANTS_REPORT_STATUSES);

/** What each option of a report must be that can be written as JSON. */
export const REPORT_DATA_CHECKS = {
  status: either(status, listOf(status)),
  times: whole(1, 1000),
  ...SHAPE_CHECKS,
} as const satisfies ChecksOf<Omit<AntsReportOptions, 'patch' | 'root'>>;

/** What each option of a report must be. */
export const REPORT_CHECKS = {
  ...REPORT_DATA_CHECKS,
  patch: aFunction<NonNullable<AntsReportOptions['patch']>>(),
  root: aFunction<NonNullable<AntsReportOptions['root']>>(),
} as const satisfies ChecksOf<AntsReportOptions>;
