import type { RequireOtpOptions, OtpRequirement } from '../http/require-otp.decorator.js';
import type { ASYNC_OPTIONS_TYPE, OtpModuleExtras } from '../otp.module-definition.js';
import { checkNames, homesOf } from './check-names.js';
import type { Homes, NamesOf } from './check-names.js';
import type { OtpOptions, OtpPurposeOptions } from './otp.options.js';

const REQUIREMENT_NAMES: NamesOf<RequireOtpOptions> = {
  instance: null,
  maxAge: null,
  binding: null,
  subject: null,
  proof: null,
  reuse: null,
  consume: null,
};

const PURPOSE_NAMES: NamesOf<OtpPurposeOptions> = {
  otcId: null,
  notifyUrl: null,
  notifyContentType: null,
  callbackData: null,
  ttl: null,
  maxAttempts: null,
  maxResends: null,
  cooldown: null,
  lockout: { names: { perHour: null, perDay: null, seconds: null } },
  sendLimit: { names: { perHour: null, perDay: null } },
  subjectSendLimit: { names: { perHour: null, perDay: null } },
};

type RequiredNames = NamesOf<Omit<OtpRequirement, 'optional'>>;
const PROOF_REQUIRED_NAMES: RequiredNames = { ...REQUIREMENT_NAMES, purpose: null };

/** `messages` has names by language and error code, and a check of its own. */
const OPTION_NAMES: Omit<NamesOf<OtpOptions>, 'messages'> & { messages: null } = {
  ...PURPOSE_NAMES,
  username: null,
  password: null,
  token: null,
  auth: null,
  provider: null,
  secret: null,
  secrets: null,
  lookupSecret: null,
  formerLookupSecrets: null,
  publicUrl: null,
  baseUrl: null,
  resendBody: null,
  verifyFlags: null,
  proxy: null,
  allowInsecure: null,
  notifyHosts: null,
  webhookAuth: { names: { username: null, password: null } },
  webhookAddresses: null,
  instance: null,
  purposes: { each: { names: PURPOSE_NAMES } },
  timeouts: { names: { connect: null, call: null } },
  proof: {
    names: {
      ttl: null,
      from: null,
      header: null,
      cookie: null,
      field: null,
      subject: null,
      required: { names: PROOF_REQUIRED_NAMES },
    },
  },
  refusalStatus: null,
  language: null,
  acceptLanguage: null,
  messages: null,
  dailyBudget: null,
  blockLimit: null,
  ipLimit: { names: { ipv4: null, ipv6: null } },
  ipTrusted: null,
  limits: { each: { names: { name: null, key: null, max: null, per: null, monitor: null } } },
  conversionGuard: { names: { mode: null, sends: null, verified: null, seconds: null } },
  blockedNumbers: null,
  safeNumbers: null,
  beforeSend: null,
  testNumbers: { each: { names: { mobile: null, code: null, validUntil: null } } },
  onAlarm: null,
  telemetry: null,
  sweepEvery: null,
  retention: { names: { otps: null, history: null } },
  preparedStatements: null,
  maxStreamsPerIp: null,
};

const EXTRA_NAMES: NamesOf<OtpModuleExtras> = {
  name: null,
  isGlobal: null,
  dataSource: null,
  database: {
    names: {
      url: null,
      schema: null,
      poolSize: null,
      ssl: null,
      migrationsRun: null,
      migrationsTable: null,
      retryAttempts: null,
    },
  },
  webhook: { names: { path: null, decorators: null } },
  routes: { names: { path: null } },
};

type AsyncNames = Readonly<
  Record<Exclude<keyof typeof ASYNC_OPTIONS_TYPE, keyof OtpModuleExtras>, null>
>;
const ASYNC_NAMES: AsyncNames = {
  imports: null,
  inject: null,
  useFactory: null,
  useClass: null,
  useExisting: null,
  provideInjectionTokensFrom: null,
};

const BESIDE = 'beside useFactory, not in what it returns (with forRoot: at the top level)';
const OF_EXTRAS = homesOf(EXTRA_NAMES, BESIDE);
const OF_OPTIONS = homesOf(OPTION_NAMES, 'at the top level');
const OF_ALL: Homes = { ...OF_EXTRAS, ...OF_OPTIONS };
const OF_A_FACTORY: Homes = {
  ...OF_EXTRAS,
  ...homesOf(OPTION_NAMES, 'in what useFactory returns'),
};

/** @throws OtpConfigError for a name that the module's options do not have */
export function checkOptionNames(options: OtpOptions): void {
  checkNames(options, OPTION_NAMES, '', OF_ALL);
}

/** What stands beside the options of `forRoot`. @throws OtpConfigError */
export function checkExtraNames(given: object): void {
  const extras = Object.entries(given).filter(([name]) => Object.hasOwn(EXTRA_NAMES, name));
  checkNames(Object.fromEntries(extras), EXTRA_NAMES, '', OF_ALL);
}

/** What `forRootAsync` takes. @throws OtpConfigError */
export function checkAsyncNames(given: object): void {
  checkNames(given, { ...ASYNC_NAMES, ...EXTRA_NAMES }, '', OF_A_FACTORY);
}

/** What the decorators of a route take. @throws OtpConfigError */
export function checkRequirementNames(decorator: string, options: RequireOtpOptions): void {
  checkNames(options, REQUIREMENT_NAMES, `${decorator}.`);
}
