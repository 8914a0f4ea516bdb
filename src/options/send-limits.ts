import { aFunction, name, oneOf, whole } from './checks.js';
import { fail } from './config-error.js';
import type { OtpOptions, OtpOwnLimit } from './otp.options.js';
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

export function numberRules({ sendLimit, subjectSendLimit }: OtpPolicy): SendRules {
  const rule = ({ perHour, perDay }: { perHour: number; perDay: number }): SendRule => ({
    rates: [
      { seconds: HOUR, max: perHour },
      { seconds: DAY, max: perDay },
    ],
    enforced: true,
  });
  return { number: rule(sendLimit), subject: rule(subjectSendLimit) };
}

export function sharedRules(options: OtpOptions, budget: number | false): SendRules {
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

export function sendLimit(
  option: string,
  own: { perHour?: number; perDay?: number } | undefined,
  base: { perHour: number; perDay: number },
): { perHour: number; perDay: number } {
  const limit = { ...base, ...own };
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
