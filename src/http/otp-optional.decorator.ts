import { checkRequirementNames } from '../options/option-names.js';
import type { RequireOtpOptions } from './require-otp.decorator.js';
import { markRoute } from './route-mark.js';
import type { RouteMark } from './route-mark.js';

/**
 * Opens a route with a proof of this purpose and without any: `@VerifiedOtp()` gives the proof, or
 * `undefined`. A proof that does not fit is refused.
 *
 * @throws OtpConfigError for an option that does not exist
 * @example
 * \@UseGuards(OtpGuard) \@OtpOptional('login')
 */
export function OtpOptional(purpose: string, options: RequireOtpOptions = {}): RouteMark {
  checkRequirementNames('@OtpOptional', options);
  return markRoute({ ...options, purpose, optional: true });
}
