import { IsOptional, ValidateIf } from 'class-validator';
import { TextField } from './text-field.decorator.js';

/** `POST /otp`. A client never chooses a notifyUrl, a subject or a binding. */
export class RequestOtpDto {
  @TextField(64, {
    description: 'A Thai mobile number in any usual spelling.',
    example: '081-234-5678',
  })
  mobile!: string;

  @IsOptional()
  @TextField(64, { description: 'One of the purposes that the app offers.', required: false })
  purpose?: string;

  /** The client chose it, so trust it no further. */
  @IsOptional()
  @TextField(200, {
    description: 'Goes to ANTS unchanged and comes back in events.',
    required: false,
  })
  callbackData?: string;

  @IsOptional()
  @TextField(200, {
    description: 'Random: who knows it and the number gets the same OTP with its ticket.',
    required: false,
  })
  idempotencyKey?: string;

  /** Your `beforeSend` finds it as `context.captcha`. */
  @ValidateIf(({ captcha }: RequestOtpDto) => captcha !== undefined)
  @TextField(4096, { description: 'What a captcha gave the client.', required: false })
  captcha?: string;
}
