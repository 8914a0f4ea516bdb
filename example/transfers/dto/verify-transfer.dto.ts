import { IsString, MaxLength } from 'class-validator';

/** `POST /transfers/otp/:id/verify`. No ticket: the session's user holds this OTP. */
export class VerifyTransferDto {
  /** As typed. */
  @IsString()
  @MaxLength(32)
  code!: string;
}
