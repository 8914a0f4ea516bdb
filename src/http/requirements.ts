import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { DEFAULT_INSTANCE } from '../service/instance-name.js';
import { REQUIRE_OTP_METADATA } from './metadata.js';
import type { OtpInstances } from './otp-instances.js';
import type { OtpRequirement } from './require-otp.decorator.js';

/** What each route demands, with the defaults of its module; looked up once a route. */
export class Requirements {
  /** By class and handler: subclasses share the handlers that they inherit. */
  private readonly known = new WeakMap<object, WeakMap<object, OtpRequirement | null>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly instances: OtpInstances,
  ) {}

  /** `null`: the route is open. @throws Error when nothing says what it demands */
  of(context: ExecutionContext): OtpRequirement | null {
    const [handler, owner] = [context.getHandler(), context.getClass()];
    let ofClass = this.known.get(owner);
    if (!ofClass) this.known.set(owner, (ofClass = new WeakMap()));
    let requirement = ofClass.get(handler);
    if (requirement === undefined) ofClass.set(handler, (requirement = this.lookUp(context)));
    return requirement;
  }

  private lookUp(context: ExecutionContext): OtpRequirement | null {
    const [handler, owner] = [context.getHandler(), context.getClass()];
    const mark = this.reflector.getAllAndOverride<OtpRequirement | null | undefined>(
      REQUIRE_OTP_METADATA,
      [handler, owner],
    );
    if (mark === null) return null;
    const found = mark ?? this.instances.find(DEFAULT_INSTANCE)?.settings.proof.required;
    if (!found)
      throw new Error(
        `OtpGuard on ${owner.name}.${handler.name} needs @RequireOtp('<purpose>'). @SkipOtp() would leave it open.`,
      );
    const { proof } = this.instances.of(found.instance ?? DEFAULT_INSTANCE).settings;
    return { ...found, subject: found.subject ?? proof.subject };
  }
}
