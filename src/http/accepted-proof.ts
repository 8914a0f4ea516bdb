import type { OtpProof } from '../service/otp-proof.js';
import { ACCEPTED_PROOF } from './metadata.js';

type Carrier = Record<symbol, OtpProof | undefined>;

/** The proof an HTTP request was let in with, if any. */
export function acceptedProof(request: object): OtpProof | undefined {
  return (request as Carrier)[ACCEPTED_PROOF];
}

export function acceptProof(request: object, proof: OtpProof): void {
  (request as Carrier)[ACCEPTED_PROOF] = proof;
}
