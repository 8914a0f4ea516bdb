import { BlockList, isIP } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import type { OtpRequirement } from './http/require-otp.decorator.js';
import type { OtpProvider } from './ports/otp-provider.js';

/** The two forms in which ANTS can push delivery reports. */
type ContentType = (typeof CONTENT_TYPES)[number];

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
   * resent or checked for `seconds`; a new OTP does not reset it.
   * @default { perHour: 10, perDay: 20, seconds: 3600 }
   */
  lockout?: { perHour?: number; perDay?: number; seconds?: number };
  /** SMS to one number in any hour and any day, over all purposes. @default { perHour: 5, perDay: 10 } */
  sendLimit?: { perHour?: number; perDay?: number };
  /**
   * SMS for one `subject` in any hour and any day, to whatever numbers; requests with a subject count
   * on nothing that requests without one use up. @default { perHour: 20, perDay: 40 }
   */
  subjectSendLimit?: { perHour?: number; perDay?: number };
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
    | 'event_parked';
  /** As in the log, without the word ALARM. */
  message: string;
  /** What the sentence says, as values. Never a code, a whole number, a ticket or a token. */
  facts: Record<string, unknown>;
}

/**
 * Where a call carries its proof. A message of a socket has neither headers nor cookies: without a
 * function it has the proof in a field of its data.
 */
export type ProofPlace =
  'header' | 'cookie' | 'body' | ((context: ExecutionContext) => string | undefined);

/** The signed-in user's id, as the app's own guard left it; `undefined`: nobody. */
export type SubjectOf = (context: ExecutionContext) => string | undefined;

/** Who sends and checks: ANTS by one of its two ways to sign calls, or a provider of the app's own. */
export type OtpAccount =
  | { readonly auth: 'basic'; readonly username: string; readonly password: string }
  | { readonly auth: 'bearer'; readonly token: string }
  | { readonly auth: 'own'; readonly provider: OtpProvider };

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
  /** Signs tickets, tokens and proofs, seals numbers. At least 32 characters. Or give `secrets`. */
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
    /** Name of the cookie, with `from: 'cookie'`. @default 'otp_proof' */
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
  /** Language of messages when the client names none. @default 'en' */
  language?: 'en' | 'th';
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
   * SMS in an hour for one IPv4 address or one IPv6 /64 network that nobody has verified.
   * @default { ipv4: 100, ipv6: 20 }
   */
  ipLimit?: { ipv4?: number; ipv6?: number };
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
  /** Seconds between two sweeps of what time has ended; `false` turns them off here. @default 30 */
  sweepEvery?: number | false;
  /**
   * Days until the rows of an ended OTP, or its history alone, are deleted, or the name of a preset;
   * `false` keeps them. @default { otps: 90, history: 90 }
   */
  retention?: { otps?: number; history?: number } | OtpRetentionPreset | false;
  /** Named prepared statements; `false` behind a pooler in transaction mode. @default true */
  preparedStatements?: boolean;
  /** Streams of the ready routes (`GET /otp/:id/events`) that one address may have open. @default 10 */
  maxStreamsPerIp?: number;
}

/**
 * Retention by the law of Thailand that an app keeps to; no legal advice (docs/options.md). `pdpa-short`:
 * 7 days, no longer than OTPs are needed (PDPA, B.E. 2562, sections 23 and 37(3)). `pdpa-90-days`: 94 days,
 * so that all that is heard of an OTP is kept for 90 (Computer-Related Crime Act, B.E. 2550, section 26).
 */
export type OtpRetentionPreset = keyof typeof RETENTION_PRESETS;

const RETENTION_PRESETS = {
  'pdpa-short': { otps: 7 },
  // Reports come for 72 h after an SMS, and the last SMS within 10 min.
  'pdpa-90-days': { otps: 94 },
} as const;

/** A purpose's values after defaults and precedence. */
export type OtpPolicy = Required<
  Omit<OtpPurposeOptions, 'notifyUrl' | 'callbackData' | 'lockout' | SendLimits>
> &
  Pick<OtpPurposeOptions, 'notifyUrl' | 'callbackData'> & {
    lockout: { perHour: number; perDay: number; seconds: number };
  } & Record<SendLimits, { perHour: number; perDay: number }>;

type SendLimits = 'sendLimit' | 'subjectSendLimit';

/** The checked options with every default filled in; also the token to inject them by. */
export class OtpSettings {
  readonly account: OtpAccount;
  readonly secrets: readonly string[];
  readonly lookupSecret: string;
  /** The oldest first. */
  readonly formerLookupSecrets: readonly string[];
  readonly publicUrl: string | null;
  readonly baseUrl: string;
  readonly resendBody: 'otpId' | 'otcId' | 'both';
  readonly verifyFlags: 'limit' | 'wrong' | 'swapped';
  readonly proxy: string | undefined;
  readonly notifyHosts: readonly string[];
  readonly webhookAuth: WebhookCredential | null;
  readonly webhookAddresses: BlockList | null;
  readonly instance: string;
  readonly timeouts: { readonly connect: number; readonly call: number };
  readonly proof: {
    readonly ttl: number;
    readonly from: ProofPlace;
    readonly header: string;
    readonly cookie: string;
    readonly field: string;
    readonly subject: SubjectOf | undefined;
    readonly required: OtpRequirement | undefined;
  };
  readonly refusalStatus: 401 | 403;
  readonly language: 'en' | 'th';
  readonly sweepEvery: number | false;
  readonly retention: { readonly otps: number; readonly history: number } | false;
  readonly preparedStatements: boolean;
  readonly maxStreamsPerIp: number;
  /** Cool-down steps by purpose; the empty name stands for every purpose that is not listed. */
  readonly cooldowns: Readonly<Record<string, readonly number[]>>;
  /** How many wrong codes lock a number, by purpose as above. */
  readonly lockouts: Readonly<Record<string, OtpPolicy['lockout']>>;
  /** What each kind of limit allows to sends, by purpose as above. */
  readonly sendRules: Readonly<Record<string, SendRules>>;
  readonly dailyBudget: number | false;
  readonly limits: readonly OtpOwnLimit[];
  readonly conversionGuard:
    | {
        readonly mode: 'enforce' | 'monitor';
        readonly sends: number;
        readonly verified: number;
        readonly seconds: number;
      }
    | false;
  /** Beginnings of numbers, E.164. */
  readonly blockedNumbers: readonly string[];
  readonly safeNumbers: readonly string[];
  /** As in the options. */
  readonly beforeSend: OtpOptions['beforeSend'];
  /** As in the options. */
  readonly onAlarm: OtpOptions['onAlarm'];
  private readonly testNumbers: ReadonlyMap<string, { code: string; until: number }>;
  private readonly base: OtpPolicy;
  private readonly policies = new Map<string, OtpPolicy>();

  /** @throws OtpConfigError naming the option and its value */
  constructor(options: OtpOptions, inProduction = false) {
    const insecure = oneOf('allowInsecure', options.allowInsecure ?? false, [true, false]);
    this.account = account(options);
    this.secrets = secretRing(options);
    this.lookupSecret = lookupSecret(options.lookupSecret, this.secrets);
    this.formerLookupSecrets = formerLookupSecrets(options.formerLookupSecrets, this.lookupSecret);
    this.publicUrl =
      options.publicUrl === undefined ? null : url('publicUrl', options.publicUrl, insecure);
    this.baseUrl = url('baseUrl', options.baseUrl ?? 'https://api-service.ants.co.th', insecure);
    this.resendBody = oneOf('resendBody', options.resendBody ?? 'otpId', [
      'otpId',
      'otcId',
      'both',
    ]);
    this.verifyFlags = oneOf('verifyFlags', options.verifyFlags ?? 'limit', [
      'limit',
      'wrong',
      'swapped',
    ]);
    this.proxy = options.proxy === undefined ? undefined : proxyAddress(options.proxy);
    this.notifyHosts = texts('notifyHosts', options.notifyHosts ?? []);
    this.webhookAuth =
      options.webhookAuth === undefined ? null : webhookCredential(options.webhookAuth);
    this.webhookAddresses =
      options.webhookAddresses === undefined ? null : networks(options.webhookAddresses);
    this.instance = name('instance', options.instance ?? 'default');
    this.timeouts = {
      connect: whole('timeouts.connect', options.timeouts?.connect ?? 3000, 1, 10_000),
      // The lease of a check is 15 s; a call that may outlive it could be answered twice.
      call: whole('timeouts.call', options.timeouts?.call ?? 10_000, 1, 12_000),
    };
    this.proof = proofSettings(options.proof ?? {});
    this.refusalStatus = oneOf('refusalStatus', options.refusalStatus ?? 401, [401, 403]);
    this.language = oneOf('language', options.language ?? 'en', ['en', 'th']);
    this.sweepEvery =
      options.sweepEvery === false ? false : whole('sweepEvery', options.sweepEvery ?? 30, 1, 3600);
    this.dailyBudget = dailyBudget(options.dailyBudget, inProduction);
    this.limits = ownLimits(options.limits ?? []);
    this.conversionGuard = conversionGuard(options.conversionGuard ?? {});
    this.blockedNumbers = numberPrefixes('blockedNumbers', options.blockedNumbers ?? []);
    this.safeNumbers = numberPrefixes('safeNumbers', options.safeNumbers ?? []);
    this.testNumbers = testNumbers(options.testNumbers ?? [], inProduction);
    this.beforeSend = options.beforeSend && aFunction('beforeSend', options.beforeSend);
    this.onAlarm = options.onAlarm && aFunction('onAlarm', options.onAlarm);
    this.retention = options.retention === false ? false : retention(options.retention ?? {});
    this.preparedStatements = options.preparedStatements ?? true;
    this.maxStreamsPerIp = whole('maxStreamsPerIp', options.maxStreamsPerIp ?? 10, 1, 10_000);
    this.base = this.policyFrom('', options, {
      otcId: this.account.auth === 'own' ? 'none' : '',
      notifyContentType: 'application/json',
      ttl: 300,
      maxAttempts: 5,
      maxResends: 3,
      cooldown: [60, 120, 300],
      lockout: { perHour: 10, perDay: 20, seconds: 3600 },
      sendLimit: { perHour: 5, perDay: 10 },
      subjectSendLimit: { perHour: 20, perDay: 40 },
    });
    for (const [purpose, own] of Object.entries(options.purposes ?? {}))
      this.policies.set(
        name('purposes', purpose),
        this.policyFrom(`purposes.${purpose}.`, own, this.base),
      );
    const byPurpose = [['', this.base] as const, ...this.policies];
    this.cooldowns = Object.fromEntries(
      byPurpose.map(([purpose, { cooldown }]) => [purpose, cooldown]),
    );
    const shared = sharedRules(options, this.dailyBudget);
    this.sendRules = Object.fromEntries(
      byPurpose.map(([purpose, policy]) => [purpose, { ...shared, ...numberRules(policy) }]),
    );
    this.lockouts = Object.fromEntries(
      byPurpose.map(([purpose, { lockout }]) => [purpose, lockout]),
    );
  }

  /** Nothing that logs or serialises this object shows a secret. */
  toJSON(): object {
    return { instance: this.instance, baseUrl: this.baseUrl, publicUrl: this.publicUrl };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON();
  }

  /** The values that apply to a purpose. */
  policy(purpose: string): OtpPolicy {
    return this.policies.get(purpose) ?? this.base;
  }

  /** The code of a test number (E.164) at this time (milliseconds), or `null` for any other number. */
  testCode(mobile: string, now: number): string | null {
    const test = this.testNumbers.get(mobile);
    return test && now < test.until ? test.code : null;
  }

  /** The limits that a purpose's sends count on. */
  limitsOf(purpose: string): SendRules {
    return this.sendRules[Object.hasOwn(this.sendRules, purpose) ? purpose : ''] ?? {};
  }

  /** The purposes listed in `purposes`. */
  get purposes(): string[] {
    return [...this.policies.keys()];
  }

  private policyFrom(prefix: string, own: OtpPurposeOptions, base: OtpPolicy): OtpPolicy {
    const cooldown = own.cooldown ?? base.cooldown;
    if (!Array.isArray(cooldown) || cooldown.length < 1 || cooldown.length > 10)
      throw new OtpConfigError(`${prefix}cooldown`, cooldown, 'a list of 1 to 10 waits in seconds');
    const notifyUrl = own.notifyUrl ?? base.notifyUrl;
    const lockout = { ...base.lockout, ...own.lockout };
    const perDay = whole(`${prefix}lockout.perDay`, lockout.perDay, 1, 1000);
    return {
      otcId: text(`${prefix}otcId`, own.otcId ?? (base.otcId || undefined)),
      notifyUrl: notifyUrl && notifyTarget(`${prefix}notifyUrl`, notifyUrl, this.notifyHosts),
      notifyContentType: oneOf(
        `${prefix}notifyContentType`,
        own.notifyContentType ?? base.notifyContentType,
        CONTENT_TYPES,
      ),
      callbackData: callbackText(`${prefix}callbackData`, own.callbackData ?? base.callbackData),
      ttl: whole(`${prefix}ttl`, own.ttl ?? base.ttl, 30, 600),
      maxAttempts: whole(`${prefix}maxAttempts`, own.maxAttempts ?? base.maxAttempts, 1, 100),
      maxResends: whole(`${prefix}maxResends`, own.maxResends ?? base.maxResends, 0, 100),
      cooldown: cooldown.map((step, i) => whole(`${prefix}cooldown[${i}]`, step, 1, 86_400)),
      lockout: {
        perHour: whole(`${prefix}lockout.perHour`, lockout.perHour, 1, perDay),
        perDay,
        seconds: whole(`${prefix}lockout.seconds`, lockout.seconds, 1, 86_400),
      },
      sendLimit: sendLimit(`${prefix}sendLimit`, own.sendLimit, base.sendLimit),
      subjectSendLimit: sendLimit(
        `${prefix}subjectSendLimit`,
        own.subjectSendLimit,
        base.subjectSendLimit,
      ),
    };
  }
}

/** The forms in which ANTS can push delivery reports. */
export const CONTENT_TYPES = ['application/json', 'application/xml'] as const;
/** The longest notifyUrl ANTS' sibling SMS API accepts, in characters. */
export const MAX_NOTIFY_URL = 150;
/** The longest callbackData this module sends, in characters. */
export const MAX_CALLBACK_DATA = 200;

/** A boot that cannot work: the message names the option, what it must be and what it was. */
export class OtpConfigError extends Error {
  override readonly name = 'OtpConfigError';
  constructor(
    readonly option: string,
    value: unknown,
    expected: string,
  ) {
    super(`OtpModule: option "${option}" must be ${expected}, got ${shown(value)}.`);
  }
}

/** Options whose values never appear in a message. */
const SECRET_OPTIONS =
  /^(username|password|token|proxy|provider|secret|secrets|lookupSecret|formerLookupSecrets|webhookAuth|blockedNumbers|safeNumbers|testNumbers)/;

class HiddenValue {
  constructor(readonly value: unknown) {}
}

function shown(value: unknown): string {
  if (value instanceof HiddenValue)
    return typeof value.value === 'string'
      ? `${value.value.length} characters (not shown)`
      : typeof value.value;
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : value);
}

function fail(option: string, value: unknown, expected: string): never {
  const hide = SECRET_OPTIONS.test(option) && value !== undefined;
  throw new OtpConfigError(
    option,
    hide && !(value instanceof HiddenValue) ? new HiddenValue(value) : value,
    expected,
  );
}

function text(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '')
    fail(option, value, 'a text that is not empty');
  return value;
}

function account(options: OtpOptions): OtpAccount {
  const { username, password, token } = options;
  if (options.provider !== undefined)
    return { auth: 'own', provider: ownProvider(options.provider) };
  if (options.auth === undefined && token !== undefined && (username ?? password) !== undefined)
    fail('auth', undefined, '"basic" or "bearer" when both a token and a user name are given');
  const auth = oneOf<'basic' | 'bearer'>(
    'auth',
    options.auth ?? (token === undefined ? 'basic' : 'bearer'),
    ['basic', 'bearer'],
  );
  switch (auth) {
    case 'basic':
      return {
        auth,
        username: userName('username', username),
        password: text('password', password),
      };
    case 'bearer':
      return { auth, token: bearerToken(token) };
  }
}

/** Options can come from plain JavaScript. */
function ownProvider(value: OtpProvider): OtpProvider {
  const given = value as Partial<OtpProvider> | null;
  const methods = ['send', 'resend', 'verify', 'readReports'] as const;
  if (!methods.every((name) => typeof given?.[name] === 'function'))
    fail('provider', value, `an OtpProvider with ${methods.join(', ')}`);
  return value;
}

/** HTTP Basic ends the user name at its first colon (RFC 7617, 2). */
function userName(option: string, value: unknown): string {
  const given = text(option, value);
  if (given.includes(':')) fail(option, given, 'a text without ":"');
  return given;
}

function webhookCredential(value: unknown): WebhookCredential {
  const given = (typeof value === 'object' ? value : null) as Partial<WebhookCredential> | null;
  if (!given) fail('webhookAuth', value, 'an object with username and password');
  return {
    username: userName('webhookAuth.username', given.username),
    password: text('webhookAuth.password', given.password),
  };
}

/** An empty list could mean nobody or anybody. */
function networks(values: unknown): BlockList {
  if (!Array.isArray(values) || values.length === 0)
    fail('webhookAddresses', values, 'a list of at least one address or network');
  const list = new BlockList();
  for (const [i, value] of values.entries())
    if (!addNetwork(list, value))
      fail(
        `webhookAddresses[${i}]`,
        value,
        'an IPv4 or IPv6 address, or a network such as 203.0.113.0/24',
      );
  return list;
}

function addNetwork(list: BlockList, value: unknown): boolean {
  const [, address = '', prefix] =
    /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(typeof value === 'string' ? value : '') ?? [];
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const length = Number(prefix ?? longest);
  if (version === 0 || length > longest) return false;
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** What may stand in a header and has no blank (RFC 6750, 2.1, and a little more). */
function bearerToken(value: unknown): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    fail('token', value, 'a text of ASCII letters, digits and signs, without blanks');
  return value;
}

function proxyAddress(value: unknown): string {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const bare = parsed?.pathname === '/' && !parsed.search && !parsed.hash;
  if (parsed?.protocol !== 'http:' || !bare || !isUrlEncoded(parsed))
    fail('proxy', value, 'an address like http://user:password@proxy.example:3128');
  return parsed.href;
}

function isUrlEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function texts(option: string, value: unknown): string[] {
  if (!Array.isArray(value)) fail(option, value, 'a list of texts');
  return value.map((item, i) => text(`${option}[${i}]`, item));
}

function name(option: string, value: unknown, allowed = /^[A-Za-z0-9][\w.-]{0,63}$/): string {
  if (typeof value !== 'string' || !allowed.test(value))
    fail(option, value, 'a name of letters, digits, ".", "_" or "-" (at most 64)');
  return value;
}

function whole(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    fail(option, value, `a whole number from ${min} to ${max}`);
  return value;
}

/** What one kind of limit allows; see `domain/limits.ts`. */
interface SendRule {
  rates: { seconds: number; max: number }[];
  enforced: boolean;
  budget?: number;
}
type SendRules = Partial<
  Record<'number' | 'subject' | 'ipv4' | 'ipv6' | 'block' | 'day' | `own.${string}`, SendRule>
>;

const HOUR = 3600;
const DAY = 24 * HOUR;

function numberRules({ sendLimit, subjectSendLimit }: OtpPolicy): SendRules {
  const rule = ({ perHour, perDay }: { perHour: number; perDay: number }): SendRule => ({
    rates: [
      { seconds: HOUR, max: perHour },
      { seconds: DAY, max: perDay },
    ],
    enforced: true,
  });
  return { number: rule(sendLimit), subject: rule(subjectSendLimit) };
}

function sharedRules(options: OtpOptions, budget: number | false): SendRules {
  const { ipTrusted = false, ipLimit, blockLimit = 20 } = options;
  const hourly = (max: number, enforced: boolean): SendRule => ({
    rates: [{ seconds: HOUR, max }],
    enforced,
  });
  const trusted = oneOf('ipTrusted', ipTrusted, [true, false]);
  return {
    ipv4: hourly(whole('ipLimit.ipv4', ipLimit?.ipv4 ?? 100, 1, 10_000), trusted),
    ipv6: hourly(whole('ipLimit.ipv6', ipLimit?.ipv6 ?? 20, 1, 10_000), trusted),
    ...(blockLimit !== false && {
      block: hourly(whole('blockLimit', blockLimit, 1, 10_000), true),
    }),
    ...(budget !== false && { day: { rates: [], enforced: true, budget } }),
    ...Object.fromEntries(
      (options.limits ?? []).map(({ name: own, max, per, monitor = false }) => [
        `own.${own}`,
        { rates: [{ seconds: per, max }], enforced: !monitor },
      ]),
    ),
  };
}

function ownLimits(given: readonly OtpOwnLimit[]): readonly OtpOwnLimit[] {
  const list: unknown = given;
  if (!Array.isArray(list) || given.length > 10) fail('limits', list, 'a list of at most 10 rules');
  given.forEach((rule, i) => {
    const option = `limits[${i}]`;
    name(`${option}.name`, rule.name);
    if (given.findIndex((other) => other.name === rule.name) < i)
      fail(`${option}.name`, rule.name, 'a name that no other rule has');
    aFunction(`${option}.key`, rule.key);
    whole(`${option}.max`, rule.max, 1, 10_000);
    whole(`${option}.per`, rule.per, 1, DAY);
    oneOf(`${option}.monitor`, rule.monitor ?? false, [true, false]);
  });
  return given;
}

function conversionGuard(
  given: NonNullable<OtpOptions['conversionGuard']>,
): OtpSettings['conversionGuard'] {
  if (given === false) return false;
  const { mode = 'enforce', sends = 50, verified = 0.2, seconds = HOUR } = given;
  if (typeof verified !== 'number' || !(verified > 0 && verified <= 1))
    fail('conversionGuard.verified', verified, 'a share above 0 and at most 1');
  return {
    mode: oneOf('conversionGuard.mode', mode, ['enforce', 'monitor']),
    sends: whole('conversionGuard.sends', sends, 1, 100_000),
    verified,
    seconds: whole('conversionGuard.seconds', seconds, 60, DAY),
  };
}

/** Beginnings of Thai mobile numbers in any usual spelling, as E.164. */
function numberPrefixes(option: string, value: unknown): string[] {
  if (!Array.isArray(value)) fail(option, value, 'a list of numbers or beginnings of numbers');
  return value.map(
    (item, i) =>
      prefixOf(item) ??
      fail(
        `${option}[${i}]`,
        item,
        'a Thai mobile number or its beginning, such as 0812345678 or 081',
      ),
  );
}

function prefixOf(value: unknown): string | null {
  const digits = typeof value === 'string' ? value.replace(/[\s().-]/g, '') : '';
  const national = /^(?:0|\+?66|0066)([6-9]\d{0,8})$/.exec(digits)?.[1];
  return national === undefined ? null : `+66${national}`;
}

const WHOLE_NUMBER = /^\+66\d{9}$/;

function testNumbers(
  given: readonly OtpTestNumber[],
  inProduction: boolean,
): Map<string, { code: string; until: number }> {
  const list: unknown = given;
  if (!Array.isArray(list)) fail('testNumbers', list, 'a list of numbers with their codes');
  return new Map(
    given.map((test: OtpTestNumber | null, i) => {
      const option = `testNumbers[${i}]`;
      const { mobile, code, validUntil } = test ?? ({} as OtpTestNumber);
      const e164 = prefixOf(mobile);
      if (e164 === null || !WHOLE_NUMBER.test(e164))
        fail(`${option}.mobile`, mobile, 'a Thai mobile number, such as 0812345678');
      if (given.findIndex((other) => prefixOf(other.mobile) === e164) < i)
        fail(`${option}.mobile`, mobile, 'a number that no other entry has');
      if (typeof code !== 'string' || !/^\d{4,10}$/.test(code))
        fail(`${option}.code`, code, 'a text of 4 to 10 digits');
      if (validUntil === undefined && inProduction)
        fail(`${option}.validUntil`, validUntil, 'a date, in production');
      const until = validUntil === undefined ? Infinity : new Date(validUntil).getTime();
      if (Number.isNaN(until)) fail(`${option}.validUntil`, validUntil, 'a date');
      return [e164, { code, until }];
    }),
  );
}

function aFunction<T>(option: string, value: T): T {
  if (typeof value !== 'function') fail(option, value, 'a function');
  return value;
}

/** Such as `__Host-otp`: these begin with what they like. */
const PROOF_NAME = /^[\w.-]{1,64}$/;

function proofSettings(given: NonNullable<OtpOptions['proof']>): OtpSettings['proof'] {
  const { from = 'header', subject, required } = given;
  return {
    ttl: whole('proof.ttl', given.ttl ?? 600, 1, 86_400),
    from:
      typeof from === 'function'
        ? from
        : oneOf<ProofPlace>('proof.from', from, ['header', 'cookie', 'body']),
    header: text('proof.header', given.header ?? 'x-otp-proof').toLowerCase(),
    cookie: name('proof.cookie', given.cookie ?? 'otp_proof', PROOF_NAME),
    field: name('proof.field', given.field ?? 'otpProof', PROOF_NAME),
    subject: subject && aFunction('proof.subject', subject),
    required: required && {
      ...required,
      purpose: name('proof.required.purpose', required.purpose),
      optional: false,
    },
  };
}

function sendLimit(
  option: string,
  own: { perHour?: number; perDay?: number } | undefined,
  base: { perHour: number; perDay: number },
): { perHour: number; perDay: number } {
  const limit = { ...base, ...own };
  const perDay = whole(`${option}.perDay`, limit.perDay, 1, 10_000);
  return { perHour: whole(`${option}.perHour`, limit.perHour, 1, perDay), perDay };
}

/** An attack can empty an account in a night; a shop that wants no budget has to say so. */
function dailyBudget(value: number | false | undefined, inProduction: boolean): number | false {
  if (value === undefined && inProduction)
    fail(
      'dailyBudget',
      value,
      'the number of SMS a day may cost you, or false for no budget, in production',
    );
  return value === undefined || value === false
    ? false
    : whole('dailyBudget', value, 1, 100_000_000);
}

/** Reports come for 72 h after an SMS, and an OTP lives 10 min: in 4 days nothing is needed any more. */
function retention(given: Exclude<NonNullable<OtpOptions['retention']>, false>): {
  otps: number;
  history: number;
} {
  if (typeof given !== 'object') return retention(preset(given));
  const otps = whole('retention.otps', given.otps ?? 90, 4, 3650);
  return { otps, history: whole('retention.history', given.history ?? otps, 4, otps) };
}

function preset(name: OtpRetentionPreset): { otps: number } {
  const names = Object.keys(RETENTION_PRESETS).map((known) => `"${known}"`);
  if (!Object.hasOwn(RETENTION_PRESETS, name))
    fail('retention', name, `an object with days, false, or one of ${names.join(', ')}`);
  return RETENTION_PRESETS[name];
}

function oneOf<T>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) fail(option, value, `one of ${allowed.join(', ')}`);
  return value;
}

function secret(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.length < 32)
    fail(option, value, 'a random text of at least 32 characters (openssl rand -base64 48)');
  return value;
}

function secretRing(options: OtpOptions): string[] {
  if (options.secret !== undefined && options.secrets !== undefined)
    fail('secrets', new HiddenValue(options.secrets), 'left out when "secret" is given');
  if (options.secrets === undefined) return [secret('secret', options.secret)];
  if (!Array.isArray(options.secrets) || options.secrets.length === 0)
    fail('secrets', undefined, 'a list of at least one secret, the newest first');
  return options.secrets.map((value, i) => secret(`secrets[${i}]`, value));
}

/** A ring that rotates would otherwise drag the look-up along and reset every limit. */
function lookupSecret(value: unknown, ring: readonly string[]): string {
  const [only, ...more] = ring;
  if (value === undefined && more.length === 0) return only as string;
  return secret('lookupSecret', value);
}

function formerLookupSecrets(value: unknown, newest: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    fail('formerLookupSecrets', value, 'a list of secrets, the oldest first');
  const former = value.map((item, i) => secret(`formerLookupSecrets[${i}]`, item));
  const twin = former.findIndex((item, i) => item === newest || former.indexOf(item) < i);
  if (twin >= 0)
    fail(
      `formerLookupSecrets[${twin}]`,
      former[twin],
      'another secret than "lookupSecret" and the others',
    );
  return former;
}

function url(option: string, value: unknown, insecure: boolean): string {
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const scheme = parsed?.protocol === 'https:' || (insecure && parsed?.protocol === 'http:');
  const credentials = parsed !== null && (parsed.username !== '' || parsed.password !== '');
  if (!parsed || !scheme || credentials || parsed.href.includes('?') || parsed.href.includes('#'))
    fail(
      option,
      credentials ? new HiddenValue(value) : value,
      `an ${insecure ? 'http(s)' : 'https'} address without credentials, query or fragment${insecure ? '' : ' (http needs allowInsecure)'}`,
    );
  return parsed.href.replace(/\/+$/, '');
}

function callbackText(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'string' ||
    value.length > MAX_CALLBACK_DATA ||
    /[\0\p{Surrogate}]/u.test(value)
  )
    fail(option, value, `a text of at most ${MAX_CALLBACK_DATA} characters`);
  return value;
}

function notifyTarget(option: string, value: unknown, hosts: readonly string[]): string {
  const problem = notifyUrlProblem(value, hosts);
  const credentials = typeof value === 'string' && /\/\/[^/]*@/.test(value);
  if (problem) fail(option, credentials ? new HiddenValue(value) : value, problem);
  return value as string;
}

/** What is wrong with a caller's own notifyUrl, or `null`. */
export function notifyUrlProblem(value: unknown, hosts: readonly string[]): string | null {
  // The parser would silently drop what it does not like.
  if (typeof value !== 'string' || !URL.canParse(value) || !/^[\x21-\x7e]+$/.test(value))
    return 'an absolute address';
  if (value.length > MAX_NOTIFY_URL) return `at most ${MAX_NOTIFY_URL} characters long`;
  const { host, protocol, username, password } = new URL(value);
  if (!['https:', 'http:'].includes(protocol)) return 'an http(s) address';
  if (username || password) return 'an address without credentials';
  return hosts.includes(host) ? null : 'an address whose host stands in "notifyHosts"';
}
