import { IsString, MaxLength } from 'class-validator';

/** `POST /login`. There is no number in it: whoever knows the code gets the number that got the SMS. */
export class LoginDto {
  /** From the answer to `POST /login/otp`, as is the ticket. */
  @IsString()
  @MaxLength(64)
  id!: string;

  @IsString()
  @MaxLength(64)
  ticket!: string;

  /** As typed. */
  @IsString()
  @MaxLength(32)
  code!: string;
}
