/**
 * What travels between us and ANTS, as its documentation and the public programs that call it show
 * it. Answers and reports are written here as documented; what really comes is `unknown` until the
 * mapper or the report parser has read it.
 */
import type { NotifyContentType } from '../../ports/otp-provider.js';

/** The calls, below the base URL; each is a POST with a JSON body. */
export const ANTS_PATHS = {
  request: '/otp/requestOTP',
  resend: '/otp/resendOTP',
  verify: '/otp/verifyOTP',
  account: '/account/balance',
} as const;

export interface AntsRequestBody {
  otcId: string;
  /** `66` and nine digits. */
  mobile: string;
  notifyUrl?: string;
  notifyContentType?: NotifyContentType;
  callbackData?: string;
}

/** The documentation's table names one field, `otcId`; public programs send `otpId` instead. */
export interface AntsResendBody {
  otpId?: string;
  otcId?: string;
}

export interface AntsVerifyBody {
  otpId: string;
  otpCode: string;
}

/** The text of a success or a failure; `code` has four digits and is often absent. */
export interface AntsMessage {
  message: string;
  description: string;
  code?: string;
}

/** The answer to a first SMS and to another one. */
export interface AntsSendAnswer {
  otcId: string;
  otpId: string;
  /** The "Ref" printed in the SMS; older answers spell the key `referrenceCode`. */
  referenceCode: string;
  success: AntsMessage;
}

/** A wrong code has no error code: it is `result: false` with both flags false. */
export interface AntsVerifyAnswer {
  otpId: string;
  result: boolean;
  /** The attempts are used up. */
  isErrorCount: boolean;
  /** The code has expired. */
  isExprCode: boolean;
}

export interface AntsFailureAnswer {
  error: AntsMessage;
}

/** A delivery report push; it names neither otpId, otcId nor referenceCode. */
export interface AntsReport {
  bulkId: string;
  details: AntsReportDetail[];
  callbackData?: string;
}

export interface AntsReportDetail {
  /** 20 digits, over 2^64. */
  messageId: string;
  to: string;
  from: string;
  /** The SMS itself, so a live code: never read. */
  text: string;
  credit: string;
  sendDate: string;
  doneDate: string;
  status: AntsReportStatus | AntsReportStatus[];
}

export interface AntsReportStatus {
  code: string;
  name: string;
  description: string;
}
