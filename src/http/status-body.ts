import type { OtpView } from '../service/otp.api.js';
import type { OtpLanguages } from '../service/otp-languages.js';

/** What a client may see of its OTP: never the provider's ids. */
export interface OtpStatusBody extends Pick<
  OtpView,
  | 'id'
  | 'purpose'
  | 'status'
  | 'delivery'
  | 'mobileMask'
  | 'referenceCode'
  | 'attemptsLeft'
  | 'expiresAt'
  | 'resendAvailableAt'
> {
  /** What a screen should say now, in the reader's language; its seconds are those of this moment. */
  message: string;
}

/** Shows a view to the client, in its own language. */
export function statusBody(
  view: OtpView,
  language: string,
  languages: OtpLanguages,
): OtpStatusBody {
  const { id, purpose, status, delivery, mobileMask, referenceCode } = view;
  const { attemptsLeft, expiresAt, resendAvailableAt, notice } = view;
  return {
    ...{ id, purpose, status, delivery, mobileMask, referenceCode },
    ...{ attemptsLeft, expiresAt, resendAvailableAt },
    message: languages.noticeIn(language, notice),
  };
}
