import { parseMobile } from '../domain/mobile.js';
import { isStorable } from '../domain/text.js';
import type { OtpSearch } from '../service/otp.api.js';

/** Nothing that an OTP is found by is longer. */
const MAX_INPUT = 500;

/**
 * What a text from the search field may mean. A number only, where it can be one: nobody names an order like
 * that, and nothing but its MAC is asked for then.
 */
export function searchesOf(input: unknown): ({ id: string } | OtpSearch)[] {
  const text = typeof input === 'string' ? input.trim() : '';
  if (text === '' || text.length > MAX_INPUT || !isStorable(text)) return [];
  if (parseMobile(text)) return [{ mobile: text }];
  return [
    // ANTS' ids look like ours.
    { id: text.toLowerCase() },
    { referenceCode: text },
    { otpId: text },
    { messageId: text },
    { callbackData: text },
    { subject: text },
  ];
}
