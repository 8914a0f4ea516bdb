import { aFunction, group, name, oneOf, whole } from './checks.js';
import { fail } from './config-error.js';
import type { OtpOptions, OtpOwnLimit, OtpPurposeOptions } from './otp.options.js';
import type { OtpPolicy, OtpSettings } from './otp.settings.js';

/** What one kind of limit allows; see `domain/limits.ts`. */
interface SendRule {
  rates: { seconds: number; max: number }[];
  enforced: boolean;
  budget?: number;
}

/** Every kind of limit that a purpose's sends count on. */
export type SendRules = Partial<
  Record<'number' | 'subject' | 'ipv4' | 'ipv6' | 'block' | 'day' | `own.${string}`, SendRule>
>;

const HOUR = 3600;
const DAY = 24 * HOUR;

/** SMS in any hour and any day; `false`: no limit. */
export type SendLimit = { perHour: number; perDay: number } | false;

export const SEND_LIMITS = {
  sendLimit: { perHour: 5, perDay: 10 },
  subjectSendLimit: { perHour: 20, perDay: 40 },
};

export function numberRules({ sendLimit, subjectSendLimit }: OtpPolicy): SendRules {
  const rule = ({ perHour, perDay }: Exclude<SendLimit, false>): SendRule => ({
    rates: [
      { seconds: HOUR, max: perHour },
      { seconds: DAY, max: perDay },
    ],
    enforced: true,
  });
  return {
    ...(sendLimit !== false && { number: rule(sendLimit) }),
    ...(subjectSendLimit !== false && { subject: rule(subjectSendLimit) }),
  };
}

export function sharedRules(options: OtpOptions, budget: number | false): SendRules {
  const { ipTrusted = false, blockLimit = 20 } = options;
  const { ipv4 = 100, ipv6 = 20 } = ipLimit(options.ipLimit);
  const hourly = (max: number, enforced: boolean): SendRule => ({
    rates: [{ seconds: HOUR, max }],
    enforced,
  });
  const trusted = oneOf('ipTrusted', ipTrusted, [true, false]);
  return {
    ...(ipv4 !== false && { ipv4: hourly(whole('ipLimit.ipv4', ipv4, 1, 10_000), trusted) }),
    ...(ipv6 !== false && { ipv6: hourly(whole('ipLimit.ipv6', ipv6, 1, 10_000), trusted) }),
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

const OR_FALSE = 'an object of options, or false for no limit';

function ipLimit(given: OtpOptions['ipLimit']): Partial<Record<'ipv4' | 'ipv6', number | false>> {
  return given === false ? { ipv4: false, ipv6: false } : group('ipLimit', given, OR_FALSE);
}

export function sendLimit(
  prefix: string,
  which: keyof typeof SEND_LIMITS,
  own: OtpPurposeOptions,
  base: OtpPolicy,
): SendLimit {
  const option = `${prefix}${which}`;
  const { [which]: given = base[which] } = own;
  if (given === false) return false;
  const limit = { ...(base[which] || SEND_LIMITS[which]), ...group(option, given, OR_FALSE) };
  const perDay = whole(`${option}.perDay`, limit.perDay, 1, 10_000);
  return { perHour: whole(`${option}.perHour`, limit.perHour, 1, perDay), perDay };
}

export function ownLimits(given: readonly OtpOwnLimit[]): readonly OtpOwnLimit[] {
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

export function conversionGuard(
  given: NonNullable<OtpOptions['conversionGuard']>,
): OtpSettings['conversionGuard'] {
  if (given === false) return false;
  const {
    mode = 'enforce',
    sends = 50,
    verified = 0.2,
    seconds = HOUR,
  } = group('conversionGuard', given, 'an object of options, or false for no guard');
  if (typeof verified !== 'number' || !(verified > 0 && verified <= 1))
    fail('conversionGuard.verified', verified, 'a share above 0 and at most 1');
  return {
    mode: oneOf('conversionGuard.mode', mode, ['enforce', 'monitor']),
    sends: whole('conversionGuard.sends', sends, 1, 100_000),
    verified,
    seconds: whole('conversionGuard.seconds', seconds, 60, DAY),
  };
}

export function streamLimit(given: number | false | undefined): number {
  return given === false ? Infinity : whole('maxStreamsPerIp', given ?? 10, 1, 10_000);
}

/** An attack can empty an account in a night; a shop that wants no budget has to say so. */
export function dailyBudget(
  value: number | false | undefined,
  inProduction: boolean,
): number | false {
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
