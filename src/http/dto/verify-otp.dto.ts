import { IsString, MaxLength } from 'class-validator';

/** `POST /otp/:id/verify` */
export class VerifyOtpDto {
  /** 4 to 10 digits as typed. */
  @IsString()
  @MaxLength(32)
  code!: string;

  /** From the answer to the request. */
  @IsString()
  @MaxLength(64)
  ticket!: string;
}
