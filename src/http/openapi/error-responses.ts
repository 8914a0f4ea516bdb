import { OTP_ERRORS } from '../../domain/errors.js';
import type { OtpErrorCode } from '../../domain/errors.js';
import { say } from '../../domain/sentence.js';
import { OtpErrorDto } from './otp-error.model.js';
import { schemaOf } from './swagger-metadata.js';
import type { Response, Responses } from './swagger-metadata.js';

/** The answers by which a route refuses: one for each status, with the codes that it may have. */
export function errorResponses(codes: readonly OtpErrorCode[]): Responses {
  const statuses = [...new Set(codes.map((code) => OTP_ERRORS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      errorResponse(
        status,
        codes.filter((code) => OTP_ERRORS[code].status === status),
      ),
    ]),
  );
}

/** Statuses of refusals that pass: they say when to come again, as far as it is known. */
const PASSING = [409, 429, 503, 504];

export function errorResponse(status: number, codes: readonly OtpErrorCode[]): Response {
  return {
    description: codes
      .map((code) => `\`${code}\`: ${say(OTP_ERRORS[code].en, 'en', {})}`)
      .join('\n\n'),
    schema: {
      allOf: [
        schemaOf(OtpErrorDto),
        {
          type: 'object',
          properties: {
            statusCode: { type: 'integer', enum: [status] },
            code: { type: 'string', enum: codes },
          },
        },
      ],
    },
    ...(PASSING.includes(status) && {
      headers: {
        'Retry-After': {
          description: 'Seconds until it makes sense to try again.',
          schema: { type: 'integer' },
        },
      },
    }),
  };
}
