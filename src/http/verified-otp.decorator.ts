import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { OtpProof } from '../service/otp-proof.js';
import { acceptedProof } from './accepted-proof.js';

/**
 * The proof that opened this route: `@VerifiedOtp() proof: OtpProof`, with `@OtpOptional` also
 * `undefined`. Its `mobile` is the number that was proven; never take a number from what the client sent.
 */
export const VerifiedOtp = createParamDecorator(
  (_: unknown, context: ExecutionContext): OtpProof | undefined => {
    const proof = acceptedProof(context);
    if (proof === undefined)
      throw new Error(
        '@VerifiedOtp() needs @UseGuards(OtpGuard) and @RequireOtp(…) on the route. The data of a message must be an object.',
      );
    return proof ?? undefined;
  },
);
