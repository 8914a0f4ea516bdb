import type { SentSms } from './ants-simulator.account.js';
import type { AntsAnswerShape } from './ants-simulator.answer-shape.js';
import { OPTION_CHECKS } from './ants-simulator.changes.js';
import { checked } from './ants-simulator.checks.js';
import type { AntsReportShape } from './ants-simulator.report-shape.js';
import type { AntsReportSchedule } from './ants-simulator.schedule.js';

/** How an `AntsSimulator` behaves; every field has a default. */
export interface AntsSimulatorOptions extends Partial<AntsAnswerShape>, Partial<AntsReportShape> {
  /** Port on 127.0.0.1; `0` takes a free one and keeps it over `stop()` and `start()`. @default 0 */
  port?: number;
  /** HTTP Basic user name. @default 'ants-user' */
  username?: string;
  /** HTTP Basic password. @default 'ants-password' */
  password?: string;
  /** Static Bearer token in place of HTTP Basic, as some SMSUP+ accounts have. @default null, HTTP Basic */
  bearerToken?: string | null;
  /** The OTP configurations of the account; any other otcId is refused with 0301. @default one UUID */
  otcIds?: readonly string[];
  /** Sender name of the SMS. @default 'ANTS' */
  from?: string;
  /** Digits of a code. @default 6 */
  codeLength?: number;
  /** Seconds a code lives. @default 300 */
  ttl?: number;
  /** Wrong codes answered as wrong; every later try is answered with `isErrorCount`. @default 5 */
  maxAttempts?: number;
  /** SMS the account can pay; at 0 a send is refused with 9995. @default 1000000 */
  credit?: number;
  /** How verifyOTP says "expired" and "too many tries": by its flags or by 0305 and 0304. @default 'flags' */
  verifyRefusal?: 'flags' | 'codes';
  /** HTTP status of every failure except a wrong credential. @default 200 */
  failureStatus?: number;
  /** HTTP status of a wrong credential. @default 401 */
  credentialStatus?: number;
  /** An answer is XML to whoever's Accept names only that, or JSON to everybody. @default 'accept' */
  answerFormat?: 'accept' | 'json';
  /** How the account pays, as `/account/balance` says it. @default 'prepaid' */
  accountType?: 'prepaid' | 'postpaid';
  /**
   * What `mobile` must look like: `66` and nine digits, any other prefix is refused with 0302; `any`
   * takes `0` and `+66` in its place as well. The inbox says `66…` in both. @default '66'
   */
  mobileForm?: '66' | 'any';
  /** Numbers `667…` are mobiles; otherwise they are refused with 0307. @default true */
  mobileSevens?: boolean;
  /** 0306 answers `any` code of a confirmed OTP, or the `same` one only and others are wrong. @default 'any' */
  confirmedRefusal?: 'any' | 'same';
  /** Which ids resendOTP wants; with `otcId` alone the newest OTP of that configuration is meant. @default 'otpId' */
  resendReads?: 'otpId' | 'otcId' | 'both';
  /** A resend answers a new otpId; otherwise the tries go on counting. @default true */
  resendNewOtpId?: boolean;
  /** A resend with a new otpId forgets the old one; otherwise each is good for its own code. @default true */
  resendEndsOld?: boolean;
  /** A resend sends a new code. @default true */
  resendNewCode?: boolean;
  /** A resend has a new reference code. @default true */
  resendNewReference?: boolean;
  /** The life of the code starts again with a resend. @default true */
  resendNewExpiry?: boolean;
  /** What of the request counts for reports of its resends: all, its notifyUrl without callbackData, nothing. @default 'all' */
  resendNotify?: 'all' | 'url' | 'none';
  /** When and how often a report is posted by itself, if a notifyUrl was given. @default 'delivered' */
  reports?: AntsReportSchedule;
  /** Milliseconds between an answer and its report under `late`. @default 2000 */
  reportDelayMs?: number;
  /** Numbers 0800000000 to 0800000999 behave as `ANTS_MAGIC_NUMBERS` says. @default true */
  magicNumbers?: boolean;
  /** Milliseconds before each answer, fixed or between two bounds. @default 0 */
  latencyMs?: number | readonly [min: number, max: number];
  /** Share of the calls that fail at random, 0 to 1. @default 0 */
  failRate?: number;
  /** Seed of the latency between two bounds and of the random failures. @default 1 */
  seed?: number;
  /** The clock of expiry and dates, in epoch milliseconds. @default Date.now */
  now?: () => number;
  /** Called with every SMS when it is "sent", before the answer. @default nothing */
  onSms?: (sms: SentSms) => void;
}

/** The options with every default filled in. */
export type AntsSimulatorSettings = Readonly<Required<AntsSimulatorOptions>>;

const DEFAULTS: AntsSimulatorSettings = {
  port: 0,
  username: 'ants-user',
  password: 'ants-password',
  bearerToken: null,
  otcIds: ['5F0C7A4E-6B1D-4E0B-9C55-2A7D1E8F3B60'],
  from: 'ANTS',
  codeLength: 6,
  ttl: 300,
  maxAttempts: 5,
  credit: 1_000_000,
  verifyRefusal: 'flags',
  failureStatus: 200,
  credentialStatus: 401,
  answerFormat: 'accept',
  accountType: 'prepaid',
  mobileForm: '66',
  mobileSevens: true,
  confirmedRefusal: 'any',
  resendReads: 'otpId',
  resendNewOtpId: true,
  resendEndsOld: true,
  resendNewCode: true,
  resendNewReference: true,
  resendNewExpiry: true,
  resendNotify: 'all',
  keyCase: 'camel',
  failurePlace: 'error',
  codeForm: 'padded',
  messageLanguage: 'en',
  referenceKey: 'referenceCode',
  verifyFlags: 'documented',
  reports: 'delivered',
  reportDelayMs: 2000,
  reportLayout: 'documented',
  reportCallbackData: 'detail',
  reportNumericIds: false,
  reportBulkId: true,
  reportStatusName: null,
  reportStatusCode: null,
  reportXmlType: 'application/xml',
  reportXmlNames: 'plain',
  magicNumbers: true,
  latencyMs: 0,
  failRate: 0,
  seed: 1,
  now: Date.now,
  onSms: () => undefined,
};

/**
 * Fills the defaults in; a field that is `undefined` counts as not given.
 *
 * @throws SimulatorInputError naming an option that does not exist, or one with a wrong value
 */
export function simulatorSettings(options: AntsSimulatorOptions): AntsSimulatorSettings {
  return { ...DEFAULTS, ...checked('AntsSimulator', options, OPTION_CHECKS) };
}
