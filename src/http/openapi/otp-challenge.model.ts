import { DELIVERY_RANKS } from '../../domain/delivery.js';
import type { OtpChallenge } from '../../service/otp.api.js';
import { ApiField } from './api-field.decorator.js';
import type { AsJson } from './as-json.js';

/** `OtpChallenge` as a client gets it. */
export class OtpChallengeDto implements AsJson<OtpChallenge> {
  @ApiField({ type: 'string', format: 'uuid' })
  id!: string;

  @ApiField({
    type: 'string',
    description: 'Resend, verify and status need it. Keep it in the client.',
  })
  ticket!: string;

  @ApiField({
    type: 'string',
    description: 'The "Ref" printed in the SMS; show it next to the input.',
    example: 'QWER',
  })
  referenceCode!: string;

  @ApiField({ type: 'string', example: '08x-xxx-5678' })
  mobileMask!: string;

  @ApiField({ type: 'string', format: 'date-time' })
  expiresAt!: string;

  @ApiField({ type: 'string', format: 'date-time' })
  resendAvailableAt!: string;

  @ApiField({ type: 'integer', minimum: 0, description: 'Wrong codes still allowed.' })
  attemptsLeft!: number;

  @ApiField({
    type: 'string',
    enum: [...DELIVERY_RANKS, 'external'],
    description: 'What is known of the newest SMS.',
  })
  delivery!: OtpChallenge['delivery'];
}
