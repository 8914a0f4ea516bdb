import type { ExecutionContext } from '@nestjs/common';
import type { NamedCodes } from '../domain/ants-code.js';
import type { OtpRequirement } from '../http/require-otp.decorator.js';
import type { OtpProvider } from '../ports/otp-provider.js';
import type { OtpMessages } from './messages.js';
import type { TelemetryFactory } from '../ports/telemetry.js';
import type { ContentType } from './notify.js';

/** What can be set for the whole module, per purpose, and partly per request. */
export interface OtpPurposeOptions {
  /** ANTS' OTP configuration. @default the module's `otcId` */
  otcId?: string;
  /** Your own receiver of delivery reports instead of this module's; its host must be in `notifyHosts`. */
  notifyUrl?: string;
  /** @default 'application/json' (the documented default of ANTS' API) */
  notifyContentType?: ContentType;
  /** Sent to ANTS and returned in every event; at most 200 characters. It leaves for a third party. */
  callbackData?: string;
  /** Seconds a code may be entered after its SMS. @default 300. At most 600 (NIST SP 800-63B-4, 3.1.3.2). */
  ttl?: number;
  /** Wrong codes per OTP before a new one is needed; a resend does not reset it. @default 5 */
  maxAttempts?: number;
  /** Resends per OTP after the first SMS. @default 3 */
  maxResends?: number;
  /** Seconds to wait after the 1st, 2nd, 3rd … SMS of the hour to one number. @default [60, 120, 300] */
  cooldown?: number[];
  /**
   * Wrong codes for one number and subject in any hour and any day, before no code is asked for,
   * resent or checked for `seconds`; a new OTP does not reset it. It cannot be turned off.
   * @default { perHour: 10, perDay: 20, seconds: 3600 }
   */
  lockout?: { perHour?: number; perDay?: number; seconds?: number };
  /**
   * SMS to one number in any hour and any day, over all purposes; `false`: no limit.
   * @default { perHour: 5, perDay: 10 }
   */
  sendLimit?: { perHour?: number; perDay?: number } | false;
  /**
   * SMS for one `subject` in any hour and any day, to whatever numbers; requests with a subject count
   * on nothing that requests without one use up. `false`: no limit. @default { perHour: 20, perDay: 40 }
   */
  subjectSendLimit?: { perHour?: number; perDay?: number } | false;
}

/** An ask as the app's own rules see it; nothing of it is for a log. */
export interface OtpAsk {
  /** E.164, `+66812345678`. */
  readonly mobile: string;
  readonly purpose: string;
  readonly subject: string | null;
  readonly ip: string | null;
  /** As the request gave it. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * What `beforeSend` says to an ask: send, refuse (`send_denied`), refuse until the client has answered
 * something (`challenge_required`, which hands on what is given here), or act as if an SMS was sent.
 */
export type OtpVerdict = 'allow' | 'deny' | 'suppress' | 'challenge' | { challenge: unknown };

/** A number that gets no SMS and whose code is always the same: for the review of an app store, for CI. */
export interface OtpTestNumber {
  /** In any usual spelling; better none that a customer has. */
  mobile: string;
  /** 4 to 10 digits. Who knows number and code is let in: treat it like a password. */
  code: string;
  /** Then it is a number like any other. Required in production. */
  validUntil?: Date | string;
}

/** A limit of the app's own, counted like the others: in the statement that sends, over all processes. */
export interface OtpOwnLimit {
  /** Letters, digits, `.`, `_`, `-`; another name begins to count anew. */
  name: string;
  /** What an SMS counts on, such as a device or a campaign; kept as a keyed MAC. `undefined`: it does not count. */
  key: (ask: OtpAsk) => string | undefined;
  /** SMS of one key in any `per` seconds, 1 to 10000. */
  max: number;
  /** Seconds, at most 86400. */
  per: number;
  /** `true`: only warns in the log. @default false */
  monitor?: boolean;
}

/** What an operator should look at. */
export interface OtpAlarm {
  kind:
    | 'ants_away'
    | 'credit_out'
    | 'configuration_refused'
    | 'budget_near'
    | 'budget_spent'
    | 'numbers_pumped'
    | 'reports_unreadable'
    | 'event_parked';
  /** As in the log, without the word ALARM. */
  message: string;
  /** What the sentence says, as values. Never a code, a whole number, a ticket or a token. */
  facts: Record<string, unknown> & NamedCodes;
}

/**
 * Where a call carries its proof. A message of a socket has neither headers nor cookies: without a
 * function it has the proof in a field of its data.
 */
export type ProofPlace =
  'header' | 'cookie' | 'body' | ((context: ExecutionContext) => string | undefined);

/** The signed-in user's id, as the app's own guard left it; `undefined`: nobody. */
export type SubjectOf = (context: ExecutionContext) => string | undefined;

/** What whoever pushes a delivery report presents, as HTTP Basic. */
export interface WebhookCredential {
  username: string;
  password: string;
}

/**
 * Options of `OtpModule.forRoot`. Required: the credentials (`username` and `password`, or `token`),
 * `otcId` and one secret.
 */
export interface OtpOptions extends OtpPurposeOptions {
  /** User name of the ANTS API account (HTTP Basic). */
  username?: string;
  /** Password of the ANTS API account. */
  password?: string;
  /** The static Bearer token that some SMSUP+ accounts have instead of user name and password. */
  token?: string;
  /** How calls are signed. @default 'bearer' when only a `token` is given, else 'basic' */
  auth?: 'basic' | 'bearer';
  /**
   * Sends and checks codes instead of ANTS (docs/write-your-own-provider.md); the account's options
   * and `otcId` are then not needed. @default ANTS
   */
  provider?: OtpProvider;
  /** Id of the OTP configuration in ANTS' portal, an upper-case UUID. Required, unless there is a `provider`. */
  otcId?: string;
  /** Signs tickets, tokens and proofs, seals numbers. At least 32 random characters. Or give `secrets`. */
  secret?: string;
  /** A ring of secrets: the first signs and seals, all of them verify and open. */
  secrets?: string[];
  /**
   * Keys the look-up of numbers; it must not change when `secrets` rotate, so a ring of two or more
   * needs it. Give it the value of your first secret. @default the only secret
   */
  lookupSecret?: string;
  /**
   * Every earlier `lookupSecret`, the oldest first, once `OtpPrivacy.rekey` changes it: look-ups go through
   * all of them, so none can be left out later. @default []
   */
  formerLookupSecrets?: string[];
  /** The https address ANTS reaches this app at. Without it no delivery reports are asked for. */
  publicUrl?: string;
  /** @default 'https://api-service.ants.co.th' (SMSUP+ accounts: 'https://pub.smsup-plus.com') */
  baseUrl?: string;
  /**
   * What a resend names. ANTS' documentation says `otcId`, which cannot tell one OTP from another;
   * public programs send `otpId`. @default 'otpId'
   */
  resendBody?: 'otpId' | 'otcId' | 'both';
  /**
   * What `isErrorCount: true` says in the answer to a check, on which public programs differ.
   * `limit`: the attempts are used up (three programs). `wrong`: this code was wrong, no more; only
   * 0304 says used up (one or two, one of which looks corrected against the live service). `swapped`:
   * expired, and `isExprCode` says used up (one). No reading makes a flagged answer a success.
   * @default 'limit'
   */
  verifyFlags?: 'limit' | 'wrong' | 'swapped';
  /**
   * An HTTP proxy on the way to ANTS, `http://user:password@proxy.example:3128` with URL-encoded
   * credentials. Proxies that the environment names are ignored. @default none
   */
  proxy?: string;
  /** Allows `http:` in `baseUrl` and `publicUrl`: for the simulator, never for production. @default false */
  allowInsecure?: boolean;
  /** Hosts a request's own `notifyUrl` may name. @default [] */
  notifyHosts?: string[];
  /**
   * An HTTP Basic credential that a delivery report must come with, beside the token in its address.
   * It is no part of the `notifyUrl`: set it only if ANTS' support has set the same for your account, or
   * your proxy adds it. @default none
   */
  webhookAuth?: WebhookCredential;
  /**
   * The only addresses that delivery reports may come from: IPv4, IPv6, or networks such as
   * `203.0.113.0/24`. The request's `ip` is compared, so the app must trust its proxy. @default any
   */
  webhookAddresses?: string[];
  /** Name of this module's set of keys, rows and limits. @default 'default' */
  instance?: string;
  /** Overrides by purpose. A purpose that is not listed uses the module's values. */
  purposes?: Record<string, OtpPurposeOptions>;
  /** Milliseconds. @default { connect: 3000, call: 10000 } */
  timeouts?: { connect?: number; call?: number };
  /** How long proofs are good, where they stand and whose they are. */
  proof?: {
    /** Seconds a proof is good for after the verification. @default 600 */
    ttl?: number;
    /** Where the guard looks for the proof, or a function that finds it. @default 'header' */
    from?: ProofPlace;
    /** Name of the header. @default 'x-otp-proof' */
    header?: string;
    /**
     * Name of the cookie, with `from: 'cookie'`. It is read from the `Cookie` header; two cookies of this
     * name count as none. Browsers take a `__Host-` name only with `Secure`, with `Path=/` and without
     * `Domain`. @default '__Host-otp_proof'
     */
    cookie?: string;
    /**
     * Name of the field with `from: 'body'`: of an HTTP body, the arguments of a GraphQL field; of a
     * message's data always. @default 'otpProof'
     */
    field?: string;
    /**
     * The signed-in user's id, for each route that names no `subject` of its own: must equal the
     * `subject` of the request. @default any holder of a proof may use it
     */
    subject?: SubjectOf;
    /** What a guarded route demands that has no mark. @default nothing: such a route stays closed */
    required?: Omit<OtpRequirement, 'optional'>;
  };
  /** What a missing or bad proof answers; 403 for front ends that log out on 401. @default 401 */
  refusalStatus?: 401 | 403;
  /** Language of messages when the client names none that there is. @default 'en' */
  language?: string;
  /** Lets `Accept-Language` choose; `false`: every message is in `language`. @default true */
  acceptLanguage?: boolean;
  /**
   * Sentences of your own, by language and error code: in place of this module's English and Thai ones,
   * or as another language, which is English where it has none (docs/errors.md). @default none
   */
  messages?: OtpMessages;
  /**
   * SMS that may leave on one day (Thailand's) in all; `false` = no budget. Required in production.
   * @default false
   */
  dailyBudget?: number | false;
  /**
   * SMS in an hour to one block of 10,000 numbers that nobody has verified; `false` = no limit.
   * @default 20
   */
  blockLimit?: number | false;
  /**
   * SMS in an hour for one IPv4 address or one IPv6 /64 network that nobody has verified; `false`, for
   * both or for one: no limit. @default { ipv4: 100, ipv6: 20 }
   */
  ipLimit?: { ipv4?: number | false; ipv6?: number | false } | false;
  /**
   * Lets the limits by address refuse, not only warn. Only once `ip` is really the client's: behind a
   * proxy that the app does not trust, one address is everybody. @default false
   */
  ipTrusted?: boolean;
  /** Limits of your own, at most 10. @default [] */
  limits?: OtpOwnLimit[];
  /**
   * Stops SMS of a purpose to numbers that begin with the same five digits when under `verified` of at
   * least `sends` SMS in an hour were verified; `'monitor'` only raises the alarm, `false` is off.
   * @default { mode: 'enforce', sends: 50, verified: 0.2, seconds: 3600 }
   */
  conversionGuard?:
    { mode?: 'enforce' | 'monitor'; sends?: number; verified?: number; seconds?: number } | false;
  /** Numbers, or beginnings of numbers, that get no SMS: `0812345678`, `+66 81`. @default [] */
  blockedNumbers?: string[];
  /**
   * Numbers, or beginnings of them, that count on no limit by number, subject, block or address and
   * that the conversion guard lets through. Cool-down, attempts and budget hold. @default []
   */
  safeNumbers?: string[];
  /**
   * Looks at each ask for a new OTP before anything is written. What it throws, and an answer later than
   * 3 s, refuse the ask as `unavailable`. @default every ask is let through
   */
  beforeSend?: (ask: OtpAsk) => OtpVerdict | Promise<OtpVerdict>;
  /** Numbers for tests. Attempts and locks hold for them, cool-down and limits do not. @default none */
  testNumbers?: OtpTestNumber[];
  /** Is called with each alarm that is logged; what it throws is logged, and stops nothing. */
  onAlarm?: (alarm: OtpAlarm) => unknown;
  /** Traces and metrics: `openTelemetry` of `nestjs-ants-otp/opentelemetry`. @default none */
  telemetry?: TelemetryFactory;
  /** Seconds between two sweeps of what time has ended; `false` turns them off here. @default 30 */
  sweepEvery?: number | false;
  /**
   * Days until the rows of an ended OTP, or its history alone, are deleted, or the name of a preset;
   * `false` keeps them. @default { otps: 90, history: 90 }
   */
  retention?: { otps?: number; history?: number } | OtpRetentionPreset | false;
  /** Named prepared statements; `false` behind a pooler in transaction mode. @default true */
  preparedStatements?: boolean;
  /** Streams of the ready routes (`GET /otp/:id/events`) that one address may have open; `false`: no limit. @default 10 */
  maxStreamsPerIp?: number | false;
}

/**
 * Retention by the law of Thailand that an app keeps to; no legal advice (docs/options.md). `pdpa-short`:
 * 7 days, no longer than OTPs are needed (PDPA, B.E. 2562, sections 23 and 37(3)). `pdpa-90-days`: 94 days,
 * so that all that is heard of an OTP is kept for 90 (Computer-Related Crime Act, B.E. 2550, section 26).
 */
export type OtpRetentionPreset = 'pdpa-short' | 'pdpa-90-days';
