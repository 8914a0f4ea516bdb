import { ANTS_MESSAGES, type AntsCode } from '../domain/ants-code.js';

/** A documented failure code, with its leading zero. */
export type AntsErrorCode = Exclude<AntsCode, '0000'>;

/** Every documented failure code. */
export const ANTS_ERROR_CODES = Object.keys(ANTS_MESSAGES).filter(
  (code) => code !== '0000',
) as AntsErrorCode[];

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
  const { en } = ANTS_MESSAGES[code];
  return { error: { message: en, description: en, code } };
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
    super(ANTS_MESSAGES[code].en);
  }
}
