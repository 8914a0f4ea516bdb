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
}

/** Who sends and checks: ANTS by one of its two ways to sign calls, or a provider of the app's own. */
export type OtpAccount =
  | { readonly auth: 'basic'; readonly username: string; readonly password: string }
  | { readonly auth: 'bearer'; readonly token: string }
  | { readonly auth: 'own'; readonly provider: OtpProvider };

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
  /** Id of the OTP configuration in ANTS' portal, an upper-case UUID. */
  otcId: string;
  /** Signs tickets, tokens and proofs, seals numbers. At least 32 characters. Or give `secrets`. */
  secret?: string;
  /** A ring of secrets: the first signs and seals, all of them verify and open. */
  secrets?: string[];
  /**
   * Keys the look-up of numbers; it must not change when `secrets` rotate, so a ring of two or more
   * needs it. Give it the value of your first secret. @default the only secret
   */
  lookupSecret?: string;
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
   * An HTTP proxy on the way to ANTS, `http://user:password@proxy.example:3128` with URL-encoded
   * credentials. Proxies that the environment names are ignored. @default none
   */
  proxy?: string;
  /** Allows `http:` in `baseUrl` and `publicUrl`: for the simulator, never for production. @default false */
  allowInsecure?: boolean;
  /** Hosts a request's own `notifyUrl` may name. @default [] */
  notifyHosts?: string[];
  /** Name of this module's set of keys, rows and limits. @default 'default' */
  instance?: string;
  /** Overrides by purpose. A purpose that is not listed uses the module's values. */
  purposes?: Record<string, OtpPurposeOptions>;
  /** Milliseconds. @default { connect: 3000, call: 10000 } */
  timeouts?: { connect?: number; call?: number };
  proof?: {
    /** Seconds a proof is good for after the verification. @default 600 */
    ttl?: number;
    /** Header the guard reads the proof from. @default 'x-otp-proof' */
    header?: string;
  };
  /** What a missing or bad proof answers; 403 for front ends that log out on 401. @default 401 */
  refusalStatus?: 401 | 403;
  /** Language of messages when the client names none. @default 'en' */
  language?: 'en' | 'th';
  /** Seconds between two sweeps of what time has ended; `false` turns them off here. @default 30 */
  sweepEvery?: number | false;
  /** Named prepared statements; `false` behind a pooler in transaction mode. @default true */
  preparedStatements?: boolean;
}

/** A purpose's values after defaults and precedence. */
export type OtpPolicy = Required<Omit<OtpPurposeOptions, 'notifyUrl' | 'callbackData'>> &
  Pick<OtpPurposeOptions, 'notifyUrl' | 'callbackData'>;

/** The checked options with every default filled in; also the token to inject them by. */
export class OtpSettings {
  readonly account: OtpAccount;
  readonly secrets: readonly string[];
  readonly lookupSecret: string;
  readonly publicUrl: string | null;
  readonly baseUrl: string;
  readonly resendBody: 'otpId' | 'otcId' | 'both';
  readonly proxy: string | undefined;
  readonly notifyHosts: readonly string[];
  readonly instance: string;
  readonly timeouts: { readonly connect: number; readonly call: number };
  readonly proof: { readonly ttl: number; readonly header: string };
  readonly refusalStatus: 401 | 403;
  readonly language: 'en' | 'th';
  readonly sweepEvery: number | false;
  readonly preparedStatements: boolean;
  /** Cool-down steps by purpose; the empty name stands for every purpose that is not listed. */
  readonly cooldowns: Readonly<Record<string, readonly number[]>>;
  private readonly base: OtpPolicy;
  private readonly policies = new Map<string, OtpPolicy>();

  /** @throws OtpConfigError naming the option and its value */
  constructor(options: OtpOptions) {
    const insecure = oneOf('allowInsecure', options.allowInsecure ?? false, [true, false]);
    this.account = account(options);
    this.secrets = secretRing(options);
    this.lookupSecret = lookupSecret(options.lookupSecret, this.secrets);
    this.publicUrl =
      options.publicUrl === undefined ? null : url('publicUrl', options.publicUrl, insecure);
    this.baseUrl = url('baseUrl', options.baseUrl ?? 'https://api-service.ants.co.th', insecure);
    this.resendBody = oneOf('resendBody', options.resendBody ?? 'otpId', [
      'otpId',
      'otcId',
      'both',
    ]);
    this.proxy = options.proxy === undefined ? undefined : proxyAddress(options.proxy);
    this.notifyHosts = texts('notifyHosts', options.notifyHosts ?? []);
    this.instance = name('instance', options.instance ?? 'default');
    this.timeouts = {
      connect: whole('timeouts.connect', options.timeouts?.connect ?? 3000, 1, 10_000),
      // The lease of a check is 15 s; a call that may outlive it could be answered twice.
      call: whole('timeouts.call', options.timeouts?.call ?? 10_000, 1, 12_000),
    };
    this.proof = {
      ttl: whole('proof.ttl', options.proof?.ttl ?? 600, 1, 86_400),
      header: text('proof.header', options.proof?.header ?? 'x-otp-proof').toLowerCase(),
    };
    this.refusalStatus = oneOf('refusalStatus', options.refusalStatus ?? 401, [401, 403]);
    this.language = oneOf('language', options.language ?? 'en', ['en', 'th']);
    this.sweepEvery =
      options.sweepEvery === false ? false : whole('sweepEvery', options.sweepEvery ?? 30, 1, 3600);
    this.preparedStatements = options.preparedStatements ?? true;
    this.base = this.policyFrom('', options, {
      otcId: this.account.auth === 'own' ? 'none' : '',
      notifyContentType: 'application/json',
      ttl: 300,
      maxAttempts: 5,
      maxResends: 3,
      cooldown: [60, 120, 300],
    });
    for (const [purpose, own] of Object.entries(options.purposes ?? {}))
      this.policies.set(
        name('purposes', purpose),
        this.policyFrom(`purposes.${purpose}.`, own, this.base),
      );
    this.cooldowns = Object.fromEntries(
      [['', this.base] as const, ...this.policies].map(([purpose, { cooldown }]) => [
        purpose,
        cooldown,
      ]),
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

  /** The purposes listed in `purposes`. */
  get purposes(): string[] {
    return [...this.policies.keys()];
  }

  private policyFrom(prefix: string, own: OtpPurposeOptions, base: OtpPolicy): OtpPolicy {
    const cooldown = own.cooldown ?? base.cooldown;
    if (!Array.isArray(cooldown) || cooldown.length < 1 || cooldown.length > 10)
      throw new OtpConfigError(`${prefix}cooldown`, cooldown, 'a list of 1 to 10 waits in seconds');
    const notifyUrl = own.notifyUrl ?? base.notifyUrl;
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
const SECRET_OPTIONS = /^(username|password|token|proxy|provider|secret|secrets|lookupSecret)/;

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
      return { auth, username: userName(username), password: text('password', password) };
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
function userName(value: unknown): string {
  const given = text('username', value);
  if (given.includes(':')) fail('username', given, 'a text without ":"');
  return given;
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

function name(option: string, value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9][\w.-]{0,63}$/.test(value))
    fail(option, value, 'a name of letters, digits, ".", "_" or "-" (at most 64)');
  return value;
}

function whole(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    fail(option, value, `a whole number from ${min} to ${max}`);
  return value;
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
