import { IsString, MaxLength } from 'class-validator';

/** The form of the code's page; which OTP it is about stands in a cookie. */
export class CodeForm {
  /** As typed. */
  @IsString()
  @MaxLength(64)
  code!: string;
}
