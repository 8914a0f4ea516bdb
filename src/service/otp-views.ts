import { attemptsLeft, effectiveStatus, resendOpensAt } from '../domain/lifecycle.js';
import { noticeOf } from '../domain/notice.js';
import type { OtpWaits } from '../domain/notice.js';
import type { OtpRecord } from '../domain/otp.js';
import type { Found } from '../ports/otp-store.js';
import type { OtpChallenge, OtpView } from './otp.api.js';

/** What the asker of an OTP is shown. */
export function challengeOf(otp: OtpRecord, ticket: string, resendAvailableAt: Date): OtpChallenge {
  return {
    id: otp.id,
    ticket,
    referenceCode: otp.referenceCode ?? '',
    mobileMask: otp.mobileMask,
    expiresAt: otp.expiresAt,
    resendAvailableAt,
    attemptsLeft: attemptsLeft(otp),
    delivery: otp.delivery,
  };
}

/** A real SMS arrives after some seconds; so does that of a decoy, for who asks. Seconds. */
const DECOY_ARRIVES = { first: 2, span: 8 };

/**
 * An OTP as its holder may see it: without the provider's ids, which a decoy has not, and a decoy like one
 * whose SMS arrived.
 *
 * @param reported whether ANTS is asked for delivery reports
 */
export function asHolderSees(found: Found, reported: boolean): Found {
  const { now, lastSendAt } = found;
  const otp = { ...found.otp, providerOtpId: null };
  if (otp.channel !== 'decoy') return { ...found, otp, messageId: null };
  // The sealed number begins with random bytes, which nobody outside knows.
  const chance = (otp.mobileSealed?.[0] ?? 0) / 256;
  const seconds = DECOY_ARRIVES.first + DECOY_ARRIVES.span * chance;
  const arrived = lastSendAt !== null && now.getTime() - lastSendAt.getTime() > seconds * 1000;
  const delivered = reported && arrived && otp.delivery === 'none';
  return {
    ...found,
    otp: { ...otp, channel: 'provider', delivery: delivered ? 'delivered' : otp.delivery },
    messageId: null,
  };
}

/** What the app's own server code is shown; the status is what the sweeper would write now. */
export function viewOf(found: Found): OtpView {
  const { otp, now, messageId, lockedUntil } = found;
  const waits = waitsOf(found);
  return {
    id: otp.id,
    purpose: otp.purpose,
    channel: otp.channel,
    subject: otp.subject,
    status: effectiveStatus(otp, now),
    delivery: otp.delivery,
    mobileMask: otp.mobileMask,
    referenceCode: otp.referenceCode,
    callbackData: otp.callbackData,
    otcId: otp.otcId,
    otpId: otp.providerOtpId,
    messageId,
    attemptsLeft: attemptsLeft(otp),
    sends: otp.sends,
    createdAt: otp.createdAt,
    expiresAt: otp.expiresAt,
    resendAvailableAt: waits.resendAt,
    lockedUntil,
    verifiedAt: otp.verifiedAt,
    consumedAt: otp.consumedAt,
    revokedAt: otp.revokedAt,
    errorCode: otp.errorCode,
    notice: noticeOf(otp, waits, now),
  };
}

/** When its holder may do what; `now` stands for a time that has come. */
export function waitsOf({ otp, now, cooldownUntil, lastSendAt, lockedUntil }: Found): OtpWaits {
  return {
    resendAt: resendOpensAt(otp, cooldownUntil, lastSendAt, now) ?? now,
    requestAt: cooldownUntil ?? now,
    lockedUntil,
  };
}
