import { IsString, MaxLength } from 'class-validator';

/** `POST /otp/:id/resend` */
export class ResendOtpDto {
  /** From the answer to the request. */
  @IsString()
  @MaxLength(64)
  ticket!: string;
}
