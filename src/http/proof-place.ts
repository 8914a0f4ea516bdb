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
  return place === 'cookie' ? cookieOf(request, cookie) : ownText(request.headers, header);
}

/** Of the app's cookie parser, if it has one, else of the header. */
function cookieOf({ cookies, headers }: GuardedRequest, name: string): unknown {
  if (typeof cookies === 'object' && cookies !== null) return ownText(cookies, name);
  const sent = headers?.['cookie'];
  if (typeof sent !== 'string') return undefined;
  const found = sent
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  // Of two, one may be planted by a neighbour domain. Both together are no proof.
  return found.map((pair) => pair.slice(name.length + 1)).join(';');
}

function ownText(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}
