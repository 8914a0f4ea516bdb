import { IsString, MaxLength } from 'class-validator';

/** `POST /login/otp` */
export class RequestLoginDto {
  /** In any usual spelling: the module itself says what is wrong with a number. */
  @IsString()
  @MaxLength(64)
  mobile!: string;
}
