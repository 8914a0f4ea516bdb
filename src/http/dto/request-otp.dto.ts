import { IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';

/** `POST /otp`. A client never chooses a notifyUrl, a subject or a binding. */
export class RequestOtpDto {
  /** A Thai mobile number in any usual spelling. */
  @IsString()
  @MaxLength(64)
  mobile!: string;

  /** One of the purposes listed in the module's `purposes`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  purpose?: string;

  /** Goes to ANTS and comes back in events; the client chose it, so trust it no further. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  callbackData?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  idempotencyKey?: string;

  /** What a captcha gave the client: your `beforeSend` finds it as `context.captcha`. */
  @ValidateIf(({ captcha }: RequestOtpDto) => captcha !== undefined)
  @IsString()
  @MaxLength(4096)
  captcha?: string;
}
