import { hasFailed } from './delivery.js';
import type { Delivery } from './delivery.js';
import type { OtpErrorCode, Refusal } from './errors.js';
import type { OtpEventType, OtpRecord, OtpStatus, SendRecord } from './otp.js';

/**
 * Every move an OTP can make: the states it may start from and the states it may end in. The memory
 * store runs the functions below, the Postgres store writes these very lists into its guarded
 * statements, and `docs/lifecycle.md` shows them.
 */
export const TRANSITIONS = {
  sendAccepted: { from: ['sending'], to: ['pending'] },
  sendFailed: { from: ['sending'], to: ['send_failed'] },
  sendUnknown: { from: ['sending'], to: ['send_unknown'] },
  reserveResend: { from: ['pending'], to: ['pending'] },
  resendSettled: { from: ['pending'], to: ['pending'] },
  reserveTry: { from: ['pending'], to: ['pending'] },
  codeRight: { from: ['pending'], to: ['verified'] },
  codeWrong: { from: ['pending'], to: ['pending', 'max_attempts_reached'] },
  tryUnsettled: { from: ['pending'], to: ['pending'] },
  providerExpired: { from: ['pending'], to: ['expired'] },
  providerLimit: { from: ['pending'], to: ['max_attempts_reached'] },
  timePassed: { from: ['pending'], to: ['expired'] },
  cancel: { from: ['sending', 'pending'], to: ['canceled'] },
  makeWay: { from: ['sending', 'pending'], to: ['superseded', 'expired', 'send_unknown'] },
  consume: { from: ['verified'], to: ['verified'] },
  revoke: { from: ['verified'], to: ['verified'] },
} as const satisfies Record<string, { from: readonly OtpStatus[]; to: readonly OtpStatus[] }>;

export type Transition = keyof typeof TRANSITIONS;

/** The states in which an OTP occupies its number's one live place. */
export const LIVE_STATUSES = ['sending', 'pending'] as const satisfies readonly OtpStatus[];

/**
 * A `sending` row this old lost its process: the whole call to the provider ends after 10 s, so 15 s
 * is past any answer. Seconds.
 */
export const STALE_SENDING_SECONDS = 15;

/** One call to the provider may hold an OTP this long; longer than its 10 s time-out. Seconds. */
export const LEASE_SECONDS = 15;

/** No OTP outlives this, whatever is resent. Seconds. NIST SP 800-63B-4, 3.1.3.2: at most 10 minutes. */
export const MAX_LIFE_SECONDS = 600;

/** A resend that would leave less than this to read and type the code is refused. Seconds. */
export const MIN_LIFE_AFTER_RESEND_SECONDS = 60;

/** After an SMS whose fate is unknown the user may ask again this soon. Seconds. */
export const UNKNOWN_SEND_COOLDOWN_SECONDS = 10;

/** After the operator's word that an SMS will not arrive, a resend may follow that SMS this soon. Seconds. */
export const FAILED_DELIVERY_COOLDOWN_SECONDS = 10;

/** The right code sent again this soon by the same holder gets the same success. Seconds. */
export const REPEAT_SECONDS = 10;

/** Reports may come until then, so nothing of an OTP is purged earlier after its last SMS. Seconds. */
export const REPORTS_END_SECONDS = 72 * 3600;

/** Stored as `unknownMac` once two different codes are unknown: recovery is off for this OTP. */
export const TOMBSTONE = new Uint8Array(0);

const secondsAfter = (date: Date, seconds: number): Date =>
  new Date(date.getTime() + seconds * 1000);
const latest = (a: Date, b: Date): Date => (a > b ? a : b);
const withinLife = (otp: OtpRecord, date: Date): Date => {
  const end = secondsAfter(otp.createdAt, MAX_LIFE_SECONDS);
  return date < end ? date : end;
};
const may = (transition: Transition, otp: OtpRecord): boolean =>
  (TRANSITIONS[transition].from as readonly OtpStatus[]).includes(otp.status);
const sameBytes = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a !== null && b !== null && a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Whether a call to the provider about this OTP is running. */
export function isLeased(otp: OtpRecord, now: Date): boolean {
  return otp.leaseUntil !== null && otp.leaseUntil > now;
}

/** The status a reader should see: what the sweeper would write now. */
export function effectiveStatus(otp: OtpRecord, now: Date): OtpStatus {
  if (isStaleSending(otp, now)) return 'send_unknown';
  if (isTimedOut(otp, now)) return 'expired';
  return otp.status;
}

/** A `sending` row whose process is surely gone. */
export function isStaleSending(otp: OtpRecord, now: Date): boolean {
  return otp.status === 'sending' && secondsAfter(otp.createdAt, STALE_SENDING_SECONDS) <= now;
}

/** A `pending` row past its time; a running check is allowed to finish first. */
export function isTimedOut(otp: OtpRecord, now: Date): boolean {
  return otp.status === 'pending' && otp.expiresAt <= now && !isLeased(otp, now);
}

export function attemptsLeft(otp: OtpRecord): number {
  return Math.max(0, otp.maxAttempts - otp.attempts);
}

// --- request -----------------------------------------------------------------------------------

/** What a new ask means while another OTP of the same number and purpose is live. */
export type LiveAsk = 'same' | 'mismatch' | 'other';

/** Who asks, compared with who asked: equal bytes and equal words, missing is equal only to missing. */
export interface AskIdentity {
  subject: string | null;
  bindingMac: Uint8Array | null;
  idempotencyKey: string | null;
}

/**
 * Whether an ask is a repeat of the live OTP's ask. The same idempotency key is a repeat; so is the
 * same subject with the same binding while the cool-down runs. A key that comes back with another
 * subject or binding is a mistake of the caller. A missing subject never matches by itself.
 */
export function compareAsk(live: OtpRecord, ask: AskIdentity, coolingDown: boolean): LiveAsk {
  const sameBinding =
    sameBytes(live.bindingMac, ask.bindingMac) || (!live.bindingMac && !ask.bindingMac);
  const sameOwner = live.subject === ask.subject && sameBinding;
  if (ask.idempotencyKey !== null && ask.idempotencyKey === live.idempotencyKey)
    return sameOwner ? 'same' : 'mismatch';
  return coolingDown && ask.subject !== null && sameOwner ? 'same' : 'other';
}

/** Ends a live OTP because a newer one takes its place; the end says what it really was. */
export function makeWay(otp: OtpRecord, now: Date): OtpRecord | null {
  if (!may('makeWay', otp)) return null;
  const free = { ...otp, leaseUntil: null };
  if (otp.status === 'sending')
    return isStaleSending(otp, now) ? { ...free, status: 'send_unknown' } : null;
  return { ...free, status: isTimedOut(otp, now) ? 'expired' : 'superseded' };
}

/** What the provider's answer to a send means for the row. */
export type SendSettlement =
  | { kind: 'sent'; providerOtpId: string; referenceCode: string }
  | { kind: 'failed'; errorCode: string; refund: boolean }
  | { kind: 'unknown'; errorCode: string };

/** Writes the answer to the first send; after the row went stale it is too late. */
export function settleRequest(otp: OtpRecord, answer: SendSettlement, now: Date): OtpRecord | null {
  if (isStaleSending(otp, now)) return null;
  switch (answer.kind) {
    case 'sent':
      if (!may('sendAccepted', otp)) return null;
      return {
        ...otp,
        status: 'pending',
        providerOtpId: answer.providerOtpId,
        referenceCode: answer.referenceCode,
        expiresAt: expiryAfterSend(otp, now),
      };
    case 'failed':
      return may('sendFailed', otp)
        ? { ...otp, status: 'send_failed', errorCode: answer.errorCode }
        : null;
    case 'unknown':
      return may('sendUnknown', otp)
        ? { ...otp, status: 'send_unknown', errorCode: answer.errorCode }
        : null;
  }
}

/** A code lives `ttlSeconds` from its SMS and never past the OTP's own maximum. */
export function expiryAfterSend(otp: OtpRecord, now: Date): Date {
  return withinLife(otp, secondsAfter(now, otp.ttlSeconds));
}

// --- resend ------------------------------------------------------------------------------------

/** Why a resend is refused, or `null` when it may go. The cool-down is the store's to check. */
export function resendRefusal(otp: OtpRecord, now: Date): Refusal | null {
  const status = effectiveStatus(otp, now);
  if (status !== 'pending') return endRefusal(status);
  if (otp.expiresAt <= now) return { code: 'expired' };
  if (otp.sends >= otp.maxSends) return { code: 'max_sends_reached' };
  if (otp.attempts >= otp.maxAttempts) return { code: 'max_attempts_reached' };
  const lifeEnd = secondsAfter(otp.createdAt, MAX_LIFE_SECONDS);
  return secondsAfter(now, MIN_LIFE_AFTER_RESEND_SECONDS) > lifeEnd
    ? { code: 'too_late_to_resend' }
    : null;
}

/**
 * When the cool-down lets a resend go, or `null` when it is over: at its end, or shortly after an SMS
 * that will surely not arrive.
 */
export function resendOpensAt(
  otp: OtpRecord,
  cooldownUntil: Date | null,
  lastSendAt: Date | null,
  now: Date,
): Date | null {
  if (!cooldownUntil) return null;
  const early =
    hasFailed(otp.delivery) && lastSendAt
      ? secondsAfter(lastSendAt, FAILED_DELIVERY_COOLDOWN_SECONDS)
      : cooldownUntil;
  const opensAt = early < cooldownUntil ? early : cooldownUntil;
  return opensAt > now ? opensAt : null;
}

/**
 * Takes one send of the OTP's allowance; the delivery state is that of the newest SMS. The OTP stays
 * open for the call, so that it does not end with a new SMS on its way.
 */
export function reserveResend(otp: OtpRecord, now: Date): OtpRecord | null {
  if (!may('reserveResend', otp) || resendRefusal(otp, now)) return null;
  return {
    ...otp,
    sends: otp.sends + 1,
    delivery: otp.delivery === 'external' ? 'external' : 'none',
    expiresAt: latest(otp.expiresAt, withinLife(otp, secondsAfter(now, LEASE_SECONDS))),
  };
}

/** Whether the newest SMS may still get its provider's answer. */
export function isInFlight(
  newest: Pick<SendRecord, 'outcome' | 'requestedAt'> | undefined,
  now: Date,
): boolean {
  return (
    newest?.outcome === 'sending' && secondsAfter(newest.requestedAt, STALE_SENDING_SECONDS) > now
  );
}

/** Writes the answer to a resend; only the newest send may change the OTP. */
export function settleResend(
  otp: OtpRecord,
  sendNo: number,
  answer: SendSettlement,
  now: Date,
  /** The delivery of the SMS before it: that is the newest again if this one surely did not leave. */
  before: Delivery = otp.delivery,
): OtpRecord | null {
  if (!may('resendSettled', otp) || isTimedOut(otp, now) || otp.sends !== sendNo) return null;
  switch (answer.kind) {
    case 'sent':
      return {
        ...otp,
        providerOtpId: answer.providerOtpId,
        referenceCode: answer.referenceCode,
        expiresAt: expiryAfterSend(otp, now),
        // What was unknown of the old code says nothing of a new one.
        unknownMac: answer.providerOtpId === otp.providerOtpId ? otp.unknownMac : null,
      };
    case 'failed':
      // An SMS that surely did not leave does not use up the allowance.
      return { ...otp, maxSends: otp.maxSends + (answer.refund ? 1 : 0), delivery: before };
    case 'unknown':
      return { ...otp };
  }
}

// --- verify ------------------------------------------------------------------------------------

/** What a holder's try means before the provider is asked. */
export type TryDecision =
  { kind: 'go' } | { kind: 'repeat' } | { kind: 'busy' } | { kind: 'refused'; refusal: Refusal };

/** Decides a try of a code; `codeMac` is the keyed MAC of what was typed. */
export function decideTry(otp: OtpRecord, codeMac: Uint8Array, now: Date): TryDecision {
  if (otp.status === 'verified') {
    const inTime = otp.verifiedAt !== null && secondsAfter(otp.verifiedAt, REPEAT_SECONDS) > now;
    return inTime && sameBytes(otp.tryMac, codeMac) && otp.revokedAt === null
      ? { kind: 'repeat' }
      : { kind: 'refused', refusal: { code: 'already_used' } };
  }
  const status = effectiveStatus(otp, now);
  if (status !== 'pending') return { kind: 'refused', refusal: endRefusal(status) };
  if (isLeased(otp, now)) return { kind: 'busy' };
  if (otp.attempts >= otp.maxAttempts && !isRecheck(otp, codeMac))
    return { kind: 'refused', refusal: { code: 'max_attempts_reached', attemptsLeft: 0 } };
  return { kind: 'go' };
}

/**
 * Takes one attempt and the lease of the one running check. A try that a dead process left
 * unsettled becomes the unknown one; a second, different unknown code sets the tombstone.
 */
export function reserveTry(otp: OtpRecord, codeMac: Buffer, now: Date): OtpRecord | null {
  if (!may('reserveTry', otp) || decideTry(otp, codeMac, now).kind !== 'go') return null;
  return {
    ...otp,
    attempts: otp.attempts + (isRecheck(otp, codeMac) ? 0 : 1),
    leaseNo: otp.leaseNo + 1,
    leaseUntil: secondsAfter(now, LEASE_SECONDS),
    tryMac: codeMac,
    unknownMac: mergeUnknown(otp.unknownMac, otp.tryMac),
  };
}

/**
 * Whether this code is the one whose check got no answer. It was counted then and is no new guess:
 * checking it again costs nothing, or a right code lost at the last attempt would stay lost.
 */
export function isRecheck(otp: OtpRecord, codeMac: Uint8Array): boolean {
  return sameBytes(mergeUnknown(otp.unknownMac, otp.tryMac), codeMac);
}

/** Adds an unsettled code to what is unknown. */
export function mergeUnknown(unknown: Buffer | null, unsettled: Buffer | null): Buffer | null {
  if (unsettled === null || sameBytes(unknown, unsettled)) return unknown;
  return unknown === null ? unsettled : Buffer.from(TOMBSTONE);
}

/**
 * Takes away what a refused code could still be compared with, so that nobody can guess for free:
 * after a success no further repeat is answered, and at the last attempt recovery is over.
 */
export function refuseGuess(otp: OtpRecord, codeMac: Uint8Array, now: Date): OtpRecord | null {
  if (otp.status === 'verified')
    return otp.tryMac === null || sameBytes(otp.tryMac, codeMac) ? null : { ...otp, tryMac: null };
  if (!may('codeWrong', otp) || isTimedOut(otp, now) || isLeased(otp, now)) return null;
  if (otp.attempts < otp.maxAttempts || isRecheck(otp, codeMac)) return null;
  return { ...otp, status: 'max_attempts_reached', leaseUntil: null, tryMac: null };
}

/** The history's word for a guess that was refused without asking the provider. */
export function guessEvent(otp: OtpRecord): OtpEventType {
  return otp.status === 'verified' ? 'already_used' : 'max_attempts_reached';
}

/** What the provider's answer to a check means for the row. */
export type TrySettlement =
  'right' | 'wrong' | 'expired' | 'limit' | 'already_used' | 'unknown' | 'not_reached';

/**
 * Reads a provider's "already used" (0306): it was our own lost success only if exactly this code
 * was the one left unknown.
 */
export function recoverUsed(otp: OtpRecord, answer: TrySettlement): TrySettlement {
  return answer === 'already_used' && sameBytes(otp.unknownMac, otp.tryMac) ? 'right' : answer;
}

/** A check as it was made: under which lease, and about which of the provider's OTPs. */
export interface AskedTry {
  leaseNo: number;
  providerOtpId: string | null;
}

/**
 * Writes the answer to a check, fenced by the lease it was made under. When a resend has replaced the
 * provider's OTP meanwhile, or is on its way to do so, an end of the old one is just a wrong code for
 * the new one.
 */
export function settleTry(
  otp: OtpRecord,
  { leaseNo, providerOtpId }: AskedTry,
  given: TrySettlement,
  now: Date,
  resending = false,
): OtpRecord | null {
  if (!may('codeRight', otp) || isTimedOut(otp, now)) return null;
  if (otp.leaseNo !== leaseNo || otp.leaseUntil === null) return null;
  const free = { ...otp, leaseUntil: null, tryMac: null };
  const recheck = wasRecheck(otp);
  const replaced = otp.providerOtpId !== providerOtpId;
  const ended = given === 'expired' || given === 'limit';
  const answer = (replaced || resending) && ended ? 'wrong' : given;
  // The code whose answer was lost has got one.
  const answered = { ...free, unknownMac: recheck ? null : otp.unknownMac };
  switch (answer) {
    case 'right':
      return { ...otp, leaseUntil: null, status: 'verified', verifiedAt: now };
    case 'wrong':
    case 'already_used':
      return {
        ...answered,
        status: otp.attempts >= otp.maxAttempts ? 'max_attempts_reached' : 'pending',
      };
    case 'expired':
      return { ...answered, status: 'expired' };
    case 'limit':
      return { ...answered, status: 'max_attempts_reached' };
    case 'unknown':
      return {
        ...free,
        unknownMac: replaced ? otp.unknownMac : mergeUnknown(otp.unknownMac, otp.tryMac),
      };
    case 'not_reached':
      return { ...free, attempts: otp.attempts - (recheck ? 0 : 1) };
  }
}

/** Whether the try in flight checks again the code whose check got no answer: no new guess. */
export function wasRecheck(otp: OtpRecord): boolean {
  return sameBytes(otp.unknownMac, otp.tryMac);
}

/**
 * Whether a settled check stays among the number's failures: the code was wrong, or may have been
 * looked at. What is right, never arrived or came too late told a guesser nothing.
 */
export function isFailure(
  otp: OtpRecord,
  asked: Pick<AskedTry, 'providerOtpId'>,
  answer: TrySettlement,
  resending: boolean,
): boolean {
  switch (answer) {
    case 'wrong':
    case 'already_used':
    case 'unknown':
    case 'limit':
      return true;
    case 'expired':
      return resending || otp.providerOtpId !== asked.providerOtpId;
    case 'right':
    case 'not_reached':
      return false;
  }
}

/** Whether the check made under this lease has been settled with this answer already. */
export function isSettled(otp: OtpRecord, leaseNo: number, answer: TrySettlement): boolean {
  if (otp.leaseNo !== leaseNo || otp.leaseUntil !== null) return false;
  const ends: readonly OtpStatus[] =
    answer === 'right' ? ['verified'] : ['pending', 'max_attempts_reached', 'expired'];
  return ends.includes(otp.status);
}

/** The history's word for a settled check. */
export function tryEvent({ status }: OtpRecord, answer: TrySettlement): OtpEventType {
  if (status === 'max_attempts_reached') return status;
  // An end of an OTP that a resend has replaced was a wrong code.
  return status === 'pending' && (answer === 'expired' || answer === 'limit')
    ? 'wrong_code'
    : TRY_EVENTS[answer];
}

/** The history's word for each answer by itself. */
export const TRY_EVENTS: Record<TrySettlement, OtpEventType> = {
  right: 'verified',
  wrong: 'wrong_code',
  expired: 'expired',
  limit: 'max_attempts_reached',
  already_used: 'already_used',
  unknown: 'verify_unknown',
  not_reached: 'verify_not_reached',
};

// --- ends --------------------------------------------------------------------------------------

/** Cancels a live OTP; what time has already ended keeps that end. */
export function cancel(otp: OtpRecord, now: Date): OtpRecord | null {
  return may('cancel', otp) && effectiveStatus(otp, now) === otp.status
    ? { ...otp, status: 'canceled', leaseUntil: null }
    : null;
}

export function consume(otp: OtpRecord, now: Date): OtpRecord | null {
  const open = otp.consumedAt === null && otp.revokedAt === null;
  return may('consume', otp) && open ? { ...otp, consumedAt: now } : null;
}

export function revoke(otp: OtpRecord, now: Date): OtpRecord | null {
  return may('revoke', otp) && otp.revokedAt === null ? { ...otp, revokedAt: now } : null;
}

/** What the sweeper does to a row, if anything. */
export function sweep(otp: OtpRecord, now: Date): OtpRecord | null {
  const status = effectiveStatus(otp, now);
  return status === otp.status ? null : { ...otp, status, leaseUntil: null };
}

/** How a command against an OTP that is not open is refused. */
export function endRefusal(status: OtpStatus): Refusal {
  const code = END_CODES[status];
  // What is live passes by itself in a moment.
  const live: readonly OtpStatus[] = LIVE_STATUSES;
  return live.includes(status) ? { code, retryAfter: 1 } : { code };
}

const END_CODES: Record<OtpStatus, OtpErrorCode> = {
  sending: 'still_sending',
  pending: 'busy',
  verified: 'already_used',
  send_failed: 'send_failed',
  send_unknown: 'send_unknown',
  max_attempts_reached: 'max_attempts_reached',
  expired: 'expired',
  canceled: 'canceled',
  superseded: 'superseded',
};
