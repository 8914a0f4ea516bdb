import { Injectable } from '@nestjs/common';
import { isOtpException, OTP_ERRORS, OtpException, OtpLanguages } from 'nestjs-ants-otp';
import type { OtpErrorCode } from 'nestjs-ants-otp';
import type { Language } from './language.js';
import type { Visit } from './visit.js';

const NAME = 'refused';
/** Seconds: it is read by the very next page. */
const LIFETIME = 30;

export interface Refused {
  message: string;
  typed: string;
}

/** Carries a refusal over the redirect after a form, so that a reload does not send the form again. */
@Injectable()
export class Refusals {
  constructor(private readonly languages: OtpLanguages) {}

  /**
   * @param typed what the form goes on with
   * @throws what is no refusal
   */
  keep(visit: Visit, error: unknown, typed = ''): OtpErrorCode {
    if (!isOtpException(error)) throw error;
    const { code, retryAfter = '', attemptsLeft = '' } = error;
    visit.keep(NAME, [code, retryAfter, attemptsLeft, typed].join(' '), LIFETIME);
    return code;
  }

  /** What was refused, in the reader's language; told once. */
  take(visit: Visit, language: Language): Refused | undefined {
    const [code = '', retryAfter, attemptsLeft, ...typed] = visit.cookie(NAME)?.split(' ') ?? [];
    if (!Object.hasOwn(OTP_ERRORS, code)) return undefined;
    visit.forget(NAME);
    const facts = { retryAfter: count(retryAfter), attemptsLeft: count(attemptsLeft) };
    const refusal = new OtpException({ code: code as OtpErrorCode, ...facts });
    return { message: this.languages.bodyIn(language, refusal).message, typed: typed.join(' ') };
  }
}

function count(text: string | undefined): number | undefined {
  return text && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
