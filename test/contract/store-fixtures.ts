import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { DeliveryReport } from '../../src/domain/delivery.js';
import type { SendSettlement } from '../../src/domain/lifecycle.js';
import type { OtpRecord } from '../../src/domain/otp.js';
import { decideReport, decideUnreadable, unreadableKey } from '../../src/domain/report.js';
import type { ReceivedReport, ReportResult } from '../../src/domain/report.js';
import type { UnreadableFacts } from '../../src/domain/unreadable-report.js';
import type { NewOtp, OtpStore, ReserveRequest } from '../../src/ports/otp-store.js';
import { OtpChanges } from '../../src/service/otp-changes.js';
import { SystemClock } from '../../src/service/system-clock.js';

export const STEPS = [60, 120, 300];
export const BUDGETS = { '': { perHour: 10, perDay: 20, seconds: 3600 } };
/** No limits at all. */
export const FREE = { keys: [], rules: {} };
export const SERVER = { by: 'server' } as const;
export const RIGHT = Buffer.from('right');
export const WRONG = Buffer.from('wrong');

let sent = 0;

export function newOtp(overrides: Partial<NewOtp> = {}): NewOtp {
  return {
    id: uuidv7(),
    instance: 'default',
    purpose: 'login',
    subject: null,
    channel: 'provider',
    keyId: 'key',
    lookupId: 'lookup',
    mobileMac: randomBytes(16),
    mobileSealed: Buffer.from('sealed'),
    mobileMask: '08x-xxx-5678',
    delivery: 'none',
    otcId: 'OTC',
    callbackData: null,
    bindingMac: null,
    maxAttempts: 5,
    maxSends: 4,
    idempotencyKey: null,
    ttlSeconds: 300,
    ipMac: null,
    limitKeys: [],
    ...overrides,
  };
}

export function ask(otp: NewOtp, overrides: Partial<ReserveRequest> = {}): ReserveRequest {
  return { otp, replaces: null, cooldownSteps: STEPS, limits: {}, data: {}, ...overrides };
}

/** What a provider answers to a send, with ids nobody had before. */
export function sentAnswer(): Extract<SendSettlement, { kind: 'sent' }> {
  sent += 1;
  return { kind: 'sent', providerOtpId: `provider-${sent}`, referenceCode: `ref-${sent}` };
}

/** An OTP whose SMS is out. */
export async function pendingOtp(
  store: OtpStore,
  overrides: Partial<NewOtp> = {},
): Promise<OtpRecord> {
  const otp = newOtp(overrides);
  await store.reserveRequest(ask(otp));
  const settled = await store.settleRequest(otp.id, sentAnswer(), {});
  return settled!.otp;
}

export async function verifiedOtp(store: OtpStore): Promise<OtpRecord> {
  const { id, instance } = await pendingOtp(store);
  const reserved = await store.reserveTry({
    ...{ id, instance, holder: SERVER, codeMac: RIGHT, budgets: BUDGETS },
  });
  const settled = await store.settleTry(id, reserved!.otp, 'right', {});
  return settled!.otp;
}

export async function read(store: OtpStore, { id, instance }: OtpRecord): Promise<OtpRecord> {
  const [found] = await store.find(instance, { id }, 1);
  return found!.otp;
}

let copies = 0;

/** A report of one OTP. */
export interface StoreReport extends ReceivedReport {
  id: string;
  instance: string;
}

/** Takes a report in as `RecordReport` does. */
export async function applyReport(
  store: OtpStore,
  { id, instance, ...received }: StoreReport,
): Promise<ReportResult | 'not_found'> {
  const query = { id, instance, dedupeKey: received.dedupeKey };
  const done = await changesOf(store).make(
    id,
    () => store.loadReported(query),
    (found) => decideReport(found, received),
  );
  return done?.result ?? 'not_found';
}

/** Notes an unreadable report as `UnreadableReports` does. */
export async function noteUnreadable(
  store: OtpStore,
  { id, instance }: Pick<OtpRecord, 'id' | 'instance'>,
  facts: UnreadableFacts,
): Promise<'recorded' | 'duplicate' | 'not_found'> {
  const query = { id, instance, dedupeKey: unreadableKey(facts) };
  const done = await changesOf(store).make(
    id,
    () => store.loadReported(query),
    (found) => decideUnreadable(found, facts),
  );
  return done?.result ?? 'not_found';
}

/** Each is a process of its own: they meet at the save. */
const changesOf = (store: OtpStore): OtpChanges => new OtpChanges(store, new SystemClock());

/** A report that names nothing but its state, unless told otherwise. */
export function storeReport(
  otp: OtpRecord,
  report: Partial<DeliveryReport> = {},
  overrides: Partial<StoreReport> = {},
): StoreReport {
  copies += 1;
  return {
    id: otp.id,
    instance: otp.instance,
    report: { delivery: 'delivered', ...report },
    toMac: null,
    lookupId: otp.lookupId,
    hasTo: false,
    dedupeKey: `copy-${copies}`,
    data: {},
    ...overrides,
  };
}
