import type { OtpEvent, OtpRecord, SendRecord } from './otp.js';

/** Stands where the mask of an erased number stood. */
export const ERASED_MASK = 'erased';

/** What an event's data tells of what happened; every other key could name its person. */
export const COUNTED_DATA: readonly string[] = [
  'actor',
  'antsCode',
  'by',
  'channel',
  'credit',
  'delivery',
  'outcome',
  'purpose',
  'reason',
  'recovered',
  'send',
  'statusCode',
  'unlistedCode',
];

/** Nothing else takes the sealed number away. */
export function isErased({ mobileSealed }: Pick<OtpRecord, 'mobileSealed'>): boolean {
  return mobileSealed === null;
}

/**
 * An ended OTP without what identifies a person. `mobileMac`: random bytes, so that the erased OTPs of a
 * number cannot be told to be of one number. Its proof opens nothing any more.
 */
export function eraseOtp(otp: OtpRecord, mobileMac: Buffer, now: Date): OtpRecord {
  return {
    ...otp,
    mobileMac,
    mobileSealed: null,
    mobileMask: ERASED_MASK,
    subject: null,
    callbackData: null,
    bindingMac: null,
    ipMac: null,
    idempotencyKey: null,
    tryMac: null,
    unknownMac: null,
    limitKeys: [],
    providerOtpId: null,
    referenceCode: null,
    revokedAt: otp.status === 'verified' ? (otp.revokedAt ?? now) : otp.revokedAt,
  };
}

/** An SMS without the ids that name its receiver at the provider, and without free text. */
export function eraseSend(send: SendRecord): SendRecord {
  const nameless = { providerOtpId: null, referenceCode: null, messageId: null, bulkId: null };
  return { ...send, ...nameless, description: null };
}

export function eraseEvent(event: OtpEvent): OtpEvent {
  return { ...event, data: countedData(event.data) };
}

/** What is left of an event's data once its OTP is erased. */
export function countedData(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => COUNTED_DATA.includes(key)));
}
