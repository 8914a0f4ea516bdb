import { HttpException } from '@nestjs/common';
import type { AntsCode } from '../domain/ants-code.js';
import { OTP_ERRORS } from '../domain/errors.js';
import type { OtpErrorCode, Refusal } from '../domain/errors.js';
import { say } from '../domain/sentence.js';
import type { Words } from '../domain/words.js';

/** Two builds of this package (ESM and CommonJS) have two classes; the brand is one. */
const BRAND: unique symbol = Symbol.for('nestjs-ants-otp:exception');

/** What an OTP error answers over HTTP. */
export interface OtpErrorBody {
  statusCode: number;
  code: OtpErrorCode;
  message: string;
  retryAfter?: number;
  attemptsLeft?: number;
  referenceCode?: string;
  challenge?: unknown;
}

/**
 * Every refusal of this module. It is an `HttpException`, so an app's own controller answers the
 * right status and body without any filter of ours.
 */
export class OtpException extends HttpException implements Refusal {
  /** @internal */
  readonly [BRAND] = true;
  readonly code: OtpErrorCode;
  /** Whole seconds until it makes sense to try again. */
  readonly retryAfter?: number;
  /** Wrong codes still allowed for this OTP. */
  readonly attemptsLeft?: number;
  /** ANTS' own code, for operators; never part of the HTTP body. */
  readonly antsCode?: AntsCode;
  /** The reference code of the newest SMS. */
  readonly referenceCode?: string;
  /** With `challenge_required`: what `beforeSend` wants the client to answer. */
  readonly challenge?: unknown;
  /** What `message` says more exactly than the code's own sentence. */
  readonly detail?: string;
  /** The message in Thai. */
  readonly messageTh: string;

  constructor(refusal: Refusal, options?: { cause?: unknown; status?: number }) {
    const { code, retryAfter, attemptsLeft, antsCode, referenceCode, challenge, detail } = refusal;
    const { status: usual, en, th } = OTP_ERRORS[code];
    const status = options?.status ?? usual;
    const exact: Partial<Words> = typeof detail === 'string' ? { en: detail } : (detail ?? {});
    const facts = { retryAfter, attemptsLeft, referenceCode, challenge };
    const message = exact.en ?? say(en, 'en', facts);
    const body: OtpErrorBody = {
      statusCode: status,
      code,
      message,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(attemptsLeft !== undefined && { attemptsLeft }),
      ...(referenceCode !== undefined && { referenceCode }),
      ...(challenge !== undefined && { challenge }),
    };
    super(body, status, { cause: options?.cause });
    this.name = 'OtpException';
    this.message = message;
    this.code = code;
    this.retryAfter = retryAfter;
    this.attemptsLeft = attemptsLeft;
    this.antsCode = antsCode;
    this.referenceCode = referenceCode;
    this.challenge = challenge;
    this.detail = exact.en;
    this.messageTh = exact.th ?? say(th, 'th', facts);
  }
}

/** Whether a route refused a proof: the client has to step up. */
export function isProofRefusal({ code }: OtpException): boolean {
  return code.startsWith('proof_');
}

/** Narrows an unknown error to ours, also across the ESM and CommonJS builds of this package. */
export function isOtpException(error: unknown): error is OtpException {
  return typeof error === 'object' && error !== null && BRAND in error;
}
