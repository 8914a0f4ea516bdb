import { Injectable, RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { OtpSettings } from '../../options/otp.settings.js';
import { DEFAULT_INSTANCE, InstanceName } from '../../service/instance-name.js';
import { REQUIRE_OTP_METADATA } from '../metadata.js';
import type { OtpRequirement } from '../require-otp.decorator.js';
import { errorResponse } from './error-responses.js';
import { OtpErrorDto } from './otp-error.model.js';
import {
  PROOF_MARK,
  showAnew,
  showModels,
  showParameters,
  showResponses,
  showsResponses,
} from './swagger-metadata.js';
import type { Parameter, Response } from './swagger-metadata.js';

type Method = (...args: unknown[]) => unknown;
type Mark = OtpRequirement | null | undefined;

/** By this the compiler's plugin of `@nestjs/swagger` hands over what it knows of a class. */
const PLUGIN_FACTORY = '_OPENAPI_METADATA_FACTORY';

/**
 * Shows in the app's OpenAPI document what its marked routes want: the proof and the refusal. It is done
 * once the options are known and before `SwaggerModule.createDocument` can be called, so when it is made.
 */
@Injectable()
export class GuardedRoutes {
  private readonly scanner = new MetadataScanner();

  constructor(
    discovery: DiscoveryService,
    private readonly settings: OtpSettings,
    private readonly instance: InstanceName,
  ) {
    for (const { metatype } of discovery.getControllers())
      if (typeof metatype === 'function') this.show(metatype as { prototype: object });
  }

  private show(controller: { prototype: object }): void {
    const prototype = controller.prototype as Record<string, Method>;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method = prototype[name];
      if (!method || !Reflect.hasMetadata(METHOD_METADATA, method)) continue;
      const requirement = [method, controller]
        .map((marked) => Reflect.getMetadata(REQUIRE_OTP_METADATA, marked) as Mark)
        .find((mark) => mark !== undefined);
      if (requirement && this.isOwn(requirement)) this.showMark(controller, method, requirement);
    }
  }

  private isOwn({ instance = DEFAULT_INSTANCE }: OtpRequirement): boolean {
    return instance === this.instance.value;
  }

  private showMark(controller: object, method: Method, requirement: OtpRequirement): void {
    showAnew(method);
    const parameter = this.proofOf(requirement);
    if (parameter) showParameters(method, [parameter]);
    // Without any answer of its own the app is shown its success by Nest, or by the plugin, if nobody
    // else shows one. What Nest would show is known here; what the plugin would, is not.
    if (!showsResponses(method)) {
      if (PLUGIN_FACTORY in controller) return;
      showResponses(method, { [statusOf(method)]: { description: '' } });
    }
    showResponses(method, { [this.settings.refusalStatus]: refusal(this.settings.refusalStatus) });
    showModels(method, [OtpErrorDto]);
  }

  /** A proof in a body belongs to the body's own schema; where a function finds one, nobody can say. */
  private proofOf({
    purpose,
    proof,
    optional,
    maxAge,
    reuse,
  }: OtpRequirement): Parameter | undefined {
    const { from, header, cookie } = this.settings.proof;
    const place = proof ?? from;
    if (place !== 'header' && place !== 'cookie') return undefined;
    const age = maxAge === undefined ? '' : `, at most ${maxAge} s old`;
    return {
      in: place,
      name: place === 'header' ? header : cookie,
      description: `The proof of a code for "${purpose}"${age}${reuse ? '' : '; it is used up'}.`,
      required: optional !== true,
      schema: { type: 'string' },
      [PROOF_MARK]: true,
    };
  }
}

function statusOf(method: Method): number {
  const set = Reflect.getMetadata(HTTP_CODE_METADATA, method) as number | undefined;
  if (set !== undefined) return set;
  return Reflect.getMetadata(METHOD_METADATA, method) === RequestMethod.POST ? 201 : 200;
}

const refusal = (status: number): Response => ({
  ...errorResponse(status, ['proof_required', 'proof_invalid', 'proof_expired', 'proof_consumed']),
  headers: {
    'WWW-Authenticate': {
      description: 'The step-up challenge of RFC 9470.',
      schema: { type: 'string' },
    },
  },
});
