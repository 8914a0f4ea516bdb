/** How an `AntsSimulator` behaves; every field has a default. */
export interface AntsSimulatorOptions {
  /** Port on 127.0.0.1; `0` takes a free one and keeps it over `stop()` and `start()`. @default 0 */
  port?: number;
  /** HTTP Basic user name. @default 'ants-user' */
  username?: string;
  /** HTTP Basic password. @default 'ants-password' */
  password?: string;
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
  /** HTTP status of every failure except a wrong credential, which is 401. @default 200 */
  failureStatus?: number;
  /** Which ids resendOTP wants; with `otcId` alone the newest OTP of that configuration is meant. @default 'otpId' */
  resendReads?: 'otpId' | 'otcId' | 'both';
  /** A resend answers a new otpId and forgets the old one; otherwise the tries go on counting. @default true */
  resendNewOtpId?: boolean;
  /** A resend sends a new code. @default true */
  resendNewCode?: boolean;
  /** `delivered` posts one DELIVERED report after each answer, if a notifyUrl was given. @default 'delivered' */
  reports?: 'delivered' | 'manual';
  /** Milliseconds before each answer, fixed or between two bounds. @default 0 */
  latencyMs?: number | readonly [min: number, max: number];
  /** Seed of the latency between two bounds. @default 1 */
  seed?: number;
  /** The clock of expiry and dates, in epoch milliseconds. @default Date.now */
  now?: () => number;
}

/** The options with every default filled in. */
export type AntsSimulatorSettings = Readonly<Required<AntsSimulatorOptions>>;

const DEFAULTS: AntsSimulatorSettings = {
  port: 0,
  username: 'ants-user',
  password: 'ants-password',
  otcIds: ['5F0C7A4E-6B1D-4E0B-9C55-2A7D1E8F3B60'],
  from: 'ANTS',
  codeLength: 6,
  ttl: 300,
  maxAttempts: 5,
  credit: 1_000_000,
  verifyRefusal: 'flags',
  failureStatus: 200,
  resendReads: 'otpId',
  resendNewOtpId: true,
  resendNewCode: true,
  reports: 'delivered',
  latencyMs: 0,
  seed: 1,
  now: Date.now,
};

/** Fills the defaults in. */
export function simulatorSettings(options: AntsSimulatorOptions): AntsSimulatorSettings {
  return { ...DEFAULTS, ...options };
}
