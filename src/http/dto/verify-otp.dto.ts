import { IsText } from './is-text.decorator.js';

/** `POST /otp/:id/verify` */
export class VerifyOtpDto {
  /** 4 to 10 digits as typed. */
  @IsText(32)
  code!: string;

  /** From the answer to the request. */
  @IsText(64)
  ticket!: string;
}
