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
  { name: 'HTTP 200 for a wrong password', options: { credentialStatus: 200 } },
  { name: 'HTTP 403 for a wrong password', options: { credentialStatus: 403 } },
  { name: 'JSON whatever Accept says', options: { answerFormat: 'json' } },
  { name: 'a postpaid account', options: { accountType: 'postpaid' } },
  { name: 'codes of failures in status', options: { failurePlace: 'status' } },
  { name: 'failures at the root', options: { failurePlace: 'root' } },
  { name: 'codes without leading zeros', options: { codeForm: 'short' } },
  { name: 'codes as numbers', options: { codeForm: 'number' } },
  { name: 'messages without codes', options: { codeForm: 'none' } },
  { name: 'messages in Thai', options: { messageLanguage: 'th' } },
  { name: 'Thai messages without codes', options: { codeForm: 'none', messageLanguage: 'th' } },
  { name: 'keys in Pascal case', options: { keyCase: 'pascal' } },
  { name: 'keys in lower case', options: { keyCase: 'lower' } },
  { name: 'keys in upper case', options: { keyCase: 'upper' } },
  { name: 'old spelling of the reference', options: { referenceKey: 'referrenceCode' } },
  { name: 'a flag on every wrong code', options: { verifyFlags: 'wrong' } },
  { name: 'flags swapped', options: { verifyFlags: 'swapped' } },
  { name: 'codes in place of flags', options: { verifyRefusal: 'codes' } },
  { name: 'numbers with any prefix', options: { mobileForm: 'any' } },
  { name: 'a resend keeps the otpId', options: { resendNewOtpId: false } },
  { name: 'a resend leaves the old otpId valid', options: { resendEndsOld: false } },
  { name: 'a resend keeps the reference', options: { resendNewReference: false } },
  { name: 'a resend keeps the expiry', options: { resendNewExpiry: false } },
  { name: 'a resend forgets callbackData', options: { resendNotify: 'url' } },
  { name: 'a resend forgets the notifyUrl', options: { resendNotify: 'none' } },
  { name: 'a confirmed OTP calls other codes wrong', options: { confirmedRefusal: 'same' } },
  { name: 'a resend keeps the code', options: { resendNewCode: false } },
  { name: 'a resend reads the otcId', options: { resendReads: 'otcId' } },
  { name: 'a resend reads both ids', options: { resendReads: 'both' } },
  { name: 'status as a list', options: { reportLayout: 'statusArray' } },
  { name: 'status as bare text', options: { reportLayout: 'statusText' } },
  { name: 'an unknown status name', options: { reportStatusName: 'EN_ROUTE' } },
  {
    name: 'UNDELIVERABLE',
    options: { reportStatusName: 'UNDELIVERABLE', reportStatusCode: '2' },
  },
  { name: 'a sub-code in a status', options: { reportStatusCode: '000' } },
  { name: 'reports without bulkId', options: { reportBulkId: false } },
  { name: 'XML as text/xml', options: { reportXmlType: 'text/xml' } },
  { name: 'XML with a namespace', options: { reportXmlNames: 'namespaces' } },
  { name: 'details as one object', options: { reportLayout: 'detailsObject' } },
  { name: 'report fields at the root', options: { reportLayout: 'flat' } },
  { name: 'results of Infobip', options: { reportLayout: 'infobip' } },
  { name: 'callbackData at the root', options: { reportCallbackData: 'root' } },
  { name: 'callbackData in the status', options: { reportCallbackData: 'status' } },
  { name: 'messageId as a number', options: { reportNumericIds: true } },
  { name: 'reports before the answer', options: { reports: 'early' } },
];
