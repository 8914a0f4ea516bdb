import { SetMetadata } from '@nestjs/common';
import type { CustomDecorator, ExecutionContext } from '@nestjs/common';
import { REQUIRE_OTP_METADATA } from './metadata.js';

/** How a route wants its proof. */
export interface RequireOtpOptions {
  /** Seconds since the verification. @default the proof's own lifetime */
  maxAge?: number;
  /** What the route is about to do, as plain JSON: must equal the `binding` of the request. */
  binding?: (context: ExecutionContext) => unknown;
  /** The signed-in user's id: must equal the `subject` of the request. `undefined` refuses. */
  subject?: (context: ExecutionContext) => string | undefined;
  /** Where the proof stands. @default the header of option `proof.header`, `X-OTP-Proof` */
  proof?: (context: ExecutionContext) => string | undefined;
  /** Lets a proof open routes until it expires, instead of once. @default false */
  reuse?: boolean;
  /**
   * Who uses the proof up: the guard, before the handler (an error in the handler spends it), or the
   * handler, by `await proof.consume(manager)` in its own transaction. @default 'guard'
   */
  consume?: 'guard' | 'handler';
}

/** What `@RequireOtp` writes for the guard. */
export interface OtpRequirement extends RequireOtpOptions {
  purpose: string;
}

/**
 * Opens a route only to a proof of this purpose. Use together with `@UseGuards(OtpGuard)`.
 *
 * @example
 * \@UseGuards(OtpGuard) \@RequireOtp('transfer', { maxAge: 300 })
 */
export function RequireOtp(purpose: string, options: RequireOtpOptions = {}): CustomDecorator {
  return SetMetadata(REQUIRE_OTP_METADATA, { ...options, purpose } satisfies OtpRequirement);
}
