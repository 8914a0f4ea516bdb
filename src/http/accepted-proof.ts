import type { OtpProof } from '../service/otp-proof.js';
import { ACCEPTED_PROOF } from './metadata.js';

/** The proof a request was let in with, and the token it came from. */
export interface AcceptedProof {
  token: string;
  proof: OtpProof;
  consumed: boolean;
}

type Carrier = Record<symbol, AcceptedProof | undefined>;

/** What an earlier guard of the same request accepted, if any. */
export function acceptedProof(request: object): AcceptedProof | undefined {
  return (request as Carrier)[ACCEPTED_PROOF];
}

export function acceptProof(request: object, accepted: AcceptedProof): void {
  (request as Carrier)[ACCEPTED_PROOF] = accepted;
}
