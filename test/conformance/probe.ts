import type { AntsCaller, RawAnswer } from './ants-caller.js';
import { Skipped } from './fact.js';
import { field } from './loose-json.js';
import { meaningOf } from './read-answer.js';

/** The callbackData of the requests for reports. */
export const CALLBACK = 'conformance-17';

/** What is given for a run; what is missing lets the facts that need it be skipped. */
export interface ProbeOptions {
  caller: AntsCaller;
  otcId: string;
  /** The receiver, `66812345678`: a number of your own. */
  mobile: string;
  /** SMS that may be sent in the whole run. */
  allowSms: number;
  /** Tells the code of the SMS with this reference. */
  readCode?: (referenceCode: string) => Promise<string>;
  /** Nobody else uses the otcId now: "its newest OTP" is surely one of this run. */
  alone: boolean;
  /** Waits for so many lives of a code: after 1, one that was sent before has expired. */
  letPass?: (lives: number) => Promise<void>;
  /** Where reports can be pushed to, the next one (rejected when none comes), and whether one waits. */
  reports?: { notifyUrl: string; next: () => Promise<PushedReport>; waits: () => boolean };
}

/** A delivery report as it came. */
export interface PushedReport {
  contentType: string;
  body: string;
}

/** The first report on an SMS. */
export interface FirstReport extends PushedReport {
  otpId: string;
  /** It was there before the answer to the request of its SMS. */
  beforeAnswer: boolean;
}

/** An OTP that was sent for a fact. */
export interface SentOtp {
  answer: RawAnswer;
  otpId: string;
  referenceCode: string;
}

/** An OTP whose code was read from the phone. */
export interface ReadOtp extends SentOtp {
  code: string;
}

/** Asks ANTS on behalf of the facts, and never sends more SMS than allowed. */
export class Probe {
  #sms: number;
  #first?: Promise<SentOtp>;
  #wrong?: Promise<RawAnswer>;
  #resent?: Promise<RawAnswer>;
  #confirmed?: Promise<ReadOtp>;
  /** One report in each form: an SMS for each fact would be a waste. */
  readonly #reports = new Map<string, Promise<FirstReport>>();

  constructor(private readonly options: ProbeOptions) {
    this.#sms = options.allowSms;
  }

  /** SMS that were, or may have been, sent. */
  get smsUsed(): number {
    return this.options.allowSms - this.#sms;
  }

  /** The number of this run; every SMS goes there. */
  get mobile(): string {
    return this.options.mobile;
  }

  /** The caller with a password that is surely wrong. */
  stranger(): AntsCaller {
    return this.options.caller.as({ username: 'nobody', password: 'wrong' });
  }

  balance(accept?: string): Promise<RawAnswer> {
    return this.options.caller.post('/account/balance', {}, accept);
  }

  /** requestOTP without a number: whatever ANTS makes of it, no phone can ring. */
  requestToNobody(): Promise<RawAnswer> {
    return this.options.caller.post('/otp/requestOTP', { otcId: this.options.otcId });
  }

  /**
   * A call that may send an SMS. A clear refusal gives the allowance back; a lost answer does not.
   *
   * @throws Skipped when the allowance is used up
   */
  async send(path: string, body: object): Promise<RawAnswer> {
    if (this.#sms < 1) throw new Skipped('needs one more --allow-sms');
    this.#sms -= 1;
    const answer = await this.options.caller.post(path, body);
    if (/^(03|99)\d\d$/.test(meaningOf(answer)) && meaningOf(answer) !== '9999') this.#sms += 1;
    return answer;
  }

  /** requestOTP to the number of this run. */
  request(extra: object = {}): Promise<RawAnswer> {
    const { otcId, mobile } = this.options;
    return this.send('/otp/requestOTP', { otcId, mobile, ...extra });
  }

  /** A new OTP. */
  async sent(extra: object = {}): Promise<SentOtp> {
    return sentOtp(await this.request(extra));
  }

  /** One OTP that many facts look at; none of them may use it up. */
  first(): Promise<SentOtp> {
    return (this.#first ??= this.sent());
  }

  /** The answer to one resend of `first()`, by its otpId alone. */
  resent(): Promise<RawAnswer> {
    return (this.#resent ??= this.first().then(({ otpId }) => this.resend(otpId)));
  }

  resend(otpId: string): Promise<RawAnswer> {
    return this.send('/otp/resendOTP', { otpId });
  }

  /** The answer to a wrong code for `first()`, asked once: attempts are few. */
  wrong(guess: string): Promise<RawAnswer> {
    return (this.#wrong ??= this.first().then(({ otpId }) => this.verify(otpId, guess)));
  }

  /** An OTP whose right code was given; its answer is the one to that. */
  confirmed(): Promise<ReadOtp> {
    return (this.#confirmed ??= this.sentToReader().then(async (otp) => ({
      ...otp,
      answer: await this.verify(otp.otpId, otp.code),
    })));
  }

  /** A new OTP and its code. @throws Skipped, before it is sent, when nobody can read the phone */
  async sentToReader(): Promise<ReadOtp> {
    this.#reader();
    const otp = await this.sent();
    return { ...otp, code: await this.code(otp) };
  }

  /** A new OTP. @throws Skipped, before it is sent, when there is no time to wait for its end */
  async sentToExpire(): Promise<SentOtp> {
    this.#patience();
    return this.sent();
  }

  /**
   * A resend by the otcId alone, which may ring at the number that asked last.
   *
   * @throws Skipped when that could be a stranger's
   */
  async resendByConfiguration(): Promise<RawAnswer> {
    const { alone, otcId } = this.options;
    if (!alone) throw new Skipped('needs --alone');
    await this.first();
    return this.send('/otp/resendOTP', { otcId });
  }

  verify(otpId: string, otpCode: string): Promise<RawAnswer> {
    return this.options.caller.post('/otp/verifyOTP', { otpId, otpCode });
  }

  verifyByConfiguration(otpCode: string): Promise<RawAnswer> {
    return this.options.caller.post('/otp/verifyOTP', { otcId: this.options.otcId, otpCode });
  }

  /** @throws Skipped when nobody can read the phone */
  async code({ referenceCode }: SentOtp): Promise<string> {
    return this.#reader()(referenceCode);
  }

  /** @throws Skipped when there is no time to wait */
  async letPass(lives: number): Promise<void> {
    return this.#patience()(lives);
  }

  /** The first report on a new SMS, in JSON or XML. @throws Skipped when no report could arrive */
  async report(notifyContentType: string): Promise<FirstReport> {
    const report = this.#reports.get(notifyContentType) ?? this.#firstReport(notifyContentType);
    this.#reports.set(notifyContentType, report);
    return report;
  }

  /**
   * The first report on a resend, which has another messageId; nothing when none comes.
   *
   * @throws Skipped when the resend was refused
   */
  async reportOfResend(): Promise<PushedReport | undefined> {
    const first = await this.report('application/json');
    if (meaningOf(await this.resend(first.otpId)) !== 'accepted')
      throw new Skipped('needs an accepted resend');
    for (;;) {
      const pushed = await this.#receiver()
        .next()
        .catch(() => undefined);
      if (!pushed || messageIdOf(pushed) !== messageIdOf(first)) return pushed;
    }
  }

  async #firstReport(notifyContentType: string): Promise<FirstReport> {
    const { notifyUrl, next, waits } = this.#receiver();
    const answer = await this.request({ notifyUrl, notifyContentType, callbackData: CALLBACK });
    const beforeAnswer = waits();
    const { otpId } = sentOtp(answer);
    return { ...(await next()), otpId, beforeAnswer };
  }

  #receiver(): NonNullable<ProbeOptions['reports']> {
    const { reports } = this.options;
    if (!reports) throw new Skipped('needs --notify-url');
    return reports;
  }

  #reader(): NonNullable<ProbeOptions['readCode']> {
    const { readCode } = this.options;
    if (!readCode) throw new Skipped('needs --ask-code');
    return readCode;
  }

  #patience(): NonNullable<ProbeOptions['letPass']> {
    const { letPass } = this.options;
    if (!letPass) throw new Skipped('needs --wait');
    return letPass;
  }
}

function messageIdOf({ body }: PushedReport): string | undefined {
  return /"messageId"\s*:\s*"?(\d+)/i.exec(body)?.[1];
}

/** The OTP of an answer. @throws Skipped when it holds none */
export function sentOtp(answer: RawAnswer): SentOtp {
  const otpId = field(answer.json, 'otpId');
  const referenceCode = field(answer.json, 'referenceCode') ?? field(answer.json, 'referrenceCode');
  if (typeof otpId !== 'string' || typeof referenceCode !== 'string')
    throw new Skipped(`needs an OTP, but got ${meaningOf(answer)}`);
  return { answer, otpId, referenceCode };
}
