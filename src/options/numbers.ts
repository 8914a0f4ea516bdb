import { foldThaiDigits } from '../domain/mobile.js';
import { tidy } from './checks.js';
import { fail } from './config-error.js';
import type { OtpTestNumber } from './otp.options.js';

/** Beginnings of Thai mobile numbers in any usual spelling, as E.164. */
export function numberPrefixes(option: string, value: unknown): string[] {
  if (!Array.isArray(value)) fail(option, value, 'a list of numbers or beginnings of numbers');
  return value.map((item: unknown, i) => {
    const place = `${option}[${i}]`;
    if (typeof item === 'string') tidy(place, item);
    return (
      prefixOf(item) ??
      fail(place, item, 'a Thai mobile number or its beginning, such as 0812345678 or 081')
    );
  });
}

function prefixOf(value: unknown): string | null {
  const digits = typeof value === 'string' ? foldThaiDigits(value).replace(/[\s().-]/g, '') : '';
  const national = /^(?:0|\+?66|0066)([6-9]\d{0,8})$/.exec(digits)?.[1];
  return national === undefined ? null : `+66${national}`;
}

const WHOLE_NUMBER = /^\+66\d{9}$/;

export function testNumbers(
  given: readonly OtpTestNumber[],
  inProduction: boolean,
): Map<string, { code: string; until: number }> {
  const list: unknown = given;
  if (!Array.isArray(list)) fail('testNumbers', list, 'a list of numbers with their codes');
  return new Map(
    given.map((test: OtpTestNumber | null, i) => {
      const option = `testNumbers[${i}]`;
      const { mobile, code, validUntil } = test ?? ({} as OtpTestNumber);
      if (typeof mobile === 'string') tidy(`${option}.mobile`, mobile);
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
