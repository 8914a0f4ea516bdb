import { aFunction, name, oneOf, text, whole } from './checks.js';
import type { OtpOptions, ProofPlace } from './otp.options.js';
import type { OtpSettings } from './otp.settings.js';

/** Such as `__Host-otp`: these begin with what they like. */
const PROOF_NAME = /^[\w.-]{1,64}$/;

export function proofSettings(given: NonNullable<OtpOptions['proof']>): OtpSettings['proof'] {
  const { from = 'header', subject, required } = given;
  return {
    ttl: whole('proof.ttl', given.ttl ?? 600, 1, 86_400),
    from:
      typeof from === 'function'
        ? from
        : oneOf<ProofPlace>('proof.from', from, ['header', 'cookie', 'body']),
    header: text('proof.header', given.header ?? 'x-otp-proof').toLowerCase(),
    cookie: name('proof.cookie', given.cookie ?? '__Host-otp_proof', PROOF_NAME),
    field: name('proof.field', given.field ?? 'otpProof', PROOF_NAME),
    subject: subject && aFunction('proof.subject', subject),
    required: required && {
      ...required,
      purpose: name('proof.required.purpose', required.purpose),
      optional: false,
    },
  };
}
