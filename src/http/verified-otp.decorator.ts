import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { OtpProof } from '../service/otp-proof.js';
import { acceptedProof } from './accepted-proof.js';

/**
 * The proof that opened this route: `@VerifiedOtp() proof: OtpProof`. Its `mobile` is the number that
 * was proven; never take a number from the request's body.
 */
export const VerifiedOtp = createParamDecorator(
  (_: unknown, context: ExecutionContext): OtpProof => {
    const proof =
      context.getType() === 'http'
        ? acceptedProof(context.switchToHttp().getRequest<object>())
        : undefined;
    if (!proof)
      throw new Error('@VerifiedOtp() needs @UseGuards(OtpGuard) and @RequireOtp(…) on the route.');
    return proof;
  },
);
