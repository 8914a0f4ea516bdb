import { IsText } from './is-text.decorator.js';

/** `POST /otp/:id/resend` */
export class ResendOtpDto {
  /** From the answer to the request. */
  @IsText(64)
  ticket!: string;
}
