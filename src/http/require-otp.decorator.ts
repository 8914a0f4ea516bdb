import type { ExecutionContext } from '@nestjs/common';
import { checkRequirementNames } from '../options/option-names.js';
import type { ProofPlace, SubjectOf } from '../options/otp.options.js';
import { markRoute } from './route-mark.js';
import type { RouteMark } from './route-mark.js';

/** How a route wants its proof. */
export interface RequireOtpOptions {
  /** Name of the module whose proofs open the route. @default the module without a name */
  instance?: string;
  /** Seconds since the verification. @default the proof's own lifetime */
  maxAge?: number;
  /** What the route is about to do, as plain JSON: must equal the `binding` of the request. */
  binding?: (context: ExecutionContext) => unknown;
  /**
   * The signed-in user's id: must equal the `subject` of the request. `undefined` refuses; `false` lets
   * in any holder of a proof. @default option `proof.subject`, without it `false`
   */
  subject?: SubjectOf | false;
  /** Where the proof stands. @default option `proof.from`, without it the header `X-OTP-Proof` */
  proof?: ProofPlace;
  /** Lets a proof open routes until it expires, instead of once. @default false */
  reuse?: boolean;
  /**
   * Who uses the proof up: the guard, before the handler (an error in the handler spends it), or the
   * handler, by `await proof.consume(manager)` in its own transaction. @default 'guard'
   */
  consume?: 'guard' | 'handler';
}

/** What a route demands, as the guard reads it. */
export interface OtpRequirement extends RequireOtpOptions {
  purpose: string;
  /** Lets calls without any proof in as well. */
  optional?: boolean;
}

/**
 * Opens a route only to a proof of this purpose. Use together with `@UseGuards(OtpGuard)`, or with an
 * `OtpGuard` for the whole app.
 *
 * @throws OtpConfigError for an option that does not exist
 * @example
 * \@UseGuards(OtpGuard) \@RequireOtp('transfer', { maxAge: 300 })
 */
export function RequireOtp(purpose: string, options: RequireOtpOptions = {}): RouteMark {
  checkRequirementNames('@RequireOtp', options);
  return markRoute({ ...options, purpose, optional: false });
}
