import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { Refusal } from '../domain/errors.js';
import { DEFAULT_INSTANCE } from '../service/instance-name.js';
import { OtpProof } from '../service/otp-proof.js';
import { isOtpException, isProofRefusal, OtpException } from '../service/otp.exception.js';
import { acceptProof } from './accepted-proof.js';
import { requestBehind } from './guarded-call.js';
import type { GuardedRequest } from './guarded-call.js';
import { OtpInstances } from './otp-instances.js';
import type { OtpInstance } from './otp-instances.js';
import { readProof } from './proof-place.js';
import { Requirements } from './requirements.js';
import { stepUpChallenge } from './step-up-challenge.js';
import type { OtpRequirement } from './require-otp.decorator.js';

interface HeaderResponse {
  header?(name: string, value: string): unknown;
}

/**
 * The token that each call in progress has used up, for all guards of the call: one for the app, one on
 * the class and one on the method share a proof. Nothing longer than the call may remember it.
 */
const spent = new WeakMap<ExecutionContext, string>();

/**
 * Lets a call in that carries a proof of the right purpose, subject and binding: an HTTP request, a
 * GraphQL field, a message of a socket.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpGuard implements CanActivate {
  private readonly instances: OtpInstances;
  private readonly requirements: Requirements;

  constructor(reflector: Reflector, app: ModuleRef) {
    this.instances = new OtpInstances(app);
    this.requirements = new Requirements(reflector, this.instances);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = this.requirement(context);
    if (!requirement) return true;
    try {
      await this.admit(context, requirement);
      return true;
    } catch (error) {
      if (isOtpException(error) && isProofRefusal(error)) this.challenge(context, requirement);
      throw error;
    }
  }

  /**
   * What the route or its class is marked with, else option `proof.required`; `null` is open. No mark at
   * all is a mistake that must not open.
   */
  protected requirement(context: ExecutionContext): OtpRequirement | null {
    return this.requirements.of(context);
  }

  /** The HTTP request behind the call, if there is one. */
  protected requestOf(context: ExecutionContext): GuardedRequest | undefined {
    return requestBehind(context);
  }

  /** Reads the proof from the place of the route or the module. What is no text opens nothing. */
  protected tokenOf(context: ExecutionContext, requirement: OtpRequirement): unknown {
    const { proof } = this.instanceOf(requirement).settings;
    return readProof(requirement.proof ?? proof.from, context, this.requestOf(context), proof);
  }

  private async admit(context: ExecutionContext, requirement: OtpRequirement): Promise<void> {
    const { proofs, settings } = this.instanceOf(requirement);
    const refuse = (refusal: Refusal): never => {
      throw new OtpException(refusal, { status: settings.refusalStatus });
    };
    const token = this.tokenOf(context, requirement);
    if (!token) {
      if (!requirement.optional) refuse({ code: 'proof_required' });
      acceptProof(context, null);
      return;
    }
    const { purpose, maxAge, binding } = requirement;
    const subject = requirement.subject ? requirement.subject(context) : undefined;
    if (typeof token !== 'string' || (requirement.subject && !subject))
      return refuse({ code: 'proof_invalid' });
    const check = proofs.check(token, {
      purpose,
      maxAge,
      subject,
      ...(binding && { binding: binding(context) ?? null }),
    });
    if (!check.ok) return refuse(check.refusal);

    const { id } = check.facts;
    const consumes = !requirement.reuse && requirement.consume !== 'handler';
    if (consumes && spent.get(context) !== token) {
      await proofs.consume(id);
      spent.set(context, token);
    }
    acceptProof(context, new OtpProof(check.facts, (manager) => proofs.consume(id, manager)));
  }

  private instanceOf({ instance = DEFAULT_INSTANCE }: OtpRequirement): OtpInstance {
    return this.instances.of(instance);
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
