import { IsOptional, ValidateIf } from 'class-validator';
import { IsText } from './is-text.decorator.js';

/** `POST /otp`. A client never chooses a notifyUrl, a subject or a binding. */
export class RequestOtpDto {
  /** A Thai mobile number in any usual spelling. */
  @IsText(64)
  mobile!: string;

  /** One of the purposes listed in the module's `purposes`. */
  @IsOptional()
  @IsText(64)
  purpose?: string;

  /** Goes to ANTS and comes back in events; the client chose it, so trust it no further. */
  @IsOptional()
  @IsText(200)
  callbackData?: string;

  @IsOptional()
  @IsText(200)
  idempotencyKey?: string;

  /** What a captcha gave the client: your `beforeSend` finds it as `context.captcha`. */
  @ValidateIf(({ captcha }: RequestOtpDto) => captcha !== undefined)
  @IsText(4096)
  captcha?: string;
}
