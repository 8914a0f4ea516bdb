import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { times } from '../../test/support/counts.js';
import {
  attemptsLeft,
  cancel,
  compareAsk,
  consume,
  decideTry,
  effectiveStatus,
  endRefusal,
  expiryAfterSend,
  isFailure,
  isLeased,
  isSettled,
  isStaleSending,
  isTimedOut,
  LIVE_STATUSES,
  makeWay,
  recoverUsed,
  reserveResend,
  reserveTry,
  resendOpensAt,
  resendRefusal,
  revoke,
  settleRequest,
  settleResend,
  refuseGuess,
  guessEvent,
  settleTry,
  tryEvent,
  sweep,
  TOMBSTONE,
  TRANSITIONS,
  TRY_EVENTS,
} from './lifecycle.js';
import type { AskIdentity, SendSettlement, Transition, TrySettlement } from './lifecycle.js';
import { OTP_EVENT_TYPES, OTP_STATUSES } from './otp.js';
import type { OtpRecord, OtpStatus } from './otp.js';

/** Seconds after the OTP was asked for. */
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
const codeMac = (code: string): Buffer => Buffer.from(code.padEnd(32, '.'));

const RIGHT = codeMac('111111');
const WRONG = codeMac('222222');
const SENT: SendSettlement = { kind: 'sent', providerOtpId: 'P2', referenceCode: 'REF2' };
const FAILED: SendSettlement = { kind: 'failed', errorCode: '9995', refund: true };
const KEPT: SendSettlement = { kind: 'failed', errorCode: '0307', refund: false };
const UNKNOWN: SendSettlement = { kind: 'unknown', errorCode: '9999' };
/** The first check, of the OTP that `anOtp` has at the provider. */
const FIRST = { leaseNo: 1, providerOtpId: 'P1' };
const TRY_ANSWERS = Object.keys(TRY_EVENTS) as TrySettlement[];

function anOtp(facts: Partial<OtpRecord> = {}): OtpRecord {
  return {
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    instance: 'default',
    purpose: 'login',
    subject: null,
    channel: 'provider',
    keyId: 'k1',
    lookupId: 'lookup',
    mobileMac: codeMac('mobile'),
    mobileSealed: null,
    mobileMask: '08x-xxx-5678',
    status: 'pending',
    delivery: 'none',
    otcId: 'F2A1',
    providerOtpId: 'P1',
    referenceCode: 'REF1',
    callbackData: null,
    bindingMac: null,
    attempts: 0,
    maxAttempts: 5,
    sends: 1,
    maxSends: 4,
    leaseNo: 0,
    leaseUntil: null,
    tryMac: null,
    unknownMac: null,
    idempotencyKey: null,
    ttlSeconds: 300,
    expiresAt: at(300),
    createdAt: at(0),
    verifiedAt: null,
    consumedAt: null,
    revokedAt: null,
    ipMac: null,
    limitKeys: [],
    errorCode: null,
    eventCount: 1,
    ...facts,
  };
}

/** A pending OTP whose code is being checked. */
const beingChecked = (facts: Partial<OtpRecord> = {}): OtpRecord =>
  anOtp({ attempts: 1, leaseNo: 1, leaseUntil: at(15), tryMac: RIGHT, ...facts });
const verified = (facts: Partial<OtpRecord> = {}): OtpRecord =>
  anOtp({ status: 'verified', verifiedAt: at(0), tryMac: RIGHT, ...facts });

describe('the table of transitions', () => {
  const check =
    (answer: TrySettlement) =>
    (otp: OtpRecord): OtpRecord | null =>
      settleTry({ ...beingChecked(), status: otp.status }, FIRST, answer, at(1));
  const COMMANDS: Record<Transition, (otp: OtpRecord) => OtpRecord | null> = {
    sendAccepted: (otp) => settleRequest(otp, SENT, at(1)),
    sendFailed: (otp) => settleRequest(otp, FAILED, at(1)),
    sendUnknown: (otp) => settleRequest(otp, UNKNOWN, at(1)),
    reserveResend: (otp) => reserveResend(otp, at(1)),
    resendSettled: (otp) => settleResend(otp, 1, SENT, at(1)),
    reserveTry: (otp) => reserveTry(otp, RIGHT, at(1)),
    codeRight: check('right'),
    codeWrong: check('wrong'),
    tryUnsettled: check('unknown'),
    providerExpired: check('expired'),
    providerLimit: check('limit'),
    timePassed: (otp) => sweep({ ...otp, expiresAt: at(1) }, at(1)),
    cancel: (otp) => cancel(otp, at(1)),
    // Only a send that nobody waits for any more makes way.
    makeWay: (otp) => makeWay(otp, at(15)),
    consume: (otp) => consume(otp, at(1)),
    revoke: (otp) => revoke(otp, at(1)),
  };
  const rows = OTP_STATUSES.flatMap((status) =>
    (Object.keys(COMMANDS) as Transition[]).map((transition) => {
      const { from, to }: { from: readonly OtpStatus[]; to: readonly OtpStatus[] } =
        TRANSITIONS[transition];
      return { status, transition, ends: from.includes(status) ? to : [] };
    }),
  );

  it.each(rows.filter(({ ends }) => ends.length > 0))(
    'allows $transition from $status',
    ({ status, transition, ends }) => {
      expect(ends).toContain(COMMANDS[transition](anOtp({ status }))?.status);
    },
  );

  it.each(rows.filter(({ ends }) => ends.length === 0))(
    'refuses $transition from $status',
    ({ status, transition }) => {
      expect(COMMANDS[transition](anOtp({ status }))).toBeNull();
    },
  );
});

describe('boundaries of time', () => {
  it.each([
    ['a code lives until its last moment', anOtp(), 299.999, 'pending'],
    ['a code expires at its ttl', anOtp(), 300, 'expired'],
    ['a running check may finish after the ttl', anOtp({ leaseUntil: at(301) }), 300, 'pending'],
    ['a dead check does not keep a code alive', anOtp({ leaseUntil: at(300) }), 300, 'expired'],
    ['a send may run for 15 s', anOtp({ status: 'sending' }), 14.999, 'sending'],
    ['a send is given up after 15 s', anOtp({ status: 'sending' }), 15, 'send_unknown'],
    ['a send is never called expired', anOtp({ status: 'sending' }), 600, 'send_unknown'],
    ['a success does not expire', verified(), 86_400, 'verified'],
  ] as const)('%s', (_, otp, seconds, status) => {
    expect(effectiveStatus(otp, at(seconds))).toBe(status);
  });

  it('holds a lease for 15 s and not longer', () => {
    const taken = reserveTry(anOtp(), RIGHT, at(0))!;
    expect([14.999, 15].map((seconds) => isLeased(taken, at(seconds)))).toEqual([true, false]);
  });

  it('knows a stale send from a fresh one', () => {
    const sending = anOtp({ status: 'sending' });
    expect([14.999, 15].map((s) => isStaleSending(sending, at(s)))).toEqual([false, true]);
  });

  it('never calls a send stale once it is settled', () => {
    expect(isStaleSending(anOtp(), at(60))).toBe(false);
  });

  it('times out pending codes only', () => {
    expect(OTP_STATUSES.filter((status) => isTimedOut(anOtp({ status }), at(300)))).toEqual([
      'pending',
    ]);
  });

  it('lets a code live its ttl from its SMS', () => {
    expect(expiryAfterSend(anOtp(), at(7))).toEqual(at(307));
  });

  it('lets no code live longer than 600 s after the request', () => {
    expect([299, 300, 301].map((s) => expiryAfterSend(anOtp(), at(s)))).toEqual([
      at(599),
      at(600),
      at(600),
    ]);
  });
});

describe('compareAsk', () => {
  const A = codeMac('binding A');
  const B = codeMac('binding B');
  const live = { subject: 'u1', bindingMac: A, idempotencyKey: 'k1' };
  const nobody = { subject: null, bindingMac: null, idempotencyKey: null };
  type Row = [name: string, live: AskIdentity, ask: AskIdentity, running: string, over: string];

  it.each<Row>([
    ['everything equal', live, live, 'same', 'same'],
    ['equal key, other subject', live, { ...live, subject: 'u2' }, 'mismatch', 'mismatch'],
    ['equal key, no subject', live, { ...live, subject: null }, 'mismatch', 'mismatch'],
    ['equal key, other binding', live, { ...live, bindingMac: B }, 'mismatch', 'mismatch'],
    ['equal key, no binding', live, { ...live, bindingMac: null }, 'mismatch', 'mismatch'],
    ['no key, same owner', live, { ...live, idempotencyKey: null }, 'same', 'other'],
    ['other key, same owner', live, { ...live, idempotencyKey: 'k2' }, 'same', 'other'],
    ['no key, other subject', live, { ...nobody, subject: 'u2', bindingMac: A }, 'other', 'other'],
    ['no key, other binding', live, { ...nobody, subject: 'u1', bindingMac: B }, 'other', 'other'],
    ['no key, no binding', live, { ...nobody, subject: 'u1' }, 'other', 'other'],
    ['nobody twice', nobody, nobody, 'other', 'other'],
    ['nobody asks over somebody', live, nobody, 'other', 'other'],
    [
      'nobody twice with one key',
      { ...nobody, idempotencyKey: 'k1' },
      { ...nobody, idempotencyKey: 'k1' },
      'same',
      'same',
    ],
  ])('%s', (_, earlier, ask, running, over) => {
    const otp = anOtp(earlier as Partial<OtpRecord>);
    expect([compareAsk(otp, ask, true), compareAsk(otp, ask, false)]).toEqual([running, over]);
  });

  it('compares bindings by their bytes', () => {
    const ask = { ...live, bindingMac: Buffer.from(A) };
    expect(compareAsk(anOtp(live), ask, true)).toBe('same');
  });
});

describe('makeWay', () => {
  it.each([
    ['a live code is superseded', anOtp(), 299, 'superseded'],
    ['a code past its time has expired', anOtp(), 300, 'expired'],
    ['a code in a running check is superseded', anOtp({ leaseUntil: at(310) }), 300, 'superseded'],
    ['a stale send is unknown', anOtp({ status: 'sending' }), 15, 'send_unknown'],
    ['a running send keeps its place', anOtp({ status: 'sending' }), 14.999, undefined],
  ] as const)('%s', (_, otp, seconds, status) => {
    expect(makeWay(otp, at(seconds))?.status).toBe(status);
  });
});

describe('settleRequest', () => {
  const sending = anOtp({ status: 'sending', providerOtpId: null, referenceCode: null });

  it('keeps the ids of an accepted send and starts the ttl with the answer', () => {
    expect(settleRequest(sending, SENT, at(2))).toEqual({
      ...sending,
      status: 'pending',
      providerOtpId: 'P2',
      referenceCode: 'REF2',
      expiresAt: at(302),
    });
  });

  it.each([
    [FAILED, 'send_failed', '9995'],
    [UNKNOWN, 'send_unknown', '9999'],
  ] as const)('keeps why a send did not work: %j', (answer, status, errorCode) => {
    expect(settleRequest(sending, answer, at(2))).toEqual({ ...sending, status, errorCode });
  });
});

describe('the wait before a resend', () => {
  it.each([
    ['has no cool-down', 'pending', null, 20, null],
    ['was reported delivered', 'delivered', 60, 20, 60],
    ['has no report', 'none', 60, 20, 60],
    ['goes to the caller’s own address', 'external', 60, 20, 60],
    ['is a moment after an SMS that was not delivered', 'undelivered', 60, 5, 10],
    ['is over 10 s after an SMS that was rejected', 'rejected', 60, 10, null],
    ['is over 10 s after an SMS that expired', 'expired', 60, 30, null],
    ['never gets longer by a report', 'undelivered', 8, 5, 8],
  ] as const)('of an OTP whose SMS %s', (_, delivery, cooldown, now, opens) => {
    const until = cooldown === null ? null : at(cooldown);
    const opensAt = resendOpensAt(anOtp({ delivery }), until, at(0), at(now));
    expect(opensAt).toEqual(opens === null ? null : at(opens));
  });
});

describe('a settled check', () => {
  it.each([
    ['right', true, false],
    ['wrong', true, true],
    ['already_used', true, true],
    ['unknown', true, true],
    ['expired', true, false],
    ['expired', false, true],
    ['limit', true, true],
    ['limit', false, true],
    ['not_reached', true, false],
  ] as const)(
    '%s, of the newest code: %s, is a failure of the number: %s',
    (answer, newest, is) => {
      const asked = { providerOtpId: newest ? 'P1' : 'P0' };
      expect(isFailure(anOtp({ providerOtpId: 'P1' }), asked, answer, false)).toBe(is);
    },
  );

  it.each([
    ['right', { status: 'verified' }, true],
    ['right', { status: 'pending' }, false],
    ['wrong', { status: 'pending' }, true],
    ['wrong', { status: 'max_attempts_reached' }, true],
    ['wrong', { status: 'canceled' }, false],
    ['wrong', { leaseNo: 2 }, false],
    ['wrong', { leaseUntil: at(15) }, false],
    ['expired', { status: 'expired' }, true],
  ] as const)('as %s is known again in %j: %s', (answer, facts, is) => {
    expect(isSettled(anOtp({ leaseNo: 1, ...facts }), 1, answer)).toBe(is);
  });
});

describe('resend', () => {
  it.each([
    ['a live code', {}, 1, undefined],
    ['a send that is still running', { status: 'sending' }, 1, 'still_sending'],
    ['a code past its ttl', {}, 300, 'expired'],
    ['a code past its ttl in a running check', { leaseUntil: at(310) }, 300, 'expired'],
    ['the last SMS that is allowed', { sends: 3 }, 1, undefined],
    ['one SMS more than allowed', { sends: 4 }, 1, 'max_sends_reached'],
    ['a code without attempts left', { attempts: 5 }, 1, 'max_attempts_reached'],
    ['exactly 60 s left to type it', { expiresAt: at(600) }, 540, undefined],
    ['less than 60 s left to type it', { expiresAt: at(600) }, 540.001, 'too_late_to_resend'],
    ['a used code', { status: 'verified' }, 1, 'already_used'],
    ['a canceled code', { status: 'canceled' }, 1, 'canceled'],
  ] as const)('%s', (_, facts, seconds, code) => {
    expect(resendRefusal(anOtp(facts), at(seconds))?.code).toBe(code);
  });

  it('takes one send and forgets the delivery of the SMS before', () => {
    const otp = anOtp({ delivery: 'undelivered' });
    expect(reserveResend(otp, at(60))).toEqual({ ...otp, sends: 2, delivery: 'none' });
  });

  it("leaves the delivery to the caller's own receiver", () => {
    expect(reserveResend(anOtp({ delivery: 'external' }), at(60))?.delivery).toBe('external');
  });

  it('makes the newest ids count and starts the ttl again', () => {
    const otp = anOtp({ sends: 2 });
    expect(settleResend(otp, 2, SENT, at(62))).toEqual({
      ...otp,
      providerOtpId: 'P2',
      referenceCode: 'REF2',
      expiresAt: at(362),
    });
  });

  it('gives back a send that surely did not leave', () => {
    expect(settleResend(anOtp({ sends: 2 }), 2, FAILED, at(62))?.maxSends).toBe(5);
  });

  it.each([KEPT, UNKNOWN])('changes nothing for %j', (answer) => {
    const otp = anOtp({ sends: 2 });
    expect(settleResend(otp, 2, answer, at(62))).toEqual(otp);
  });

  it('ignores the answer to an older send', () => {
    expect(settleResend(anOtp({ sends: 3 }), 2, SENT, at(62))).toBeNull();
  });
});

describe('a try', () => {
  const decide = (facts: Partial<OtpRecord>, seconds = 1, mac = RIGHT): string => {
    const decision = decideTry(anOtp(facts), mac, at(seconds));
    return decision.kind === 'refused' ? decision.refusal.code : decision.kind;
  };

  it.each([
    ['goes while the code lives', {}, 1, 'go'],
    ['goes until the last moment', {}, 299.999, 'go'],
    ['is refused at the ttl', {}, 300, 'expired'],
    ['waits while another one runs', { leaseUntil: at(15) }, 14.999, 'busy'],
    ['waits for a running one past the ttl', { leaseUntil: at(301) }, 300, 'busy'],
    ['goes when the other one lost its lease', { leaseUntil: at(15) }, 15, 'go'],
    ['goes with the last attempt', { attempts: 4 }, 1, 'go'],
    ['is refused without attempts left', { attempts: 5 }, 1, 'max_attempts_reached'],
    ['is refused while the SMS is being sent', { status: 'sending' }, 1, 'still_sending'],
    ['is refused for a send that was given up', { status: 'sending' }, 15, 'send_unknown'],
  ] as const)('%s', (_, facts, seconds, expected) => {
    expect(decide(facts, seconds)).toBe(expected);
  });

  it.each(OTP_STATUSES.filter((status) => status !== 'pending'))(
    'of an OTP that is %s is refused with that reason',
    (status) => {
      expect(decideTry(anOtp({ status }), RIGHT, at(1))).toEqual({
        kind: 'refused',
        refusal: endRefusal(status),
      });
    },
  );

  it.each([
    ['the right code again within 10 s', {}, 9.999, RIGHT, 'repeat'],
    ['the right code again after 10 s', {}, 10, RIGHT, 'already_used'],
    ['another code after a success', {}, 1, WRONG, 'already_used'],
    ['the right code after a revoke', { revokedAt: at(1) }, 2, RIGHT, 'already_used'],
    ['the right code after the proof was used', { consumedAt: at(1) }, 2, RIGHT, 'repeat'],
  ] as const)('repeats: %s', (_, facts, seconds, mac, expected) => {
    expect(decide(verified(facts), seconds, mac)).toBe(expected);
  });

  it('is told that no attempt is left', () => {
    expect(decideTry(anOtp({ attempts: 5 }), RIGHT, at(1))).toMatchObject({
      refusal: { code: 'max_attempts_reached', attemptsLeft: 0 },
    });
  });

  it('takes one attempt and the lease', () => {
    const otp = anOtp({ attempts: 1, leaseNo: 3 });
    expect(reserveTry(otp, RIGHT, at(20))).toEqual({
      ...otp,
      attempts: 2,
      leaseNo: 4,
      leaseUntil: at(35),
      tryMac: RIGHT,
    });
  });

  it('makes the try of a dead process the unknown one', () => {
    expect(reserveTry(beingChecked(), WRONG, at(15))?.unknownMac).toEqual(RIGHT);
  });

  it('knows one unknown code however often it is lost', () => {
    expect(reserveTry(beingChecked({ unknownMac: RIGHT }), WRONG, at(15))?.unknownMac).toBe(RIGHT);
  });

  it('sets the tombstone at the second unknown code', () => {
    expect(reserveTry(beingChecked({ unknownMac: WRONG }), RIGHT, at(15))?.unknownMac).toEqual(
      Buffer.from(TOMBSTONE),
    );
  });

  it('checks the unknown code again for free, also after the last attempt', () => {
    const lost = anOtp({ attempts: 5, unknownMac: RIGHT });
    expect(decideTry(lost, RIGHT, at(1)).kind).toBe('go');
    expect(reserveTry(lost, RIGHT, at(1))).toMatchObject({ attempts: 5, tryMac: RIGHT });
    expect(decideTry(lost, WRONG, at(1)).kind).toBe('refused');
  });

  it('checks nothing for free once two codes are unknown', () => {
    const lost = anOtp({ attempts: 5, unknownMac: Buffer.from(TOMBSTONE) });
    expect(decideTry(lost, RIGHT, at(1)).kind).toBe('refused');
  });

  it('never counts below zero attempts left', () => {
    expect(attemptsLeft(anOtp({ attempts: 6 }))).toBe(0);
  });
});

describe('settleTry', () => {
  const free = { leaseUntil: null, tryMac: null };
  it.each<[TrySettlement, Partial<OtpRecord>]>([
    ['right', { status: 'verified', verifiedAt: at(2), leaseUntil: null }],
    ['wrong', free],
    ['already_used', free],
    ['expired', { ...free, status: 'expired' }],
    ['limit', { ...free, status: 'max_attempts_reached' }],
    ['unknown', { ...free, unknownMac: RIGHT }],
    ['not_reached', { ...free, attempts: 0 }],
  ])('writes %s', (answer, change) => {
    const otp = beingChecked();
    expect(settleTry(otp, FIRST, answer, at(2))).toEqual({ ...otp, ...change });
  });

  it.each(['wrong', 'already_used'] as const)('ends the OTP at the last attempt: %s', (answer) => {
    const last = beingChecked({ attempts: 5 });
    expect(settleTry(last, FIRST, answer, at(2))?.status).toBe('max_attempts_reached');
  });

  it('gives the last attempt back when the provider was not reached', () => {
    const settled = settleTry(beingChecked({ attempts: 5 }), FIRST, 'not_reached', at(2))!;
    expect([settled.status, attemptsLeft(settled)]).toEqual(['pending', 1]);
  });

  it('gives no attempt back for a check that took none', () => {
    const again = beingChecked({ attempts: 3, unknownMac: RIGHT });
    expect(settleTry(again, FIRST, 'not_reached', at(2))?.attempts).toBe(3);
  });

  it.each(['wrong', 'expired', 'limit', 'already_used'] as const)(
    'forgets an unknown code that turns out %s',
    (answer) => {
      const again = beingChecked({ attempts: 3, unknownMac: RIGHT });
      expect(settleTry(again, FIRST, answer, at(2))?.unknownMac).toBeNull();
    },
  );

  it.each(['expired', 'limit'] as const)('reads %s of a replaced OTP as a wrong code', (answer) => {
    const resent = beingChecked({ providerOtpId: 'P2' });
    const settled = settleTry(resent, FIRST, answer, at(2))!;
    expect(settled.status).toBe('pending');
    expect(tryEvent(settled, answer)).toBe('wrong_code');
  });

  it('keeps nothing unknown of a replaced OTP', () => {
    const resent = beingChecked({ providerOtpId: 'P2' });
    expect(settleTry(resent, FIRST, 'unknown', at(2))?.unknownMac).toBeNull();
  });

  it.each(TRY_ANSWERS)('comes too late with %s when lease and time are over', (answer) => {
    expect(settleTry(beingChecked(), FIRST, answer, at(301))).toBeNull();
  });

  it.each(TRY_ANSWERS)('fences off %s under an older lease', (answer) => {
    expect(settleTry(beingChecked({ leaseNo: 2 }), FIRST, answer, at(2))).toBeNull();
  });

  it.each(TRY_ANSWERS)('takes %s only once', (answer) => {
    const settled = settleTry(beingChecked(), FIRST, answer, at(2))!;
    expect(settleTry(settled, FIRST, answer, at(3))).toBeNull();
  });

  it.each(TRY_ANSWERS)('has a word for %s in the history', (answer) => {
    expect(OTP_EVENT_TYPES).toContain(TRY_EVENTS[answer]);
  });
});

describe('refuseGuess', () => {
  const done = beingChecked({ status: 'verified', verifiedAt: at(1), leaseUntil: null });

  it('ends the repeats of a success at the first other code', () => {
    expect(refuseGuess(done, WRONG, at(2))).toEqual({ ...done, tryMac: null });
    expect(guessEvent(done)).toBe('already_used');
    const closed = { ...done, tryMac: null };
    expect(decideTry(closed, RIGHT, at(2)).kind).toBe('refused');
    expect(refuseGuess(closed, WRONG, at(2))).toBeNull();
  });

  it('leaves the right code its repeats', () => {
    expect(refuseGuess(done, RIGHT, at(2))).toBeNull();
  });

  it('ends recovery with another code after the last attempt', () => {
    const lost = anOtp({ attempts: 5, unknownMac: RIGHT });
    expect(refuseGuess(lost, WRONG, at(2))?.status).toBe('max_attempts_reached');
    expect(refuseGuess(lost, RIGHT, at(2))).toBeNull();
    expect(guessEvent(lost)).toBe('max_attempts_reached');
  });

  it.each([
    ['an attempt is left', anOtp({ attempts: 4, unknownMac: RIGHT })],
    ['a check is running', beingChecked({ attempts: 5, unknownMac: RIGHT })],
    ['it has ended', anOtp({ status: 'canceled', attempts: 5 })],
  ])('does nothing when %s', (_, otp) => {
    expect(refuseGuess(otp, WRONG, at(2))).toBeNull();
  });
});

describe('recovery of a lost success', () => {
  type Answer = TrySettlement | 'dies';
  /** Tries one code after the other; each gets its answer, or its process dies. */
  const play = (...tries: [code: Buffer, answer: Answer][]): OtpRecord =>
    tries.reduce<OtpRecord>((otp, [code, answer], i) => {
      const now = at(20 * (i + 1));
      const taken = reserveTry(otp, code, now)!;
      if (answer === 'dies') return taken;
      return settleTry(taken, taken, recoverUsed(taken, answer), now)!;
    }, anOtp());

  it.each<[string, OtpStatus, [Buffer, Answer][]]>([
    [
      'the lost code again',
      'verified',
      [
        [RIGHT, 'unknown'],
        [RIGHT, 'already_used'],
      ],
    ],
    [
      'the code of a dead process again',
      'verified',
      [
        [RIGHT, 'dies'],
        [RIGHT, 'already_used'],
      ],
    ],
    [
      'the code lost twice',
      'verified',
      [
        [RIGHT, 'unknown'],
        [RIGHT, 'dies'],
        [RIGHT, 'already_used'],
      ],
    ],
    [
      'another code than the lost one',
      'pending',
      [
        [RIGHT, 'unknown'],
        [WRONG, 'already_used'],
      ],
    ],
    ['no code was lost', 'pending', [[RIGHT, 'already_used']]],
    [
      'an answer that was reached is not lost',
      'pending',
      [
        [RIGHT, 'not_reached'],
        [RIGHT, 'already_used'],
      ],
    ],
    [
      'right lost, wrong lost, wrong',
      'pending',
      [
        [RIGHT, 'unknown'],
        [WRONG, 'unknown'],
        [WRONG, 'already_used'],
      ],
    ],
    [
      'right dead, wrong dead, wrong',
      'pending',
      [
        [RIGHT, 'dies'],
        [WRONG, 'dies'],
        [WRONG, 'already_used'],
      ],
    ],
    [
      'the tombstone stays for the right code',
      'pending',
      [
        [RIGHT, 'unknown'],
        [WRONG, 'unknown'],
        [RIGHT, 'already_used'],
      ],
    ],
  ])('%s → %s', (_, status, tries) => {
    expect(play(...tries).status).toBe(status);
  });

  it.each(TRY_ANSWERS.filter((answer) => answer !== 'already_used'))(
    'leaves the answer %s alone',
    (answer) => {
      expect(recoverUsed(beingChecked({ unknownMac: RIGHT }), answer)).toBe(answer);
    },
  );
});

describe('ends', () => {
  it('uses a success up once', () => {
    const used = consume(verified(), at(5))!;
    expect([used.consumedAt, consume(used, at(6))]).toEqual([at(5), null]);
  });

  it('revokes a success once', () => {
    const revoked = revoke(verified(), at(5))!;
    expect([revoked.revokedAt, revoke(revoked, at(6))]).toEqual([at(5), null]);
  });

  it('does not use up what was revoked', () => {
    expect(consume(verified({ revokedAt: at(1) }), at(2))).toBeNull();
  });

  it('revokes what was used up', () => {
    expect(revoke(verified({ consumedAt: at(1) }), at(2))?.revokedAt).toEqual(at(2));
  });

  it('sweeps nothing before its time', () => {
    expect(sweep(anOtp(), at(299.999))).toBeNull();
  });

  it('sweeps a stale send', () => {
    expect(sweep(anOtp({ status: 'sending' }), at(15))?.status).toBe('send_unknown');
  });

  it.each([
    ['sending', 'still_sending'],
    ['pending', 'busy'],
    ['verified', 'already_used'],
    ['send_failed', 'send_failed'],
    ['send_unknown', 'send_unknown'],
    ['max_attempts_reached', 'max_attempts_reached'],
    ['expired', 'expired'],
    ['canceled', 'canceled'],
    ['superseded', 'superseded'],
  ] as const)('refuses at %s with %s', (status, code) => {
    const live = status === 'sending' || status === 'pending';
    expect(endRefusal(status)).toEqual(live ? { code, retryAfter: 1 } : { code });
  });
});

describe('any sequence of commands', () => {
  /** One command that was carried out. */
  interface Step {
    transition: Transition;
    before: OtpRecord;
    after: OtpRecord;
  }
  interface World {
    otp: OtpRecord;
    now: number;
  }
  type Command = (world: World) => [Transition, OtpRecord | null];

  const SEND_TRANSITIONS = {
    sent: 'sendAccepted',
    failed: 'sendFailed',
    unknown: 'sendUnknown',
  } as const;
  const TRY_TRANSITIONS: Record<TrySettlement, Transition> = {
    right: 'codeRight',
    wrong: 'codeWrong',
    already_used: 'codeWrong',
    expired: 'providerExpired',
    limit: 'providerLimit',
    unknown: 'tryUnsettled',
    not_reached: 'tryUnsettled',
  };
  const sendAnswer = fc.constantFrom(SENT, FAILED, KEPT, UNKNOWN);
  /** 0 = the newest send or lease, 1 = the one before. */
  const lag = fc.constantFrom(0, 0, 0, 1);
  const pause = fc.oneof(
    fc.constantFrom(0, 1, 9.999, 10, 14.999, 15, 60, 300, 540, 600),
    fc.integer({ min: 0, max: 120 }),
  );
  const often = (arbitrary: fc.Arbitrary<Command>) => ({ weight: 4, arbitrary });
  const command: fc.Arbitrary<Command> = fc.oneof(
    often(
      sendAnswer.map((answer): Command => ({ otp, now }) => [
        SEND_TRANSITIONS[answer.kind],
        settleRequest(otp, answer, at(now)),
      ]),
    ),
    often(fc.constant(({ otp, now }) => ['reserveResend', reserveResend(otp, at(now))])),
    often(
      fc
        .tuple(sendAnswer, lag)
        .map(([answer, behind]): Command => ({ otp, now }) => [
          'resendSettled',
          settleResend(otp, otp.sends - behind, answer, at(now)),
        ]),
    ),
    often(
      fc
        .constantFrom(RIGHT, WRONG)
        .map((code): Command => ({ otp, now }) => ['reserveTry', reserveTry(otp, code, at(now))]),
    ),
    often(
      fc.tuple(fc.constantFrom(...TRY_ANSWERS), lag).map(([given, behind]): Command => {
        return ({ otp, now }) => {
          const answer = recoverUsed(otp, given);
          return [
            TRY_TRANSITIONS[answer],
            settleTry(otp, { ...otp, leaseNo: otp.leaseNo - behind }, answer, at(now)),
          ];
        };
      }),
    ),
    often(fc.constant(({ otp, now }) => ['consume', consume(otp, at(now))])),
    often(fc.constant(({ otp, now }) => ['revoke', revoke(otp, at(now))])),
    fc.constant<Command>(({ otp, now }) => [
      otp.status === 'sending' ? 'sendUnknown' : 'timePassed',
      sweep(otp, at(now)),
    ]),
    fc.constant<Command>(({ otp, now }) => ['cancel', cancel(otp, at(now))]),
    fc.constant<Command>(({ otp, now }) => ['makeWay', makeWay(otp, at(now))]),
  );
  /** Most OTPs are sent; without this, most sequences would end at their first command. */
  const born = fc
    .record({
      status: fc.constantFrom<OtpStatus>('sending', 'pending', 'pending', 'pending'),
      ttlSeconds: fc.constantFrom(30, 300, 600),
      maxAttempts: fc.integer({ min: 1, max: 5 }),
      maxSends: fc.integer({ min: 1, max: 4 }),
    })
    .map((facts) => anOtp({ ...facts, expiresAt: at(facts.ttlSeconds) }));
  const sequence = fc
    .tuple(
      born,
      fc.array(fc.tuple(fc.oneof(fc.constant(0), pause), command), { maxLength: 30, size: 'max' }),
    )
    .map(([otp, commands]) => {
      const world: World = { otp, now: 0 };
      return commands.flatMap(([seconds, run]): Step[] => {
        world.now += seconds;
        const before = world.otp;
        const [transition, after] = run(world);
        if (after === null) return [];
        world.otp = after;
        return [{ transition, before, after }];
      });
    });

  const always = (law: (steps: Step[]) => void): void => {
    fc.assert(fc.property(sequence, law), { numRuns: times(3_000, 20_000) });
  };
  const eachStep = (law: (step: Step) => void): void => {
    always((steps) => {
      steps.forEach(law);
    });
  };
  const isLive = (status: OtpStatus): boolean =>
    (LIVE_STATUSES as readonly OtpStatus[]).includes(status);

  it('is generated with every move of the table', () => {
    const seen = fc.sample(sequence, 3000).flat();
    expect(new Set(seen.map(({ transition }) => transition))).toEqual(
      new Set(Object.keys(TRANSITIONS)),
    );
  });

  it('makes only the moves of the table', () => {
    eachStep(({ transition, before, after }) => {
      expect(TRANSITIONS[transition].from).toContain(before.status);
      expect(TRANSITIONS[transition].to).toContain(after.status);
    });
  });

  it('leaves no end', () => {
    eachStep(({ before, after }) => {
      expect(isLive(before.status) || before.status === after.status).toBe(true);
    });
  });

  it('never goes back from pending to sending', () => {
    eachStep(({ before, after }) => {
      expect([before.status, after.status]).not.toEqual(['pending', 'sending']);
    });
  });

  it('keeps the attempts between 0 and their maximum', () => {
    eachStep(({ after }) => {
      expect(after.attempts).toBeGreaterThanOrEqual(0);
      expect(after.attempts).toBeLessThanOrEqual(after.maxAttempts);
    });
  });

  it('verifies at most once', () => {
    always((steps) => {
      expect(steps.filter(({ transition }) => transition === 'codeRight').length).toBeLessThan(2);
    });
  });

  it('changes the time of the verification never again', () => {
    eachStep(({ before, after }) => {
      if (before.verifiedAt) expect(after.verifiedAt).toBe(before.verifiedAt);
    });
  });

  it('has a time of verification exactly when it is verified', () => {
    eachStep(({ after }) => {
      expect(after.verifiedAt !== null).toBe(after.status === 'verified');
    });
  });

  it('consumes at most once, and only what is verified', () => {
    always((steps) => {
      const consumed = steps.filter(({ transition }) => transition === 'consume');
      expect(consumed.length).toBeLessThan(2);
      expect(consumed.every(({ before }) => before.verifiedAt !== null)).toBe(true);
    });
  });

  it('lives at most 600 s', () => {
    eachStep(({ after }) => {
      expect(after.expiresAt.getTime()).toBeLessThanOrEqual(at(600).getTime());
    });
  });

  it('sends at most what is allowed', () => {
    eachStep(({ after }) => {
      expect(after.sends).toBeLessThanOrEqual(after.maxSends);
    });
  });

  it('verifies no wrong code, whatever gets lost on the way', () => {
    const fate = fc.constantFrom('answered', 'answer lost', 'died', 'died before', 'not reached');
    const tries = fc.array(fc.tuple(fc.constantFrom('right', 'wrong', 'worse'), fate), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(tries, (sequenceOfTries) => {
        let otp = anOtp({ maxAttempts: 8 });
        let confirmed = false;
        sequenceOfTries.forEach(([code, what], i) => {
          const now = at(15 * (i + 1));
          const taken = reserveTry(otp, codeMac(code), now);
          if (!taken) return;
          otp = taken;
          if (what === 'died before') return;
          let answer: TrySettlement = 'not_reached';
          if (what !== 'not reached') {
            answer = confirmed ? 'already_used' : code === 'right' ? 'right' : 'wrong';
            confirmed ||= code === 'right';
          }
          if (what === 'died') return;
          if (what === 'answer lost') answer = 'unknown';
          otp = settleTry(otp, otp, recoverUsed(otp, answer), now)!;
        });
        if (otp.status === 'verified') expect(otp.tryMac).toEqual(codeMac('right'));
      }),
      { numRuns: times(5_000, 5_000) },
    );
  });
});
