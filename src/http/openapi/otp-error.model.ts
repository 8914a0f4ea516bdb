import { OTP_ERRORS } from '../../domain/errors.js';
import type { OtpErrorCode } from '../../domain/errors.js';
import type { OtpErrorBody } from '../../service/otp.exception.js';
import { ApiField } from './api-field.decorator.js';

/** `OtpErrorBody`. */
export class OtpErrorDto implements OtpErrorBody {
  @ApiField({ type: 'integer' })
  statusCode!: number;

  @ApiField({
    type: 'string',
    enum: Object.keys(OTP_ERRORS),
    description: 'The stable reason: go by this, never by the message.',
  })
  code!: OtpErrorCode;

  @ApiField({ type: 'string', description: "A sentence for people, in the reader's language." })
  message!: string;

  @ApiField({
    ...{ type: 'integer', minimum: 0, required: false },
    description: 'Seconds until it makes sense to try again; also the header Retry-After.',
  })
  retryAfter?: number;

  @ApiField({
    type: 'integer',
    minimum: 0,
    required: false,
    description: 'Wrong codes still allowed.',
  })
  attemptsLeft?: number;

  @ApiField({
    ...{ type: 'string', required: false },
    description: 'After a resend: of the newest SMS, the one whose code counts.',
  })
  referenceCode?: string;

  // Anything; swagger takes the type away again, and without one it asks for it.
  @ApiField({
    ...{ type: 'object', anyOf: [{}], required: false },
    description:
      'With challenge_required: what the client has to answer, such as the site key of a captcha.',
  })
  challenge?: unknown;
}
