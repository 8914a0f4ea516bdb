import type { QueryRunner } from '../ports/otp-store.js';

/** What a proof says, once checked. */
export interface ProofFacts {
  /** The OTP's id, the `jti` of the token. */
  id: string;
  purpose: string;
  subject: string | null;
  /** The number that was proven, E.164. */
  mobile: string;
  verifiedAt: Date;
}

/**
 * A checked proof as `@VerifiedOtp()` hands it to a route.
 *
 * @hideconstructor
 */
export class OtpProof implements ProofFacts {
  readonly id: string;
  readonly purpose: string;
  readonly subject: string | null;
  readonly mobile: string;
  readonly verifiedAt: Date;
  readonly #consume: (manager?: QueryRunner) => Promise<void>;

  constructor(facts: ProofFacts, consume: (manager?: QueryRunner) => Promise<void>) {
    this.id = facts.id;
    this.purpose = facts.purpose;
    this.subject = facts.subject;
    this.mobile = facts.mobile;
    this.verifiedAt = facts.verifiedAt;
    this.#consume = consume;
  }

  /**
   * Uses the proof up. With `@RequireOtp(…, { consume: 'handler' })` call it inside your own
   * transaction: a rollback then gives the proof back.
   *
   * @param manager TypeORM's `EntityManager` of your open transaction; without it, its own statement
   * @throws OtpException `proof_consumed` when it was used or revoked before
   */
  consume(manager?: QueryRunner): Promise<void> {
    return this.#consume(manager);
  }
}
