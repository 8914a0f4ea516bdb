import { IsString, MaxLength } from 'class-validator';

/** `POST /login/otp/:id/resend` */
export class ResendLoginDto {
  /** From the answer to `POST /login/otp`. */
  @IsString()
  @MaxLength(64)
  ticket!: string;
}
