import type { Parameter } from './swagger-metadata.js';

export const OTP_ID: Parameter = {
  in: 'path',
  name: 'otpId',
  description: 'From the answer to the request.',
  required: true,
  schema: { type: 'string', format: 'uuid' },
};

export const TICKET: Parameter = {
  in: 'header',
  name: 'x-otp-ticket',
  description: 'From the answer to the request.',
  required: true,
  schema: { type: 'string' },
};

export const LANGUAGE: Parameter = {
  in: 'header',
  name: 'accept-language',
  description: 'The language of messages.',
  required: false,
  schema: { type: 'string', example: 'th' },
};
