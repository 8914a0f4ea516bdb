import { describe, expect, it } from '@jest/globals';
import type { AntsCode } from '../domain/ants-code.js';
import type { SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { Refusal } from '../domain/errors.js';
import type { RefusalReason, SendOutcome, VerifyOutcome } from '../ports/otp-provider.js';
import { settleCheck, settleSend } from './otp.settlements.js';

const detail = 'ANTS says no.';
const sent: SendOutcome = { kind: 'sent', providerOtpId: 'P1', referenceCode: 'REF1' };
const refused = <R extends RefusalReason | 'not_found'>(reason: R, antsCode?: AntsCode) => ({
  kind: 'refused' as const,
  reason,
  ...(antsCode !== undefined && { antsCode }),
  detail,
});
const failed = (errorCode: string, refund: boolean): SendSettlement => ({
  kind: 'failed',
  errorCode,
  refund,
});

describe('settleSend', () => {
  it.each<[string, SendOutcome, SendSettlement, Refusal | null]>([
    ['a sent SMS', sent, sent, null],
    [
      'bad credentials',
      refused('credentials', '9998'),
      failed('9998', true),
      { code: 'send_failed', antsCode: '9998' },
    ],
    [
      'an unknown otcId',
      refused('config', '0301'),
      failed('0301', true),
      { code: 'send_failed', antsCode: '0301' },
    ],
    [
      'no credit',
      refused('credit', '9995'),
      failed('9995', true),
      { code: 'send_failed', antsCode: '9995' },
    ],
    [
      'a bad request',
      refused('request', '9996'),
      failed('9996', true),
      { code: 'send_failed', antsCode: '9996' },
    ],
    ['too many calls', refused('too_often'), failed('too_often', false), { code: 'send_failed' }],
    [
      'an OTP that ended there',
      refused('ended', '0305'),
      failed('0305', true),
      { code: 'expired', antsCode: '0305' },
    ],
    [
      'a refused number',
      refused('number', '0307'),
      failed('0307', false),
      { code: 'number_rejected', antsCode: '0307' },
    ],
    [
      'no connection',
      { kind: 'not_reached', detail },
      failed('not_reached', true),
      { code: 'send_failed' },
    ],
    [
      'no answer',
      { kind: 'unknown', detail },
      { kind: 'unknown', errorCode: 'unknown' },
      { code: 'send_unknown', retryAfter: 10 },
    ],
    [
      'a fault there',
      { kind: 'unknown', antsCode: '9999', detail },
      { kind: 'unknown', errorCode: '9999' },
      { code: 'send_unknown', antsCode: '9999', retryAfter: 10 },
    ],
  ])('reads %s', (_, outcome, answer, refusal) => {
    expect(settleSend(outcome)).toMatchObject({ answer, refusal });
    expect(settleSend(outcome).refusal).toEqual(refusal);
  });

  it.each<[SendOutcome, object]>([
    [sent, { otpId: 'P1', referenceCode: 'REF1' }],
    [refused('credit', '9995'), { reason: 'credit', antsCode: '9995', detail }],
    [refused('too_often'), { reason: 'too_often', detail }],
    [
      { kind: 'not_reached', detail },
      { reason: 'not_reached', detail },
    ],
    [
      { kind: 'unknown', antsCode: '9999', detail },
      { antsCode: '9999', detail },
    ],
  ])('writes into the history what happened: %j', (outcome, data) => {
    expect(settleSend(outcome).data).toEqual(data);
  });
});

describe('settleCheck', () => {
  it.each<[string, VerifyOutcome, TrySettlement, Refusal | null]>([
    ['the right code', { kind: 'right' }, 'right', null],
    ['a wrong code', { kind: 'wrong' }, 'wrong', { code: 'wrong_code' }],
    [
      'an expired code',
      { kind: 'expired', antsCode: '0305' },
      'expired',
      { code: 'expired', antsCode: '0305' },
    ],
    [
      'used-up attempts',
      { kind: 'limit', antsCode: '0304' },
      'limit',
      { code: 'max_attempts_reached', antsCode: '0304' },
    ],
    [
      'a used code',
      { kind: 'already_used', antsCode: '0306' },
      'already_used',
      { code: 'already_used', antsCode: '0306' },
    ],
    [
      'an OTP that is not known there',
      refused('not_found', '0303'),
      'expired',
      { code: 'expired', antsCode: '0303' },
    ],
    ['no connection', { kind: 'not_reached', detail }, 'not_reached', { code: 'unavailable' }],
    ['no answer', { kind: 'unknown', detail }, 'unknown', { code: 'verify_unknown' }],
    [
      'a fault there',
      { kind: 'unknown', antsCode: '9999', detail },
      'unknown',
      { code: 'verify_unknown', antsCode: '9999' },
    ],
  ])('reads %s', (_, outcome, answer, refusal) => {
    expect(settleCheck(outcome).answer).toBe(answer);
    expect(settleCheck(outcome).refusal).toEqual(refusal);
  });

  it.each(['credentials', 'config', 'credit', 'number', 'request', 'too_often', 'ended'] as const)(
    'gives the attempt back when ANTS refuses to check: %s',
    (reason) => {
      expect(settleCheck(refused(reason, '9998'))).toEqual({
        answer: 'not_reached',
        data: { reason, antsCode: '9998', detail },
        refusal: { code: 'unavailable', antsCode: '9998' },
      });
    },
  );

  it.each<[VerifyOutcome, object]>([
    [{ kind: 'right' }, {}],
    [{ kind: 'wrong' }, {}],
    [{ kind: 'limit' }, {}],
    [{ kind: 'limit', antsCode: '0304' }, { antsCode: '0304' }],
    [{ kind: 'not_reached', detail }, { detail }],
    [
      { kind: 'unknown', antsCode: '9999', detail },
      { antsCode: '9999', detail },
    ],
  ])('writes into the history what happened: %j', (outcome, data) => {
    expect(settleCheck(outcome).data).toEqual(data);
  });
});
