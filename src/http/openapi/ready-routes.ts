import type { OtpErrorCode } from '../../domain/errors.js';
import type { ApiRouteOptions } from './api-route.decorator.js';
import { OtpChallengeDto } from './otp-challenge.model.js';
import { OtpStatusDto } from './otp-status.model.js';
import { OtpVerificationDto } from './otp-verification.model.js';
import { LANGUAGE, OTP_ID, TICKET } from './parameters.js';

/** How an OTP may have ended, or not yet begun. */
const ENDS: readonly OtpErrorCode[] = [
  ...(['still_sending', 'already_used', 'expired', 'max_attempts_reached', 'canceled'] as const),
  ...(['superseded', 'send_failed', 'send_unknown'] as const),
];

const SENDS: readonly OtpErrorCode[] = [
  ...(['cooldown', 'locked', 'too_many_sends', 'number_rejected', 'busy'] as const),
  ...(['not_found', 'unavailable', 'invalid_request', 'json_required'] as const),
];

/** The ready routes as an OpenAPI document shows them. */
export const READY_ROUTES = {
  request: {
    summary: 'Sends a code by SMS.',
    success: { 201: { description: 'The SMS was sent.', type: OtpChallengeDto } },
    errors: [
      ...(['invalid_mobile', 'idempotency_mismatch', 'send_denied', 'challenge_required'] as const),
      ...SENDS,
      ...ENDS,
    ],
    parameters: [LANGUAGE],
  },
  resend: {
    summary: 'Sends another SMS of the same OTP.',
    success: { 200: { description: 'The SMS was sent.', type: OtpChallengeDto } },
    errors: ['max_sends_reached', 'too_late_to_resend', ...SENDS, ...ENDS],
    parameters: [OTP_ID, LANGUAGE],
  },
  verify: {
    summary: 'Checks a code.',
    success: { 200: { description: 'The code is right.', type: OtpVerificationDto } },
    errors: [
      ...(['invalid_request', 'invalid_code', 'not_found', 'wrong_code', 'locked'] as const),
      ...(['busy', 'verify_unknown', 'unavailable', 'json_required'] as const),
      ...ENDS,
    ],
    parameters: [OTP_ID, LANGUAGE],
  },
  status: {
    summary: 'Tells where an OTP stands.',
    success: { 200: { description: 'The status.', type: OtpStatusDto } },
    errors: ['not_found', 'unavailable'],
    parameters: [OTP_ID, TICKET, LANGUAGE],
  },
  events: {
    summary: 'Tells where an OTP stands, again with each change, as server-sent events.',
    success: {
      200: {
        description: 'Messages `event: status`, each with the status of the OTP as data.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
    },
    errors: ['not_found', 'too_many_streams', 'unavailable'],
    parameters: [OTP_ID, TICKET, LANGUAGE],
  },
} as const satisfies Record<string, ApiRouteOptions>;
