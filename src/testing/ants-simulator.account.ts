import { randomInt, randomUUID } from 'node:crypto';
import { AntsRefusal, sentBody } from './ants-simulator.answers.js';
import { fields, readNotify, required, type Fields, type Notify } from './ants-simulator.fields.js';
import { magicNumber, type AntsMagicNumber, type OtpRules } from './ants-simulator.magic.js';
import type { AntsSimulatorSettings } from './ants-simulator.options.js';

/** The calls the simulator answers. */
export type AntsCall = 'requestOTP' | 'resendOTP' | 'verifyOTP' | 'balance';

/** An SMS that the simulator "sent". */
export interface SentSms extends Notify {
  /** The receiver on the wire, `66812345678`. */
  to: string;
  from: string;
  text: string;
  otpId: string;
  referenceCode: string;
  code: string;
  /** 20 digits, over 2^64. */
  messageId: string;
  bulkId: string;
  /** Epoch milliseconds. */
  sentAt: number;
}

/** What a call did: the body to answer and the SMS it sent. */
export interface Outcome {
  body: object;
  sms?: SentSms;
}

interface Otp {
  otpId: string;
  otcId: string;
  mobile: string;
  code: string;
  referenceCode: string;
  expiresAt: number;
  attempts: number;
  confirmed: boolean;
  notify: Notify;
  rules: OtpRules;
}

/** An OTP before it is sent; a resend may keep what is new otherwise. */
type Draft = Omit<Otp, 'referenceCode' | 'expiresAt' | 'confirmed'> &
  Partial<Pick<Otp, 'referenceCode' | 'expiresAt'>>;

const DIGITS = '0123456789';
const ALPHANUMERICS = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;

/** One customer's account at ANTS: its credit, its OTPs and the SMS it sent. Knows no HTTP. */
export class AntsAccount {
  readonly inbox: SentSms[] = [];
  credit: number;
  /** Newest last. */
  readonly #otps = new Map<string, Otp>();

  constructor(private readonly settings: AntsSimulatorSettings) {
    this.credit = settings.credit;
  }

  reset(): void {
    this.inbox.length = 0;
    this.#otps.clear();
    this.credit = this.settings.credit;
  }

  /** Ends the life of every code sent to these numbers. */
  expire(numbers: (mobile: string) => boolean): void {
    for (const otp of this.#otps.values())
      if (numbers(otp.mobile)) otp.expiresAt = this.settings.now();
  }

  /** The magic number that a call is about, by its `mobile` or by its OTP. */
  magicOf(body: unknown): AntsMagicNumber | undefined {
    if (!this.settings.magicNumbers || typeof body !== 'object' || body === null) return undefined;
    const { mobile, otpId } = body as Fields;
    const wire = typeof otpId === 'string' ? this.#otps.get(otpId)?.mobile : mobile;
    return typeof wire === 'string' ? magicNumber(this.#wireForm(wire)) : undefined;
  }

  /** @throws AntsRefusal when ANTS would answer an error */
  perform(call: AntsCall, body: unknown): Outcome {
    switch (call) {
      case 'requestOTP':
        return this.#request(fields(body));
      case 'resendOTP':
        return this.#resend(fields(body));
      case 'verifyOTP':
        return { body: this.#verify(fields(body)) };
      case 'balance':
        return { body: { type: this.settings.accountType, credit: this.credit } };
    }
  }

  #request(body: Fields): Outcome {
    const otcId = required(body, 'otcId');
    const mobile = this.#wireForm(required(body, 'mobile'));
    const notify = readNotify(body);
    this.#knowsConfig(otcId);
    if (!mobile.startsWith('66')) throw new AntsRefusal('0302');
    if (!/^66[6-9]\d{8}$/.test(mobile)) throw new AntsRefusal('0307');
    if (mobile.startsWith('667') && !this.settings.mobileSevens) throw new AntsRefusal('0307');
    const rules = this.magicOf(body)?.otp ?? {};
    return this.#send({
      otpId: randomUUID(),
      otcId,
      mobile,
      code: this.#newCode(rules),
      attempts: 0,
      notify,
      rules,
    });
  }

  #resend(body: Fields): Outcome {
    const { resendNewOtpId, resendEndsOld, resendNewCode, ...kept } = this.settings;
    const old = this.#findForResend(body);
    if (old.confirmed) throw new AntsRefusal('0306');
    const { referenceCode, expiresAt, ...draft } = old;
    const outcome = this.#send({
      ...draft,
      notify: notifyOfResend(old.notify, kept.resendNotify),
      ...(resendNewOtpId && { otpId: randomUUID(), attempts: 0 }),
      ...(resendNewCode && { code: this.#newCode(old.rules) }),
      ...(!kept.resendNewReference && { referenceCode }),
      ...(!kept.resendNewExpiry && { expiresAt }),
    });
    if (resendNewOtpId && resendEndsOld) this.#otps.delete(old.otpId);
    return outcome;
  }

  #verify(body: Fields): object {
    const otpId = required(body, 'otpId');
    const code = required(body, 'otpCode');
    const otp = this.#otp(otpId);
    if (otp.confirmed) return this.#refuseConfirmed(otp, code);
    const isExprCode = this.settings.now() >= otp.expiresAt;
    const isErrorCount = otp.attempts >= (otp.rules.maxAttempts ?? this.settings.maxAttempts);
    if (this.settings.verifyRefusal === 'codes') {
      if (isExprCode) throw new AntsRefusal('0305');
      if (isErrorCount) throw new AntsRefusal('0304');
    }
    const open = !isExprCode && !isErrorCount;
    otp.confirmed = open && code === otp.code;
    if (open && !otp.confirmed) otp.attempts += 1;
    return { otpId, result: otp.confirmed, isErrorCount, isExprCode };
  }

  /** @throws AntsRefusal 0306, unless the setting keeps that for the code that confirmed */
  #refuseConfirmed({ otpId, code: right }: Otp, code: string): object {
    if (this.settings.confirmedRefusal === 'any' || code === right) throw new AntsRefusal('0306');
    return { otpId, result: false, isErrorCount: false, isExprCode: false };
  }

  #send(draft: Draft): Outcome {
    if (this.credit <= 0) throw new AntsRefusal('9995');
    this.credit -= 1;
    const sentAt = this.settings.now();
    const otp: Otp = {
      referenceCode: pick(ALPHANUMERICS, 9),
      expiresAt: sentAt + (draft.rules.ttl ?? this.settings.ttl) * 1000,
      ...draft,
      confirmed: false,
    };
    this.#otps.set(otp.otpId, otp);
    const sms: SentSms = {
      to: otp.mobile,
      from: this.settings.from,
      text: `Your OTP is ${otp.code} (Ref: ${otp.referenceCode})`,
      otpId: otp.otpId,
      referenceCode: otp.referenceCode,
      code: otp.code,
      messageId: `${randomInt(2, 10)}${pick(DIGITS, 19)}`,
      bulkId: randomUUID(),
      sentAt,
      ...otp.notify,
    };
    this.inbox.push(sms);
    this.settings.onSms(sms);
    return { body: sentBody(otp), sms };
  }

  #findForResend(body: Fields): Otp {
    const { resendReads } = this.settings;
    const otcId = resendReads === 'otpId' ? undefined : required(body, 'otcId');
    const otpId = resendReads === 'otcId' ? undefined : required(body, 'otpId');
    if (otcId !== undefined) this.#knowsConfig(otcId);
    if (otpId !== undefined) return this.#otp(otpId);
    const newest = [...this.#otps.values()].filter((otp) => otp.otcId === otcId).at(-1);
    if (!newest) throw new AntsRefusal('0303');
    return newest;
  }

  #otp(otpId: string): Otp {
    const otp = this.#otps.get(otpId);
    if (!otp) throw new AntsRefusal('0303');
    return otp;
  }

  #knowsConfig(otcId: string): void {
    if (!this.settings.otcIds.includes(otcId)) throw new AntsRefusal('0301');
  }

  /** `66…` for every prefix that is taken. */
  #wireForm(mobile: string): string {
    return this.settings.mobileForm === 'any' ? mobile.replace(/^(?:0|\+66)/, '66') : mobile;
  }

  #newCode({ code }: OtpRules): string {
    const { codeLength } = this.settings;
    return code?.slice(0, codeLength) ?? pick(DIGITS, codeLength);
  }
}

function notifyOfResend(
  { notifyUrl, notifyContentType, callbackData }: Notify,
  kept: AntsSimulatorSettings['resendNotify'],
): Notify {
  switch (kept) {
    case 'all':
      return { notifyUrl, notifyContentType, callbackData };
    case 'url':
      return { notifyUrl, notifyContentType };
    case 'none':
      return {};
  }
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
