import {
  aFunction,
  bounds,
  either,
  flag,
  listOf,
  nothing,
  oneOf,
  share,
  text,
  whole,
} from './ants-simulator.checks.js';
import type { ChecksOf } from './ants-simulator.checks.js';
import type { AntsSimulatorOptions } from './ants-simulator.options.js';
import type { AntsReportShape } from './ants-simulator.report-shape.js';
import { ANTS_REPORT_SCHEDULES } from './ants-simulator.schedule.js';

/** The options that are data and can be changed while the simulator runs: everything but the port. */
export type AntsSimulatorChanges = Omit<AntsSimulatorOptions, 'port' | 'now' | 'onSms'>;

/** How delivery reports are written. */
export const SHAPE_CHECKS = {
  reportLayout: oneOf(
    'documented',
    'statusArray',
    'statusText',
    'detailsObject',
    'flat',
    'infobip',
  ),
  reportCallbackData: oneOf('detail', 'root', 'status'),
  reportNumericIds: flag,
  reportBulkId: flag,
  reportStatusName: either(text, nothing),
  reportStatusCode: either(text, nothing),
  reportXmlType: oneOf('application/xml', 'text/xml'),
  reportXmlNames: oneOf('plain', 'namespaces'),
} as const satisfies ChecksOf<AntsReportShape>;

/** What each option that can be changed must be. */
export const CHANGE_CHECKS = {
  username: text,
  password: text,
  bearerToken: either(text, nothing),
  otcIds: listOf(text),
  from: text,
  codeLength: whole(4, 10),
  ttl: whole(0),
  maxAttempts: whole(0),
  credit: whole(0),
  verifyRefusal: oneOf('flags', 'codes'),
  failureStatus: whole(200, 599),
  credentialStatus: whole(200, 599),
  answerFormat: oneOf('accept', 'json'),
  accountType: oneOf('prepaid', 'postpaid'),
  mobileForm: oneOf('66', 'any'),
  mobileSevens: flag,
  confirmedRefusal: oneOf('any', 'same'),
  resendReads: oneOf('otpId', 'otcId', 'both'),
  resendNewOtpId: flag,
  resendEndsOld: flag,
  resendNewCode: flag,
  resendNewReference: flag,
  resendNewExpiry: flag,
  resendNotify: oneOf('all', 'url', 'none'),
  keyCase: oneOf('camel', 'pascal', 'lower', 'upper'),
  failurePlace: oneOf('error', 'root', 'status'),
  codeForm: oneOf('padded', 'short', 'number', 'none'),
  messageLanguage: oneOf('en', 'th'),
  referenceKey: oneOf('referenceCode', 'referrenceCode'),
  verifyFlags: oneOf('documented', 'wrong', 'swapped'),
  reports: oneOf(...ANTS_REPORT_SCHEDULES),
  reportDelayMs: whole(0),
  ...SHAPE_CHECKS,
  magicNumbers: flag,
  latencyMs: either(whole(0), bounds),
  failRate: share,
  seed: whole(0),
} as const satisfies ChecksOf<AntsSimulatorChanges>;

/** What each option must be that can be written as a text. */
export const DATA_CHECKS = {
  port: whole(0, 65_535),
  ...CHANGE_CHECKS,
} as const satisfies ChecksOf<Omit<AntsSimulatorOptions, 'now' | 'onSms'>>;

/** What each option must be. */
export const OPTION_CHECKS = {
  ...DATA_CHECKS,
  now: aFunction<NonNullable<AntsSimulatorOptions['now']>>(),
  onSms: aFunction<NonNullable<AntsSimulatorOptions['onSms']>>(),
} as const satisfies ChecksOf<AntsSimulatorOptions>;
