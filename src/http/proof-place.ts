import type { ExecutionContext } from '@nestjs/common';
import type { OtpSettings } from '../options/otp.settings.js';
import type { ProofPlace } from '../options/otp.options.js';
import { dataOf } from './guarded-call.js';
import type { GuardedRequest } from './guarded-call.js';

/**
 * What stands where a call carries its proof, unchecked. Without an HTTP request there are neither
 * headers nor cookies, so a message has it in a field of its data.
 */
export function readProof(
  place: ProofPlace,
  context: ExecutionContext,
  request: GuardedRequest | undefined,
  { header, cookie, field }: OtpSettings['proof'],
): unknown {
  if (typeof place === 'function') return place(context);
  if (!request || place === 'body') return ownText(dataOf(context), field);
  return place === 'cookie'
    ? cookieOf(request.headers?.cookie, cookie)
    : ownText(request.headers, header);
}

/**
 * The one cookie of this name in the request's own header. A cookie parser keeps one of two, and a neighbour
 * domain can plant the one that is kept: two of a name count as none.
 */
function cookieOf(sent: unknown, name: string): string | undefined {
  if (typeof sent !== 'string') return undefined;
  const values = sent.split(';').flatMap((pair) => {
    const [key = '', ...value] = pair.split('=');
    return key.trim() === name ? [value.join('=').trim()] : [];
  });
  // A value may stand in quotes (RFC 6265, 4.1.1); a proof has no character that needs decoding.
  return values.length === 1 ? values[0]?.replace(/^"(.*)"$/, '$1') : undefined;
}

function ownText(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}
