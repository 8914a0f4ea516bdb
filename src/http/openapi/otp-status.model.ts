import { DELIVERY_RANKS } from '../../domain/delivery.js';
import { OTP_STATUSES } from '../../domain/otp.js';
import type { OtpStatusBody } from '../status-body.js';
import { ApiField } from './api-field.decorator.js';
import type { AsJson } from './as-json.js';

/** `OtpStatusBody` as a client gets it. */
export class OtpStatusDto implements AsJson<OtpStatusBody> {
  @ApiField({ type: 'string', format: 'uuid' })
  id!: string;

  @ApiField({ type: 'string', example: 'login' })
  purpose!: string;

  @ApiField({ type: 'string', enum: OTP_STATUSES })
  status!: OtpStatusBody['status'];

  @ApiField({
    type: 'string',
    enum: [...DELIVERY_RANKS, 'external'],
    description: 'What is known of the newest SMS.',
  })
  delivery!: OtpStatusBody['delivery'];

  @ApiField({ type: 'string', example: '08x-xxx-5678' })
  mobileMask!: string;

  @ApiField({ type: 'string', nullable: true, example: 'QWER' })
  referenceCode!: string | null;

  @ApiField({ type: 'integer', minimum: 0, description: 'Wrong codes still allowed.' })
  attemptsLeft!: number;

  @ApiField({ type: 'string', format: 'date-time' })
  expiresAt!: string;

  @ApiField({ type: 'string', format: 'date-time' })
  resendAvailableAt!: string;

  @ApiField({
    type: 'string',
    description: "What a screen should say now, in the reader's language.",
  })
  message!: string;
}
