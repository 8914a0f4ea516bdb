import type { BlockList } from 'node:net';
import type { OtpRequirement } from '../http/require-otp.decorator.js';
import { account, webhookCredential } from './account.js';
import type { OtpAccount } from './account.js';
import { networks, proxyAddress, url } from './addresses.js';
import { group, name, oneOf, optionalFunction, text, texts, whole } from './checks.js';
import { fail } from './config-error.js';
import { messages, OWN_LANGUAGES } from './messages.js';
import type { OtpMessages } from './messages.js';
import { CONTENT_TYPES, callbackText, notifyTarget } from './notify.js';
import { checkOptionNames } from './option-names.js';
import { numberPrefixes, testNumbers } from './numbers.js';
import type {
  OtpOptions,
  OtpOwnLimit,
  OtpPurposeOptions,
  ProofPlace,
  SubjectOf,
  WebhookCredential,
} from './otp.options.js';
import { proofSettings } from './proof.js';
import { retention } from './retention.js';
import { formerLookupSecrets, lookupSecret, secretCheck, secretRing } from './secrets.js';
import {
  conversionGuard,
  dailyBudget,
  numberRules,
  ownLimits,
  SEND_LIMITS,
  sendLimit,
  sharedRules,
  streamLimit,
} from './send-limits.js';
import type { SendLimit, SendRules } from './send-limits.js';

/** A purpose's values after defaults and precedence. */
export type OtpPolicy = Required<
  Omit<OtpPurposeOptions, 'notifyUrl' | 'callbackData' | 'lockout' | keyof typeof SEND_LIMITS>
> &
  Pick<OtpPurposeOptions, 'notifyUrl' | 'callbackData'> & {
    lockout: { perHour: number; perDay: number; seconds: number };
  } & Record<keyof typeof SEND_LIMITS, SendLimit>;

const LOCKOUT = 'an object with perHour, perDay and seconds: wrong codes cannot be without a limit';

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
  readonly language: string;
  readonly acceptLanguage: boolean;
  readonly messages: OtpMessages;
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
  readonly telemetry: OtpOptions['telemetry'];
  private readonly testNumbers: ReadonlyMap<string, { code: string; until: number }>;
  private readonly base: OtpPolicy;
  private readonly policies = new Map<string, OtpPolicy>();

  /**
   * @param nodeEnv `NODE_ENV`: `production` requires a budget, `development` and `test` allow weak secrets
   * @throws OtpConfigError naming the option
   */
  constructor(options: OtpOptions, nodeEnv?: string) {
    const inProduction = nodeEnv === 'production';
    const secret = secretCheck(nodeEnv);
    checkOptionNames(options);
    const insecure = oneOf('allowInsecure', options.allowInsecure ?? false, [true, false]);
    this.account = account(options);
    this.secrets = secretRing(options, secret);
    this.lookupSecret = lookupSecret(options.lookupSecret, this.secrets, secret);
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
    const timeouts = group('timeouts', options.timeouts);
    this.timeouts = {
      connect: whole('timeouts.connect', timeouts.connect ?? 3000, 1, 10_000),
      // The lease of a check is 15 s; a call that may outlive it could be answered twice.
      call: whole('timeouts.call', timeouts.call ?? 10_000, 1, 12_000),
    };
    this.proof = proofSettings(group('proof', options.proof));
    this.refusalStatus = oneOf('refusalStatus', options.refusalStatus ?? 401, [401, 403]);
    this.messages = messages(options.messages ?? {});
    this.language = oneOf('language', options.language ?? 'en', [
      ...new Set([...OWN_LANGUAGES, ...Object.keys(this.messages)]),
    ]);
    this.acceptLanguage = oneOf('acceptLanguage', options.acceptLanguage ?? true, [true, false]);
    this.sweepEvery =
      options.sweepEvery === false ? false : whole('sweepEvery', options.sweepEvery ?? 30, 1, 3600);
    this.dailyBudget = dailyBudget(options.dailyBudget, inProduction);
    this.limits = ownLimits(options.limits ?? []);
    this.conversionGuard = conversionGuard(options.conversionGuard ?? {});
    this.blockedNumbers = numberPrefixes('blockedNumbers', options.blockedNumbers ?? []);
    this.safeNumbers = numberPrefixes('safeNumbers', options.safeNumbers ?? []);
    this.testNumbers = testNumbers(options.testNumbers ?? [], inProduction);
    this.beforeSend = optionalFunction('beforeSend', options.beforeSend);
    this.onAlarm = optionalFunction('onAlarm', options.onAlarm);
    this.telemetry = optionalFunction('telemetry', options.telemetry);
    this.retention = options.retention === false ? false : retention(options.retention ?? {});
    this.preparedStatements = oneOf('preparedStatements', options.preparedStatements ?? true, [
      true,
      false,
    ]);
    this.maxStreamsPerIp = streamLimit(options.maxStreamsPerIp);
    this.base = this.policyFrom('', options, {
      otcId: this.account.auth === 'own' ? 'none' : '',
      notifyContentType: 'application/json',
      ttl: 300,
      maxAttempts: 5,
      maxResends: 3,
      cooldown: [60, 120, 300],
      lockout: { perHour: 10, perDay: 20, seconds: 3600 },
      ...SEND_LIMITS,
    });
    for (const [purpose, own] of Object.entries(group('purposes', options.purposes)))
      this.policies.set(
        name('purposes', purpose),
        this.policyFrom(`purposes.${purpose}.`, group(`purposes.${purpose}`, own), this.base),
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
      fail(`${prefix}cooldown`, cooldown, 'a list of 1 to 10 waits in seconds');
    const notifyUrl = own.notifyUrl ?? base.notifyUrl;
    const lockout = { ...base.lockout, ...group(`${prefix}lockout`, own.lockout, LOCKOUT) };
    const perDay = whole(`${prefix}lockout.perDay`, lockout.perDay, 1, 1000);
    return {
      otcId: text(`${prefix}otcId`, own.otcId ?? (base.otcId || undefined)),
      notifyUrl:
        notifyUrl === undefined
          ? undefined
          : notifyTarget(`${prefix}notifyUrl`, notifyUrl, this.notifyHosts),
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
      sendLimit: sendLimit(prefix, 'sendLimit', own, base),
      subjectSendLimit: sendLimit(prefix, 'subjectSendLimit', own, base),
    };
  }
}
