import type { OtpService } from 'nestjs-ants-otp';
import type { AntsSimulator, SentSms } from 'nestjs-ants-otp/testing';
import type { HttpClient } from './http-client.js';

/** Who plays in the demo. */
export interface Cast {
  /** Where the app listens. */
  url: string;
  /** The visitor's browser. */
  http: HttpClient;
  /** ANTS, and the phone in the user's hand. */
  simulator: AntsSimulator;
  /** The app's own service: what its server code can know about an OTP. */
  otps: OtpService;
}

/** What one act leaves for the next. */
export interface Received {
  otpId: string;
  sms: SentSms;
}

export const MOBILE = '081-234-5678';
export const MASK = '08x-xxx-5678';
