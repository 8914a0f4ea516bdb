import type { ExecutionContext } from '@nestjs/common';
import type { OtpProof } from '../service/otp-proof.js';
import { carrierOf } from './guarded-call.js';
import { ACCEPTED_PROOF } from './metadata.js';

/**
 * The proof a call was let in with, `null` if it was let in without one; `undefined` if no guard let it
 * in, or the call has nothing to carry a proof (a message whose data is no object).
 */
export function acceptedProof(context: ExecutionContext): OtpProof | null | undefined {
  const carrier = carrierOf(context) as Record<symbol, OtpProof | null> | undefined;
  return carrier?.[ACCEPTED_PROOF];
}

export function acceptProof(context: ExecutionContext, value: OtpProof | null): void {
  const carrier = carrierOf(context);
  // Not enumerable: a copy that a handler makes of its data takes no proof along.
  if (carrier) Object.defineProperty(carrier, ACCEPTED_PROOF, { value, configurable: true });
}
