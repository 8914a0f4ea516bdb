import { randomInt, randomUUID } from 'node:crypto';
import { AntsRefusal, sentBody } from './ants-simulator.answers.js';
import type { AntsSimulatorSettings } from './ants-simulator.options.js';
import { isReportContentType } from './ants-simulator.reports.js';

/** The calls the simulator answers. */
export type AntsCall = 'requestOTP' | 'resendOTP' | 'verifyOTP' | 'balance';

/** What a request asks for in later delivery reports; a resend goes on using it. */
interface Notify {
  notifyUrl?: string;
  notifyContentType?: string;
  callbackData?: string;
}

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
}

const DIGITS = '0123456789';
const ALPHANUMERICS = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`;
/** The limit of ANTS' SMS API; the OTP pages name none. */
const MAX_NOTIFY_URL = 150;

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
        return { body: { type: 'prepaid', credit: this.credit } };
    }
  }

  #request(body: Fields): Outcome {
    const otcId = required(body, 'otcId');
    const mobile = required(body, 'mobile');
    const notify = readNotify(body);
    this.#knowsConfig(otcId);
    if (!mobile.startsWith('66')) throw new AntsRefusal('0302');
    if (!/^66[6-9]\d{8}$/.test(mobile)) throw new AntsRefusal('0307');
    return this.#send({
      otpId: randomUUID(),
      otcId,
      mobile,
      code: this.#newCode(),
      attempts: 0,
      notify,
    });
  }

  #resend(body: Fields): Outcome {
    const { resendNewOtpId, resendNewCode } = this.settings;
    const old = this.#findForResend(body);
    if (old.confirmed) throw new AntsRefusal('0306');
    const outcome = this.#send({
      ...old,
      ...(resendNewOtpId && { otpId: randomUUID(), attempts: 0 }),
      ...(resendNewCode && { code: this.#newCode() }),
    });
    if (resendNewOtpId) this.#otps.delete(old.otpId);
    return outcome;
  }

  #verify(body: Fields): object {
    const otpId = required(body, 'otpId');
    const code = required(body, 'otpCode');
    const otp = this.#otp(otpId);
    if (otp.confirmed) throw new AntsRefusal('0306');
    const isExprCode = this.settings.now() >= otp.expiresAt;
    const isErrorCount = otp.attempts >= this.settings.maxAttempts;
    if (this.settings.verifyRefusal === 'codes') {
      if (isExprCode) throw new AntsRefusal('0305');
      if (isErrorCount) throw new AntsRefusal('0304');
    }
    const open = !isExprCode && !isErrorCount;
    otp.confirmed = open && code === otp.code;
    if (open && !otp.confirmed) otp.attempts += 1;
    return { otpId, result: otp.confirmed, isErrorCount, isExprCode };
  }

  #send(draft: Omit<Otp, 'referenceCode' | 'expiresAt' | 'confirmed'>): Outcome {
    if (this.credit <= 0) throw new AntsRefusal('9995');
    this.credit -= 1;
    const sentAt = this.settings.now();
    const otp: Otp = {
      ...draft,
      referenceCode: pick(ALPHANUMERICS, 9),
      expiresAt: sentAt + this.settings.ttl * 1000,
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

  #newCode(): string {
    return pick(DIGITS, this.settings.codeLength);
  }
}

type Fields = Record<string, unknown>;

function fields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) throw new AntsRefusal('9996');
  return body as Fields;
}

function required(body: Fields, name: string): string {
  const value = optional(body, name);
  if (!value) throw new AntsRefusal('9996');
  return value;
}

/** A field that may be absent, but never `null` or another type. */
function optional(body: Fields, name: string): string | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== 'string') throw new AntsRefusal('9996');
  return value;
}

function readNotify(body: Fields): Notify {
  const notifyUrl = optional(body, 'notifyUrl');
  const notifyContentType = optional(body, 'notifyContentType');
  const callbackData = optional(body, 'callbackData');
  if (notifyUrl !== undefined && !(URL.canParse(notifyUrl) && notifyUrl.length <= MAX_NOTIFY_URL))
    throw new AntsRefusal('9996');
  if (notifyContentType !== undefined && !isReportContentType(notifyContentType))
    throw new AntsRefusal('9996');
  return { notifyUrl, notifyContentType, callbackData };
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
