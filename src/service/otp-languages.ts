import { Injectable, Logger } from '@nestjs/common';
import Negotiator from 'negotiator';
import type { NoticeFacts, OtpNotice } from '../domain/notice.js';
import { say } from '../domain/sentence.js';
import { OWN_LANGUAGES } from '../options/messages.js';
import { OtpSettings } from '../options/otp.settings.js';
import { LogEntry } from '../ports/log-entry.js';
import { messageOf } from './message-of.js';
import type { OtpErrorBody, OtpException } from './otp.exception.js';

/** Browsers send fewer characters; the rest of a longer header is not read. */
const MAX_HEADER = 200;

/**
 * Says what a person reads in the reader's language: the app's own sentence (option `messages`), else this
 * module's, else the English one. For controllers and filters of the app's own.
 */
@Injectable()
export class OtpLanguages {
  private readonly logger = new Logger('OtpModule');
  /** The module's own language first: a client that takes any gets that one. */
  private readonly offered: readonly string[];

  constructor(private readonly settings: OtpSettings) {
    const { language, messages } = settings;
    this.offered = [...new Set([language, ...OWN_LANGUAGES, ...Object.keys(messages)])];
  }

  /** The language that a request's `Accept-Language` asks for (RFC 9110, 12.5.4), a BCP 47 tag. */
  of(header: string | undefined): string {
    const { language, acceptLanguage } = this.settings;
    if (!acceptLanguage || typeof header !== 'string') return language;
    const headers = { 'accept-language': header.slice(0, MAX_HEADER) };
    return new Negotiator({ headers }).language(this.offered) ?? language;
  }

  /** The body that answers a refusal. */
  bodyIn(language: string, error: OtpException): OtpErrorBody {
    return { ...(error.getResponse() as OtpErrorBody), message: this.messageIn(language, error) };
  }

  /** What a screen should say of an OTP now: `notice` of its view. */
  noticeIn(language: string, notice: OtpNotice): string {
    const { about, next, wait } = notice;
    const facts: NoticeFacts = { about, next, wait };
    return said(language, notice, (tag) => {
      const tell = this.settings.messages[tag]?.notice;
      return tell && this.own(`messages.${tag}.notice`, () => tell(facts));
    });
  }

  private messageIn(language: string, error: OtpException): string {
    const { code, message: en, messageTh: th } = error;
    return said(language, { en, th }, (tag) => {
      const sentence = this.settings.messages[tag]?.[code];
      return sentence && this.own(`messages.${tag}.${code}`, () => say(sentence, tag, error));
    });
  }

  /** A sentence that fails must not hide the refusal that it is about. */
  private own(option: string, tell: () => unknown): string | undefined {
    try {
      const said = tell();
      if (typeof said === 'string' && said !== '') return said;
      this.complain(option, 'it gave no text');
    } catch (error) {
      this.complain(option, messageOf(error));
    }
    return undefined;
  }

  private complain(option: string, reason: string): void {
    this.logger.error(
      new LogEntry(`Option "${option}" failed, and the module's own text is said: ${reason}`, {
        event: 'message_failed',
        ...{ option, reason },
      }),
    );
  }
}

/** The app's own text of a language, else of what it is a kind of (`th` for `th-TH`), else ours, else English. */
function said(
  language: string,
  { en, th }: { en: string; th: string },
  ownIn: (tag: string) => string | undefined,
): string {
  const [primary = language] = language.split('-');
  const own = ownIn(language) ?? (primary === language ? undefined : ownIn(primary));
  if (own !== undefined) return own;
  if (primary === 'th') return th;
  return primary === 'en' ? en : (ownIn('en') ?? en);
}
