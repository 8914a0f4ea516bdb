import { group, name, oneOf, optionalFunction, text, whole } from './checks.js';
import { fail } from './config-error.js';
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
    header: headerName(given.header ?? 'x-otp-proof'),
    cookie: name('proof.cookie', given.cookie ?? '__Host-otp_proof', PROOF_NAME),
    field: name('proof.field', given.field ?? 'otpProof', PROOF_NAME),
    subject: optionalFunction('proof.subject', subject),
    required: required === undefined ? undefined : requirement(required),
  };
}

/** A token of HTTP (RFC 9110, 5.6.2): no request has a header of another name. */
function headerName(value: unknown): string {
  const given = text('proof.header', value);
  if (!/^[!#$%&'*+.^`|~\w-]+$/.test(given)) fail('proof.header', given, 'the name of a header');
  return given.toLowerCase();
}

function requirement(
  given: NonNullable<NonNullable<OtpOptions['proof']>['required']>,
): OtpSettings['proof']['required'] {
  const required = group('proof.required', given);
  return {
    ...required,
    purpose: name('proof.required.purpose', required.purpose),
    optional: false,
  };
}
