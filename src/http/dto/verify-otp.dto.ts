import { TextField } from './text-field.decorator.js';

/** `POST /otp/:id/verify` */
export class VerifyOtpDto {
  @TextField(32, { description: '4 to 10 digits as typed.', example: '123456' })
  code!: string;

  @TextField(64, { description: 'From the answer to the request.' })
  ticket!: string;
}
