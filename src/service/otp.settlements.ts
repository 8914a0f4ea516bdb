import type { AntsCode } from '../domain/ants-code.js';
import { UNKNOWN_SEND_COOLDOWN_SECONDS } from '../domain/lifecycle.js';
import type { SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { Refusal } from '../domain/errors.js';
import type { RefusalReason, SendOutcome, VerifyOutcome } from '../ports/otp-provider.js';
import type { OtpEventData } from '../domain/otp.js';

/** What the provider's answer means: for the row, for the history, and for the one who asked. */
export interface Settlement<T> {
  answer: T;
  data: OtpEventData;
  /** `null` = success. */
  refusal: Refusal | null;
}

/** Whose fault a refused send is, and whether the number's quota comes back. */
const SEND_REFUSALS: Record<RefusalReason, { code: Refusal['code']; refund: boolean }> = {
  credentials: { code: 'send_failed', refund: true },
  config: { code: 'send_failed', refund: true },
  credit: { code: 'send_failed', refund: true },
  request: { code: 'send_failed', refund: true },
  // An ask that ANTS finds too early must not be free to come again at once.
  too_often: { code: 'send_failed', refund: false },
  ended: { code: 'expired', refund: true },
  number: { code: 'number_rejected', refund: false },
};

/** Reads the outcome of a send or resend. */
export function settleSend(outcome: SendOutcome): Settlement<SendSettlement> {
  switch (outcome.kind) {
    case 'sent':
      return {
        answer: outcome,
        data: { otpId: outcome.providerOtpId, referenceCode: outcome.referenceCode },
        refusal: null,
      };
    case 'refused': {
      const { code, refund } = SEND_REFUSALS[outcome.reason];
      const { reason, antsCode, unlistedCode, detail } = outcome;
      return {
        answer: { kind: 'failed', errorCode: antsCode ?? unlistedCode ?? reason, refund },
        data: { reason, antsCode, unlistedCode, detail },
        refusal: { code, antsCode },
      };
    }
    case 'not_reached':
      return {
        answer: { kind: 'failed', errorCode: 'not_reached', refund: true },
        data: { reason: 'not_reached', detail: outcome.detail },
        refusal: { code: 'send_failed' },
      };
    case 'unknown': {
      const { antsCode, unlistedCode, detail } = outcome;
      return {
        answer: { kind: 'unknown', errorCode: antsCode ?? unlistedCode ?? 'unknown' },
        data: { antsCode, unlistedCode, detail },
        refusal: { code: 'send_unknown', antsCode, retryAfter: UNKNOWN_SEND_COOLDOWN_SECONDS },
      };
    }
  }
}

/** Reads the outcome of a check. A check that did not happen gives the attempt back. */
export function settleCheck(outcome: VerifyOutcome): Settlement<TrySettlement> {
  switch (outcome.kind) {
    case 'right':
      return { answer: 'right', data: {}, refusal: null };
    case 'wrong':
      return { answer: 'wrong', data: {}, refusal: { code: 'wrong_code' } };
    case 'expired':
      return settled('expired', 'expired', outcome.antsCode);
    case 'limit':
      return settled('limit', 'max_attempts_reached', outcome.antsCode);
    case 'already_used':
      return settled('already_used', 'already_used', outcome.antsCode);
    case 'refused': {
      const { reason, antsCode, unlistedCode, detail } = outcome;
      // The provider no longer knows this OTP: for the user that is an expired code.
      if (reason === 'not_found') return settled('expired', 'expired', antsCode);
      return {
        answer: 'not_reached',
        data: { reason, antsCode, unlistedCode, detail },
        refusal: { code: 'unavailable', antsCode },
      };
    }
    case 'not_reached':
      return {
        answer: 'not_reached',
        data: { detail: outcome.detail },
        refusal: { code: 'unavailable' },
      };
    case 'unknown': {
      const { antsCode, unlistedCode, detail } = outcome;
      return {
        answer: 'unknown',
        data: { antsCode, unlistedCode, detail },
        refusal: { code: 'verify_unknown', antsCode },
      };
    }
  }
}

const settled = (
  answer: TrySettlement,
  code: Refusal['code'],
  antsCode?: AntsCode,
): Settlement<TrySettlement> => ({
  answer,
  data: antsCode === undefined ? {} : { antsCode },
  refusal: { code, antsCode },
});
