import { Injectable } from '@nestjs/common';
import { isOtpException, OtpLanguages, OtpService } from 'nestjs-ants-otp';
import type { OtpView } from 'nestjs-ants-otp';
import type { HeldChallenge } from './challenge.cookie.js';
import type { Language } from './language.js';
import { LOGIN_WORDS } from './login.words.js';

/** What the page of the code shows of its OTP, and follows while it is open. */
export interface CodeState {
  /** Whether a code can be entered now. */
  open: boolean;
  /** Whether one was right. */
  verified: boolean;
  /** What became of the newest SMS, or of the OTP. */
  news: string;
  tone: 'waiting' | 'good' | 'bad';
  /** Whether another SMS of this OTP is possible after `wait` seconds; otherwise only a new OTP is. */
  resends: boolean;
  wait: number;
  attemptsLeft: number;
  referenceCode: string;
  mobileMask: string;
  /** What is known of the newest SMS. */
  delivery: OtpView['delivery'];
  /** Who may see the SMS of this OTP in the simulated inbox. */
  callbackData: string | null;
}

/** The SMS may still come. */
const WAITING = new Set<string>(['sending', 'on_its_way', 'sent']);

@Injectable()
export class CodeStates {
  constructor(
    private readonly otps: OtpService,
    private readonly languages: OtpLanguages,
  ) {}

  /** @returns `undefined` when there is no such OTP, or the ticket is not its own */
  async of({ id, ticket }: HeldChallenge, language: Language): Promise<CodeState | undefined> {
    try {
      return this.show(await this.otps.status(id, { ticket, purpose: 'login' }), language);
    } catch (error) {
      if (isOtpException(error) && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  private show(view: OtpView, language: Language): CodeState {
    const { status, notice, attemptsLeft, referenceCode, mobileMask, delivery, callbackData } =
      view;
    const live = status === 'pending' || status === 'sending';
    return {
      open: live && notice.about !== 'locked',
      verified: status === 'verified',
      ...this.news(view, language),
      resends: notice.next === 'resend',
      wait: notice.wait,
      referenceCode: referenceCode ?? '',
      ...{ attemptsLeft, mobileMask, delivery, callbackData },
    };
  }

  private news({ notice }: OtpView, language: Language): Pick<CodeState, 'news' | 'tone'> {
    const own: Partial<Record<string, string>> = LOGIN_WORDS[language].news;
    const tone = WAITING.has(notice.about)
      ? 'waiting'
      : notice.about === 'delivered'
        ? 'good'
        : 'bad';
    return { news: own[notice.about] ?? this.languages.noticeIn(language, notice), tone };
  }
}
