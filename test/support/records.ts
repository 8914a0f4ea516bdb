import type { OtpRecord, SendRecord } from '../../src/domain/otp.js';

/** Seconds after the OTP was asked for. */
export const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1000);

/** An OTP whose first SMS is out and whose code may be typed. */
export function anOtp(facts: Partial<OtpRecord> = {}): OtpRecord {
  return {
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    instance: 'default',
    purpose: 'login',
    subject: null,
    channel: 'provider',
    keyId: 'k1',
    lookupId: 'lookup',
    mobileMac: Buffer.from('mobile'),
    mobileSealed: null,
    mobileMask: '08x-xxx-5678',
    status: 'pending',
    delivery: 'none',
    otcId: 'OTC',
    providerOtpId: 'P1',
    referenceCode: 'QWER',
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
    eventCount: 2,
    ...facts,
  };
}

export function aSend(facts: Partial<SendRecord> = {}): SendRecord {
  return {
    otpId: '01890a5d-ac96-774b-bcce-b302099a8057',
    sendNo: 1,
    providerOtpId: 'P1',
    referenceCode: 'QWER',
    outcome: 'sent',
    messageId: null,
    bulkId: null,
    credit: null,
    delivery: 'none',
    deliveryCode: null,
    description: null,
    requestedAt: at(0),
    sentAt: null,
    doneAt: null,
    ...facts,
  };
}
