import { Injectable } from '@nestjs/common';
import { createSigner, createVerifier } from 'fast-jwt';
import type { Refusal } from '../domain/errors.js';
import type { OtpRecord } from '../domain/otp.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import type { QueryRunner } from '../ports/otp-store.js';
import { fromBase64url, KeyRing } from './key-ring.js';
import type { ProofFacts } from './otp-proof.js';
import { orUnavailable } from './otp-faults.js';
import { OtpException } from './otp.exception.js';

/** The claims of a proof (RFC 7519). The number is sealed: a client's log cannot read it. */
interface Claims {
  iss: string;
  aud: string;
  /** The OTP's id: one verification, one `jti`. */
  jti: string;
  iat: number;
  exp: number;
  purpose: string;
  sub?: string;
  mobile: string;
  /** MAC of what the user was shown. */
  binding?: string;
}

/** What a route demands of a proof. */
export interface ProofDemand {
  purpose: string;
  /** Seconds since the verification. */
  maxAge?: number;
  /** What the route is about to do; must equal the binding of the request. */
  binding?: unknown;
  /** The signed-in user; must equal the subject of the request. */
  subject?: string;
}

export type ProofCheck = { ok: true; facts: ProofFacts } | { ok: false; refusal: Refusal };

const ISSUER = 'nestjs-ants-otp';
/** How far the database's clock and this machine's may differ. Seconds. */
const SKEW_SECONDS = 30;
/** A longer text cannot be a proof of ours. */
const MAX_PROOF = 4096;

type Verify = (token: string) => Claims;

/** Issues and checks proofs: JWTs signed with the key ring, all in memory but for `consume`. */
@Injectable()
export class OtpProofs {
  private readonly sign: (claims: Omit<Claims, 'iss' | 'aud'>) => string;
  private readonly verifiers = new Map<string, Verify>();

  constructor(
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly store: OtpStore,
    private readonly clock: Clock,
  ) {
    const { id: kid, proof: key } = keys.current;
    const { instance: aud } = settings;
    this.sign = createSigner({ algorithm: 'HS256', key, kid, iss: ISSUER, aud });
  }

  /** The same verification always gives the same `jti` and the same times, the database's. */
  issue(otp: OtpRecord, mobile: string, verifiedAt: Date): string {
    const iat = Math.floor(verifiedAt.getTime() / 1000);
    const { keyId, sealed } = this.keys.seal(mobile, `proof:${otp.id}`);
    return this.sign({
      jti: otp.id,
      iat,
      exp: iat + this.settings.proof.ttl,
      purpose: otp.purpose,
      ...(otp.subject !== null && { sub: otp.subject }),
      mobile: `${keyId}.${sealed.toString('base64url')}`,
      ...(otp.bindingMac && { binding: otp.bindingMac.toString('base64url') }),
    });
  }

  /** Checks a proof against what the route demands; no I/O. */
  check(token: string, demand: ProofDemand): ProofCheck {
    const claims = this.read(token);
    if (!claims) return refuse('proof_invalid');
    const now = this.clock.now() / 1000;
    if (claims.iat > now + SKEW_SECONDS) return refuse('proof_invalid');
    if (claims.exp <= now - SKEW_SECONDS) return refuse('proof_expired');
    if (demand.maxAge !== undefined && now - claims.iat > demand.maxAge + SKEW_SECONDS)
      return refuse('proof_expired');
    if (claims.purpose !== demand.purpose || !this.bindingFits(claims, demand))
      return refuse('proof_invalid');
    if (demand.subject !== undefined && claims.sub !== demand.subject)
      return refuse('proof_invalid');
    const facts = this.factsOf(claims);
    return facts ? { ok: true, facts } : refuse('proof_invalid');
  }

  /** @throws OtpException `proof_consumed`, `unavailable` */
  async consume(id: string, manager?: QueryRunner): Promise<void> {
    const { instance, refusalStatus: status } = this.settings;
    // Inside the app's own transaction its errors are the app's: it may want to retry.
    const consumed = manager
      ? await this.store.consume(id, instance, manager)
      : await orUnavailable(() => this.store.consume(id, instance));
    if (!consumed) throw new OtpException({ code: 'proof_consumed' }, { status });
  }

  /** A bound proof opens only a route that checks its binding, and the other way round. */
  private bindingFits(claims: Claims, demand: ProofDemand): boolean {
    if (demand.binding === undefined) return claims.binding === undefined;
    try {
      // A proof of before a change of `lookupSecret` holds the MAC of that time.
      const macs = this.keys.bindingMacs(demand.binding);
      return macs.some((mac) => mac.toString('base64url') === claims.binding);
    } catch {
      // A client's body that is no plain JSON (1e400, depth without end) binds to nothing.
      return false;
    }
  }

  /** `null` when the number was sealed for another proof. */
  private factsOf(claims: Claims): ProofFacts | null {
    const [keyId = '', sealed = ''] = claims.mobile.split('.');
    try {
      return {
        id: claims.jti,
        purpose: claims.purpose,
        subject: claims.sub ?? null,
        mobile: this.keys.open(keyId, Buffer.from(sealed, 'base64url'), `proof:${claims.jti}`),
        verifiedAt: new Date(claims.iat * 1000),
      };
    } catch {
      return null;
    }
  }

  private read(token: string): Claims | null {
    if (token.length > MAX_PROOF) return null;
    try {
      // Header and claims are signed as they are spelled; the signature itself must have one spelling too.
      if (!fromBase64url(token.slice(token.lastIndexOf('.') + 1))) return null;
      return this.verifierFor(token)?.(token) ?? null;
    } catch {
      return null;
    }
  }

  /** The verifier of the key the token names; its signature is still to be checked. */
  private verifierFor(token: string): Verify | null {
    const header = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    ) as { kid?: unknown };
    const kid = String(header.kid);
    const known = this.verifiers.get(kid);
    if (known) return known;
    const key = this.keys.proofKey(kid);
    if (!key) return null;
    const verify = createVerifier({
      algorithms: ['HS256'],
      key,
      allowedIss: ISSUER,
      allowedAud: this.settings.instance,
      requiredClaims: ['iss', 'aud', 'jti', 'iat', 'exp', 'purpose', 'mobile'],
      // Times are compared above, with the injected clock and the skew between two machines.
      ignoreExpiration: true,
    }) as Verify;
    this.verifiers.set(kid, verify);
    return verify;
  }
}

const refuse = (code: Refusal['code']): ProofCheck => ({ ok: false, refusal: { code } });
