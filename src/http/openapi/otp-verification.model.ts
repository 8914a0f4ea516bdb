import type { OtpVerificationBody } from '../otp.controller.js';
import { ApiField } from './api-field.decorator.js';
import type { AsJson } from './as-json.js';

/** `OtpVerificationBody` as a client gets it. */
export class OtpVerificationDto implements AsJson<OtpVerificationBody> {
  @ApiField({ type: 'string', description: 'Opens guarded routes of the same purpose.' })
  proof!: string;

  @ApiField({ type: 'string', example: 'login' })
  purpose!: string;

  @ApiField({ type: 'string', format: 'date-time' })
  verifiedAt!: string;

  @ApiField({ type: 'boolean', description: 'The same right code was sent twice within 10 s.' })
  repeated!: boolean;
}
