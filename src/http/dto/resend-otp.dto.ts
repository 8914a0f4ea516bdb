import { TextField } from './text-field.decorator.js';

/** `POST /otp/:id/resend` */
export class ResendOtpDto {
  @TextField(64, { description: 'From the answer to the request.' })
  ticket!: string;
}
