import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Refusal } from '../domain/errors.js';
import { OtpSettings } from '../otp.options.js';
import { OtpProof } from '../service/otp-proof.js';
import { OtpProofs } from '../service/otp-proofs.js';
import { isOtpException, isProofRefusal, OtpException } from '../service/otp.exception.js';
import { acceptProof } from './accepted-proof.js';
import { REQUIRE_OTP_METADATA } from './metadata.js';
import { stepUpChallenge } from './step-up-challenge.js';
import type { OtpRequirement } from './require-otp.decorator.js';

interface HeaderResponse {
  header?(name: string, value: string): unknown;
}

/** Lets a request in that carries a proof of the right purpose, subject and binding. */
@Injectable()
export class OtpGuard implements CanActivate {
  /** The token each call in progress was admitted with. */
  private readonly admitted = new WeakMap<ExecutionContext, string>();

  constructor(
    private readonly reflector: Reflector,
    private readonly proofs: OtpProofs,
    private readonly settings: OtpSettings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = this.requirement(context);
    try {
      await this.admit(context, requirement);
      return true;
    } catch (error) {
      if (isOtpException(error) && isProofRefusal(error)) this.challenge(context, requirement);
      throw error;
    }
  }

  /** The route's own `@RequireOtp`, or its class's. None at all is a mistake that must not open. */
  protected requirement(context: ExecutionContext): OtpRequirement {
    const targets = [context.getHandler(), context.getClass()];
    const found = this.reflector.getAllAndOverride<OtpRequirement | undefined>(
      REQUIRE_OTP_METADATA,
      targets,
    );
    if (!found)
      throw new Error(
        `OtpGuard on ${context.getClass().name}.${context.getHandler().name} needs @RequireOtp('<purpose>').`,
      );
    return found;
  }

  /** The object that lives as long as the request. */
  protected requestOf(context: ExecutionContext): object {
    return context.switchToHttp().getRequest<object>();
  }

  /** Reads the proof from the route's own extractor or the header. */
  protected tokenOf(context: ExecutionContext, requirement: OtpRequirement): string | undefined {
    if (requirement.proof) return requirement.proof(context);
    const { headers } = this.requestOf(context) as { headers?: Record<string, unknown> };
    const token = headers?.[this.settings.proof.header];
    return typeof token === 'string' ? token : undefined;
  }

  private async admit(context: ExecutionContext, requirement: OtpRequirement): Promise<void> {
    const token = this.tokenOf(context, requirement);
    if (!token) this.refuse({ code: 'proof_required' });
    const subject = requirement.subject?.(context);
    if (requirement.subject && !subject) this.refuse({ code: 'proof_invalid' });
    const check = this.proofs.check(token, {
      purpose: requirement.purpose,
      maxAge: requirement.maxAge,
      subject,
      ...(requirement.binding && { binding: requirement.binding(context) ?? null }),
    });
    if (!check.ok) this.refuse(check.refusal);

    // A class guard and a method guard of one call share one proof and use it up once. Nothing longer
    // than the call may remember it: the request of a socket lives through many messages.
    const { id } = check.facts;
    const earlier = this.admitted.get(context);
    if (earlier !== token) {
      if (!requirement.reuse && requirement.consume !== 'handler') await this.proofs.consume(id);
      this.admitted.set(context, token);
    }
    const proof = new OtpProof(check.facts, (manager) => this.proofs.consume(id, manager));
    if (context.getType() === 'http') acceptProof(this.requestOf(context), proof);
  }

  private refuse(refusal: Refusal): never {
    throw new OtpException(refusal, { status: this.settings.refusalStatus });
  }

  /** On the response itself, so that it survives whichever filter answers. */
  private challenge(context: ExecutionContext, { maxAge }: OtpRequirement): void {
    if (context.getType() !== 'http') return;
    context
      .switchToHttp()
      .getResponse<HeaderResponse>()
      .header?.('WWW-Authenticate', stepUpChallenge(maxAge));
  }
}
