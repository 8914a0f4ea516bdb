import { HttpException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { OTP_ERRORS } from '../domain/errors.js';
import { isOtpException, OtpException } from './otp.exception.js';

const full = new OtpException({
  code: 'wrong_code',
  retryAfter: 7,
  attemptsLeft: 3,
  antsCode: '9996',
  referenceCode: 'aB3dE5fG7',
});

describe('OtpException', () => {
  it('is an HttpException, so that an app needs no filter of ours', () => {
    expect(full).toBeInstanceOf(HttpException);
  });

  it('answers with a status, a code and a sentence alone when nothing more is known', () => {
    const error = new OtpException({ code: 'not_found' });
    expect(error.getStatus()).toBe(404);
    expect(error.getResponse()).toEqual({
      statusCode: 404,
      code: 'not_found',
      message: 'No such OTP. Request a new code.',
    });
    expect(error.messageTh).toMatch(/^[ก-๙]/);
  });

  it('tells the client when and how often it may try again, and which SMS counts', () => {
    expect(full.getResponse()).toEqual({
      statusCode: 422,
      code: 'wrong_code',
      message: 'The code is wrong. You can try 3 more times.',
      retryAfter: 7,
      attemptsLeft: 3,
      referenceCode: 'aB3dE5fG7',
    });
  });

  it("keeps ANTS' code for operators and out of the body", () => {
    expect(full.antsCode).toBe('9996');
    expect(JSON.stringify(full.getResponse())).not.toContain('9996');
  });

  it('tells of zero attempts left', () => {
    const error = new OtpException({ code: 'max_attempts_reached', attemptsLeft: 0 });
    expect(error.getResponse()).toMatchObject({ attemptsLeft: 0 });
  });

  it('says the more exact sentence where there is one', () => {
    const error = new OtpException({
      code: 'invalid_request',
      detail: 'purpose must not be empty.',
    });
    expect([error.message, error.getResponse()]).toEqual([
      'purpose must not be empty.',
      { statusCode: 400, code: 'invalid_request', message: 'purpose must not be empty.' },
    ]);
  });

  it('says the more exact sentence in Thai where there is one', () => {
    const detail = { en: 'mobile is too long.', th: 'หมายเลขยาวเกินไป' };
    const { message, messageTh } = new OtpException({ code: 'invalid_request', detail });
    expect([message, messageTh]).toEqual([detail.en, detail.th]);
    const inEnglish = new OtpException({ code: 'invalid_request', detail: detail.en });
    expect(inEnglish.messageTh).toBe(OTP_ERRORS.invalid_request.th);
  });

  it('says in both languages how long to wait', () => {
    const { message, messageTh } = new OtpException({ code: 'cooldown', retryAfter: 120 });
    expect(message).toBe(
      'A code was just sent to this number. You can ask for another in 2 minutes.',
    );
    expect(messageTh).toBe('เพิ่งส่งรหัสไปยังหมายเลขนี้ ขอรหัสใหม่ได้ในอีก 2 นาที');
  });

  it('takes another status in the answer and in the body', () => {
    const error = new OtpException({ code: 'proof_required' }, { status: 403 });
    expect([error.getStatus(), error.getResponse()]).toMatchObject([403, { statusCode: 403 }]);
  });

  it('keeps the cause and shows it to nobody', () => {
    const cause = new Error('connection refused');
    const error = new OtpException({ code: 'unavailable' }, { cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error.getResponse())).not.toContain('refused');
  });

  it('has its own name and the sentence as its message', () => {
    expect(String(full)).toBe('OtpException: The code is wrong. You can try 3 more times.');
  });
});

describe('isOtpException', () => {
  it('knows its own', () => {
    expect(isOtpException(full)).toBe(true);
  });

  it('knows one of the other build of this package by its brand', () => {
    const brand = Symbol.for('nestjs-ants-otp:exception');
    const twin = Object.assign(new Error('from the other build'), { [brand]: true });
    expect(isOtpException(twin)).toBe(true);
  });

  it.each([
    ['an HttpException', new HttpException('x', 400)],
    ['an error with a code', Object.assign(new Error('x'), { code: 'wrong_code' })],
    ['null', null],
    ['undefined', undefined],
    ['a text', 'wrong_code'],
  ])('does not know %s', (_, error) => {
    expect(isOtpException(error)).toBe(false);
  });
});
