/** The failures ANTS documents, by code. */
const ANTS_ERRORS = {
  '9999': 'Exception',
  '9998': 'Authentication failed',
  '9996': 'Bad Request',
  '9995': 'Credit not enough',
  '0301': 'Invalid OTP Config',
  '0302': 'Number Prefix Missing',
  '0303': 'No Data Available OTP',
  '0304': 'Over Limit Usage',
  '0305': 'OTP Code Expired',
  '0306': 'OTP Code Confirmed',
  '0307': 'Invalid Number',
} as const;

/** A documented failure code, with its leading zero. */
export type AntsErrorCode = keyof typeof ANTS_ERRORS;

/** Every documented failure code. */
export const ANTS_ERROR_CODES = Object.keys(ANTS_ERRORS) as AntsErrorCode[];

/** Body of a failure. */
export interface AntsErrorBody {
  error: { message: string; description: string; code: AntsErrorCode };
}

/**
 * The failure body ANTS documents for a code, ready for a fault.
 *
 * @example simulator.next('requestOTP', { body: antsError('9999') });
 */
export function antsError(code: AntsErrorCode): AntsErrorBody {
  return { error: { message: ANTS_ERRORS[code], description: ANTS_ERRORS[code], code } };
}

/** Body of an accepted requestOTP or resendOTP. */
export function sentBody(otp: { otcId: string; otpId: string; referenceCode: string }): object {
  return {
    otcId: otp.otcId,
    otpId: otp.otpId,
    referenceCode: otp.referenceCode,
    success: { message: 'Success', description: 'Success', code: '0000' },
  };
}

/** Thrown while a call is worked on, answered as `antsError(code)`. */
export class AntsRefusal extends Error {
  constructor(readonly code: AntsErrorCode) {
    super(ANTS_ERRORS[code]);
  }
}
