/**
 * Fixed strings and registered symbols: a guard of one build of this package must find what a
 * decorator of the other build wrote, or it would let everyone in.
 */
export const REQUIRE_OTP_METADATA = 'nestjs-ants-otp:require';

/** Where a call carries the proof the guard accepted. */
export const ACCEPTED_PROOF = Symbol.for('nestjs-ants-otp:accepted-proof');
