import type { AntsSimulatorOptions } from 'nestjs-ants-otp/testing';

/** One way to read what is known of ANTS, and how the simulator behaves under it. */
export interface Reading {
  name: string;
  options: AntsSimulatorOptions;
}

/** Every conflict that is a switch of the simulator, one at a time; the first is ours by default. */
export const READINGS: readonly Reading[] = [
  { name: 'as documented', options: {} },
  { name: 'a Bearer token', options: { bearerToken: 'the-token' } },
  { name: 'failures with HTTP 400', options: { failureStatus: 400 } },
  { name: 'failures at the root', options: { failurePlace: 'root' } },
  { name: 'codes without leading zeros', options: { codeForm: 'short' } },
  { name: 'codes as numbers', options: { codeForm: 'number' } },
  { name: 'messages without codes', options: { codeForm: 'none' } },
  { name: 'keys in Pascal case', options: { keyCase: 'pascal' } },
  { name: 'keys in lower case', options: { keyCase: 'lower' } },
  { name: 'keys in upper case', options: { keyCase: 'upper' } },
  { name: 'old spelling of the reference', options: { referenceKey: 'referrenceCode' } },
  { name: 'a flag on every wrong code', options: { verifyFlags: 'wrong' } },
  { name: 'flags swapped', options: { verifyFlags: 'swapped' } },
  { name: 'codes in place of flags', options: { verifyRefusal: 'codes' } },
  { name: 'numbers with any prefix', options: { mobileForm: 'any' } },
  { name: 'a resend keeps the otpId', options: { resendNewOtpId: false } },
  { name: 'a resend keeps the code', options: { resendNewCode: false } },
  { name: 'a resend reads the otcId', options: { resendReads: 'otcId' } },
  { name: 'a resend reads both ids', options: { resendReads: 'both' } },
  { name: 'status as a list', options: { reportLayout: 'statusArray' } },
  { name: 'details as one object', options: { reportLayout: 'detailsObject' } },
  { name: 'report fields at the root', options: { reportLayout: 'flat' } },
  { name: 'results of Infobip', options: { reportLayout: 'infobip' } },
  { name: 'callbackData at the root', options: { reportCallbackData: 'root' } },
  { name: 'callbackData in the status', options: { reportCallbackData: 'status' } },
  { name: 'messageId as a number', options: { reportNumericIds: true } },
  { name: 'reports before the answer', options: { reports: 'early' } },
];
