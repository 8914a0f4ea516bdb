import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../../src/domain/change.js';
import { NO_WAIT } from '../../src/domain/limits.js';
import type { LimitKind, LimitTable } from '../../src/domain/limits.js';
import type { SendSettlement, TrySettlement } from '../../src/domain/lifecycle.js';
import type { OtpRecord } from '../../src/domain/otp.js';
import { UNREADABLE_REASONS } from '../../src/domain/unreadable-report.js';
import type { UnreadableFacts } from '../../src/domain/unreadable-report.js';
import type { Holder, NewOtp, OtpStore, PurgeKind } from '../../src/ports/otp-store.js';
import {
  applyReport,
  ask,
  BUDGETS,
  FREE,
  newOtp,
  noteUnreadable,
  pendingOtp,
  read,
  RIGHT,
  sentAnswer,
  SERVER,
  STEPS,
  storeReport,
  verifiedOtp,
  WRONG,
} from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

const COOLDOWNS = { '': STEPS };

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('the %s store', (_, open) => {
  let harness: StoreHarness;
  let store: OtpStore;

  beforeAll(async () => {
    harness = await open();
    store = harness.store;
  });
  afterAll(() => harness.close());

  const types = async (otp: OtpRecord): Promise<string[]> =>
    (await store.history(otp.id)).map(({ type }) => type);
  const tryCode = (otp: OtpRecord, codeMac: Buffer) =>
    store.reserveTry({
      ...{ id: otp.id, instance: otp.instance, holder: SERVER, codeMac, budgets: BUDGETS },
    });
  const settle = async (otp: OtpRecord, codeMac: Buffer, answer: 'right' | 'wrong' | 'unknown') => {
    const reserved = await tryCode(otp, codeMac);
    return store.settleTry(otp.id, reserved!.otp, answer, {});
  };
  const resend = (otp: OtpRecord) =>
    store.reserveResend({
      id: otp.id,
      instance: otp.instance,
      holder: SERVER,
      cooldowns: COOLDOWNS,
      limits: {},
    });

  describe('request', () => {
    it('inserts the row as sending, with its first send, its cool-down and its history', async () => {
      const otp = newOtp({ subject: 'u1', callbackData: 'order-17' });
      const result = await store.reserveRequest(ask(otp, { data: { note: 'x' } }));
      expect(result).toMatchObject({
        kind: 'reserved',
        otp: { ...otp, status: 'sending', attempts: 0, sends: 1, eventCount: 1 },
      });
      expect(await store.sends(otp.id)).toMatchObject([
        { sendNo: 1, outcome: 'sending', delivery: 'none', messageId: null },
      ]);
      const { live, cooldownUntil, now } = await store.preCheck(otp, FREE);
      expect(live?.id).toBe(otp.id);
      expect(cooldownUntil!.getTime() - live!.createdAt.getTime()).toBe(60_000);
      expect(live!.expiresAt.getTime() - live!.createdAt.getTime()).toBe(15_000);
      expect(now.getTime()).toBeGreaterThanOrEqual(live!.createdAt.getTime());
      expect(await store.history(otp.id)).toMatchObject([
        { eventNo: 1, type: 'requested', data: { note: 'x' } },
      ]);
    });

    it('is refused while another OTP of the number lives, and leaves no trace', async () => {
      const first = await pendingOtp(store);
      await harness.pass(61);
      const second = newOtp({ mobileMac: first.mobileMac });
      expect(await store.reserveRequest(ask(second))).toEqual({ kind: 'taken' });
      expect(await store.find('default', { id: second.id }, 1)).toEqual([]);
      expect(await store.sends(second.id)).toEqual([]);
      expect((await store.preCheck(first, FREE)).cooldownUntil).toBeNull();
    });

    it('is refused while the number cools down, and never ends the live OTP', async () => {
      const first = await pendingOtp(store);
      const second = newOtp({ mobileMac: first.mobileMac });
      const result = await store.reserveRequest(ask(second, { replaces: first.id }));
      expect(result).toEqual({ kind: 'over' });
      expect((await read(store, first)).status).toBe('pending');
      expect(await types(first)).toEqual(['requested', 'sent']);
      expect(await store.sends(second.id)).toEqual([]);
    });

    it('makes the old OTP way when the cool-down is over', async () => {
      const first = await pendingOtp(store);
      await harness.pass(61);
      const second = newOtp({ mobileMac: first.mobileMac });
      await store.reserveRequest(ask(second, { replaces: first.id }));
      expect((await read(store, first)).status).toBe('superseded');
      expect(await types(first)).toEqual(['requested', 'sent', 'superseded']);
      expect((await store.preCheck(first, FREE)).live?.id).toBe(second.id);
    });

    it('ends a timed-out OTP as expired, not as superseded', async () => {
      const first = await pendingOtp(store);
      await harness.pass(301);
      const second = newOtp({ mobileMac: first.mobileMac });
      await store.reserveRequest(ask(second, { replaces: first.id }));
      expect((await read(store, first)).status).toBe('expired');
    });

    it('never ends an OTP whose SMS is being sent', async () => {
      const first = newOtp();
      await store.reserveRequest(ask(first, { cooldownSteps: [1] }));
      await harness.pass(2);
      const second = newOtp({ mobileMac: first.mobileMac });
      expect(await store.reserveRequest(ask(second, { replaces: first.id }))).toEqual({
        kind: 'taken',
      });
    });

    it('gives other purposes and other instances a place of their own', async () => {
      const first = await pendingOtp(store);
      for (const other of [{ purpose: 'transfer' }, { instance: 'staff' }]) {
        const otp = newOtp({ mobileMac: first.mobileMac, ...other });
        expect((await store.reserveRequest(ask(otp))).kind).toBe('reserved');
      }
    });

    it('waits longer after each send of the hour', async () => {
      const mobileMac = newOtp().mobileMac;
      const waits: number[] = [];
      for (let n = 0; n < 5; n++) {
        const otp = newOtp({ mobileMac });
        const live = (await store.preCheck(otp, FREE)).live;
        await store.reserveRequest(ask(otp, { replaces: live?.id ?? null }));
        await store.settleRequest(otp.id, sentAnswer(), {});
        const { cooldownUntil } = await store.preCheck(otp, FREE);
        const [send] = await store.sends(otp.id);
        waits.push(Math.round((cooldownUntil!.getTime() - send!.requestedAt.getTime()) / 1000));
        await harness.pass(301);
      }
      expect(waits).toEqual([60, 120, 300, 300, 300]);
      await harness.pass(3600);
      const late = newOtp({ mobileMac });
      const live = (await store.preCheck(late, FREE)).live;
      const result = await store.reserveRequest(ask(late, { replaces: live?.id ?? null }));
      expect(result).toMatchObject({ kind: 'reserved' });
      const { cooldownUntil } = await store.preCheck(late, FREE);
      const row = (await store.find('default', { id: late.id }, 1))[0]!.otp;
      expect(cooldownUntil!.getTime() - row.createdAt.getTime()).toBe(60_000);
    });
  });

  describe('the answer to a request', () => {
    it('opens the OTP with the provider id, the reference code and a full life', async () => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      await harness.pass(8);
      const answer = sentAnswer();
      const settled = await store.settleRequest(otp.id, answer, { note: 'y' });
      expect(settled?.otp).toMatchObject({
        status: 'pending',
        providerOtpId: answer.providerOtpId,
        referenceCode: answer.referenceCode,
      });
      const life = settled!.otp.expiresAt.getTime() - settled!.otp.createdAt.getTime();
      expect(life).toBeGreaterThanOrEqual(307_000);
      expect(await store.sends(otp.id)).toMatchObject([{ outcome: 'sent' }]);
      expect(await store.history(otp.id)).toMatchObject([
        {},
        { type: 'sent', data: { note: 'y' } },
      ]);
    });

    it.each([
      ['gives the cool-down back when surely no SMS left', true],
      ['keeps the cool-down when the number was refused', false],
    ])('%s', async (__, refund) => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      const settled = await store.settleRequest(
        otp.id,
        { kind: 'failed', errorCode: '9995', refund },
        {},
      );
      expect(settled?.otp).toMatchObject({ status: 'send_failed', errorCode: '9995' });
      expect((await store.preCheck(otp, FREE)).cooldownUntil === null).toBe(refund);
      expect(await store.sends(otp.id)).toMatchObject([{ outcome: 'failed' }]);
      const again = newOtp({ mobileMac: otp.mobileMac });
      const result = await store.reserveRequest(ask(again));
      expect(result.kind).toBe(refund ? 'reserved' : 'over');
      if (result.kind === 'reserved')
        expect(result.resendAvailableAt.getTime() - result.otp.createdAt.getTime()).toBe(60_000);
    });

    it('leaves an unknown send unknown and lets the user ask again after 10 s', async () => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      const settled = await store.settleRequest(otp.id, { kind: 'unknown', errorCode: '9999' }, {});
      expect(settled?.otp).toMatchObject({ status: 'send_unknown', errorCode: '9999' });
      await harness.pass(9);
      const again = newOtp({ mobileMac: otp.mobileMac });
      expect((await store.reserveRequest(ask(again))).kind).toBe('over');
      await harness.pass(2);
      const result = await store.reserveRequest(ask(again));
      expect(result).toMatchObject({ kind: 'reserved' });
    });

    it('is only remembered when it comes too late', async () => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      await store.cancel(otp.id, otp.instance, SERVER);
      const answer = sentAnswer();
      expect(await store.settleRequest(otp.id, answer, {})).toBeNull();
      const [found] = await store.find('default', { referenceCode: answer.referenceCode }, 1);
      expect(found?.otp).toMatchObject({ id: otp.id, status: 'canceled', providerOtpId: null });
      expect((await store.history(otp.id)).map(({ type }) => type)).toEqual([
        'requested',
        'canceled',
        'late_answer',
      ]);
    });
  });

  describe('resend', () => {
    it('takes one send, starts the next cool-down and forgets the old delivery state', async () => {
      const otp = await pendingOtp(store);
      await applyReport(store, storeReport(otp));
      await harness.pass(61);
      const result = await resend(otp);
      expect(result).toMatchObject({
        kind: 'reserved',
        sendNo: 2,
        otp: { sends: 2, delivery: 'none', status: 'pending' },
      });
      expect(await resend(otp)).toEqual({ kind: 'over' });
      expect(await read(store, otp)).toMatchObject({ sends: 2 });
    });

    it('keeps the newest ids on the OTP and finds it by the older ones', async () => {
      const otp = await pendingOtp(store);
      await harness.pass(61);
      await resend(otp);
      const answer = sentAnswer();
      await store.settleResend(otp.id, 2, answer, {});
      expect(await read(store, otp)).toMatchObject({
        providerOtpId: answer.providerOtpId,
        referenceCode: answer.referenceCode,
      });
      for (const query of [
        { referenceCode: otp.referenceCode! },
        { otpId: otp.providerOtpId! },
        { referenceCode: answer.referenceCode },
      ])
        expect((await store.find('default', query, 5)).map(({ otp: { id } }) => id)).toEqual([
          otp.id,
        ]);
    });

    it('never lets the life of an OTP pass 600 s', async () => {
      const otp = await pendingOtp(store);
      await harness.pass(290);
      await resend(otp);
      const first = await store.settleResend(otp.id, 2, sentAnswer(), {});
      expect(first!.otp.expiresAt.getTime() - otp.createdAt.getTime()).toBeLessThanOrEqual(600_000);
      await harness.pass(230);
      await resend(otp);
      const second = await store.settleResend(otp.id, 3, sentAnswer(), {});
      const created = (await read(store, otp)).createdAt.getTime();
      expect(second!.otp.expiresAt.getTime() - created).toBe(600_000);
      await harness.pass(21);
      expect(await resend(otp)).toEqual({ kind: 'refused' });
    });

    it('is refused when the sends are used up, the OTP ended, or the holder is another', async () => {
      const used = await pendingOtp(store, { maxSends: 1, subject: 'owner' });
      await harness.pass(61);
      expect(await resend(used)).toEqual({ kind: 'refused' });
      const foreign = {
        id: used.id,
        instance: 'default',
        holder: { by: 'subject', subject: 'thief' } as const,
        cooldowns: COOLDOWNS,
        limits: {},
      };
      expect(await store.reserveResend(foreign)).toEqual({ kind: 'refused' });
      await store.cancel(used.id, 'default', SERVER);
      expect(await resend(used)).toEqual({ kind: 'refused' });
    });

    it('gives the allowance and the cool-down back when surely no SMS left', async () => {
      const otp = await pendingOtp(store, { maxSends: 2 });
      await harness.pass(61);
      await resend(otp);
      await store.settleResend(otp.id, 2, { kind: 'failed', errorCode: 'x', refund: true }, {});
      expect(await resend(otp)).toMatchObject({ kind: 'reserved', sendNo: 3 });
    });

    it('leaves the OTP open when only the send is unknown', async () => {
      const otp = await pendingOtp(store);
      await harness.pass(61);
      await resend(otp);
      const settled = await store.settleResend(otp.id, 2, { kind: 'unknown', errorCode: 'x' }, {});
      expect(settled?.otp).toMatchObject({ status: 'pending', referenceCode: otp.referenceCode });
      expect(await store.sends(otp.id)).toMatchObject([
        { outcome: 'sent' },
        { outcome: 'unknown' },
      ]);
      expect(await types(otp)).toEqual(['requested', 'sent', 'resend_requested', 'resend_unknown']);
    });

    it('never lets the answer to an older send overwrite a newer one', async () => {
      const otp = await pendingOtp(store);
      await harness.pass(61);
      await resend(otp);
      await harness.pass(121);
      await resend(otp);
      const newest = sentAnswer();
      await store.settleResend(otp.id, 3, newest, {});
      expect(await store.settleResend(otp.id, 2, sentAnswer(), {})).toBeNull();
      expect(await read(store, otp)).toMatchObject({ referenceCode: newest.referenceCode });
    });

    it.each(['undelivered', 'rejected', 'expired'] as const)(
      'goes 10 s after an SMS that was reported %s, once',
      async (delivery) => {
        const otp = await pendingOtp(store);
        await applyReport(store, storeReport(otp, { delivery }));
        await harness.pass(8);
        expect(await resend(otp)).toEqual({ kind: 'over' });
        await harness.pass(3);
        expect(await resend(otp)).toMatchObject({ kind: 'reserved', sendNo: 2 });
        await store.settleResend(otp.id, 2, sentAnswer(), {});
        await harness.pass(61);
        // The new SMS has its own, longer wait and no report yet.
        expect(await resend(otp)).toEqual({ kind: 'over' });
      },
    );

    it.each(['accepted', 'pending', 'completed', 'delivered'] as const)(
      'waits for the cool-down after an SMS that was reported %s',
      async (delivery) => {
        const otp = await pendingOtp(store);
        await applyReport(store, storeReport(otp, { delivery }));
        await harness.pass(11);
        expect(await resend(otp)).toEqual({ kind: 'over' });
      },
    );
  });

  describe('verify', () => {
    it('takes the attempt before the provider is asked, for one check at a time', async () => {
      const otp = await pendingOtp(store);
      const reserved = await tryCode(otp, WRONG);
      expect(reserved?.otp).toMatchObject({ attempts: 1, leaseNo: 1 });
      expect(await tryCode(otp, RIGHT)).toBeNull();
      await store.settleTry(otp.id, reserved!.otp, 'wrong', {});
      expect((await tryCode(otp, RIGHT))?.otp).toMatchObject({ attempts: 2, leaseNo: 2 });
    });

    it('verifies once, at the store’s own time', async () => {
      const otp = await pendingOtp(store);
      const settled = await settle(otp, RIGHT, 'right');
      expect(settled?.otp).toMatchObject({ status: 'verified', leaseUntil: null });
      expect(settled?.otp.verifiedAt).toEqual(settled?.now);
      expect(await store.settleTry(otp.id, { ...otp, leaseNo: 1 }, 'right', {})).toBeNull();
      expect(await tryCode(otp, RIGHT)).toBeNull();
    });

    it('ends after the last wrong code', async () => {
      const otp = await pendingOtp(store, { maxAttempts: 2 });
      expect((await settle(otp, WRONG, 'wrong'))?.otp.status).toBe('pending');
      expect((await settle(otp, WRONG, 'wrong'))?.otp.status).toBe('max_attempts_reached');
      expect(await types(otp)).toEqual(['requested', 'sent', 'wrong_code', 'max_attempts_reached']);
    });

    it('gives the attempt back when the provider was not reached', async () => {
      const otp = await pendingOtp(store);
      const reserved = await tryCode(otp, WRONG);
      const settled = await store.settleTry(otp.id, reserved!.otp, 'not_reached', {});
      expect(settled?.otp).toMatchObject({ attempts: 0, tryMac: null, unknownMac: null });
    });

    it('keeps the code of an unknown check, and a tombstone after a second, different one', async () => {
      const otp = await pendingOtp(store);
      expect((await settle(otp, RIGHT, 'unknown'))?.otp.unknownMac).toEqual(RIGHT);
      expect((await settle(otp, RIGHT, 'unknown'))?.otp.unknownMac).toEqual(RIGHT);
      expect((await settle(otp, WRONG, 'unknown'))?.otp.unknownMac).toEqual(Buffer.alloc(0));
      expect((await settle(otp, WRONG, 'unknown'))?.otp.unknownMac).toEqual(Buffer.alloc(0));
    });

    it('checks a code that got no answer again for free, also after the last attempt', async () => {
      const otp = await pendingOtp(store, { maxAttempts: 1 });
      await settle(otp, RIGHT, 'unknown');
      expect(await tryCode(otp, WRONG)).toBeNull();
      expect((await tryCode(otp, RIGHT))?.otp.attempts).toBe(1);
      const settled = await store.settleTry(otp.id, { ...otp, leaseNo: 2 }, 'not_reached', {});
      expect(settled?.otp).toMatchObject({ attempts: 1, unknownMac: RIGHT });
      expect((await settle(otp, RIGHT, 'wrong'))?.otp).toMatchObject({
        status: 'max_attempts_reached',
        unknownMac: null,
      });
    });

    it('takes nothing but the right code for a repeat, and not after a guess', async () => {
      const otp = await pendingOtp(store);
      await settle(otp, RIGHT, 'right');
      await store.refuseGuess(otp.id, RIGHT);
      expect((await read(store, otp)).tryMac).toEqual(RIGHT);
      await store.refuseGuess(otp.id, WRONG);
      await store.refuseGuess(otp.id, WRONG);
      expect((await read(store, otp)).tryMac).toBeNull();
      expect(await types(otp)).toEqual(['requested', 'sent', 'verified', 'already_used']);
    });

    it('ends recovery at a guess after the last attempt', async () => {
      const otp = await pendingOtp(store, { maxAttempts: 1 });
      await settle(otp, RIGHT, 'unknown');
      await store.refuseGuess(otp.id, RIGHT);
      expect(await read(store, otp)).toMatchObject({ status: 'pending' });
      await store.refuseGuess(otp.id, WRONG);
      expect(await read(store, otp)).toMatchObject({ status: 'max_attempts_reached' });
    });

    it('reads an end of a replaced OTP as a wrong code', async () => {
      const otp = await pendingOtp(store);
      const running = await tryCode(otp, RIGHT);
      const replaced = { ...running!.otp, providerOtpId: 'older' };
      const settled = await store.settleTry(otp.id, replaced, 'expired', {});
      expect(settled?.otp).toMatchObject({ status: 'pending', attempts: 1 });
      expect((await types(otp)).at(-1)).toBe('wrong_code');
    });

    it('forgets what was unknown of a code that a resend replaced', async () => {
      const otp = await pendingOtp(store);
      await settle(otp, WRONG, 'unknown');
      await harness.pass(61);
      await resend(otp);
      const resent = await store.settleResend(otp.id, 2, sentAnswer(), {});
      expect(resent?.otp.unknownMac).toBeNull();
    });

    it('turns a check that a dead process left into an unknown one', async () => {
      const otp = await pendingOtp(store);
      await tryCode(otp, RIGHT);
      await harness.pass(16);
      const next = await tryCode(otp, RIGHT);
      expect(next?.otp).toMatchObject({ unknownMac: RIGHT, tryMac: RIGHT, leaseNo: 2 });
      expect(await store.settleTry(otp.id, { ...otp, leaseNo: 1 }, 'right', {})).toBeNull();
    });

    it('asks nobody about an expired, ended, foreign or unknown OTP', async () => {
      const otp = await pendingOtp(store, { subject: 'owner' });
      const by = (id: string, instance: string, subject: string) =>
        store.reserveTry({
          id,
          instance,
          holder: { by: 'subject', subject },
          codeMac: RIGHT,
          budgets: BUDGETS,
        });
      expect(await by(otp.id, 'default', 'thief')).toBeNull();
      expect(await by(otp.id, 'staff', 'owner')).toBeNull();
      expect(await by(randomUUID(), 'default', 'owner')).toBeNull();
      await harness.pass(301);
      expect(await by(otp.id, 'default', 'owner')).toBeNull();
      expect(await read(store, otp)).toMatchObject({ attempts: 0 });
    });

    it('accepts an answer that comes after the code’s time, if the check began in time', async () => {
      const otp = await pendingOtp(store);
      await harness.pass(295);
      const reserved = await tryCode(otp, RIGHT);
      await harness.pass(8);
      await store.sweep(1000);
      const settled = await store.settleTry(otp.id, reserved!.otp, 'right', {});
      expect(settled?.otp.status).toBe('verified');
    });
  });

  describe('ends', () => {
    it('cancels a live OTP of this holder only', async () => {
      const otp = await pendingOtp(store, { subject: 'owner' });
      const by = (subject: string) => store.cancel(otp.id, 'default', { by: 'subject', subject });
      expect(await by('thief')).toBeNull();
      expect((await by('owner'))?.otp.status).toBe('canceled');
      expect(await by('owner')).toBeNull();
    });

    it('consumes a verified OTP once', async () => {
      const otp = await verifiedOtp(store);
      expect((await store.consume(otp.id, 'default'))?.otp.consumedAt).toBeInstanceOf(Date);
      expect(await store.consume(otp.id, 'default')).toBeNull();
      expect(await store.consume((await pendingOtp(store)).id, 'default')).toBeNull();
      expect((await types(otp)).at(-1)).toBe('consumed');
    });

    it('lets nobody consume what was revoked', async () => {
      const otp = await verifiedOtp(store);
      expect(await store.revoke(otp.id, 'default')).not.toBeNull();
      expect(await store.revoke(otp.id, 'default')).toBeNull();
      expect(await store.consume(otp.id, 'default')).toBeNull();
    });

    it('keeps the cool-down over cancel and verify', async () => {
      const canceled = await pendingOtp(store);
      await store.cancel(canceled.id, 'default', SERVER);
      const verified = await verifiedOtp(store);
      for (const otp of [canceled, verified]) {
        const next = newOtp({ mobileMac: otp.mobileMac });
        expect(await store.reserveRequest(ask(next))).toEqual({ kind: 'over' });
      }
    });

    it('sweeps what time has ended, in batches, and says so in the history', async () => {
      await harness.pass(1000);
      await store.sweep(1000);
      const expired = [await pendingOtp(store), await pendingOtp(store)];
      const stale = newOtp();
      await harness.pass(290);
      await store.reserveRequest(ask(stale));
      await harness.pass(16);
      expect(await store.sweep(1)).toEqual({ expired: 1, unknown: 0 });
      expect(await store.sweep(1000)).toEqual({ expired: 1, unknown: 1 });
      expect(await store.sweep(1000)).toEqual({ expired: 0, unknown: 0 });
      for (const otp of expired) expect(await types(otp)).toContain('expired');
      const [found] = await store.find('default', { id: stale.id }, 1);
      expect(found?.otp.status).toBe('send_unknown');
      expect(await store.sends(stale.id)).toMatchObject([{ outcome: 'unknown' }]);
      await harness.pass(11);
      expect((await store.preCheck(stale, FREE)).cooldownUntil).toBeNull();
    });
  });

  describe('limits', () => {
    const rate = (max: number, enforced = true) => ({
      rates: [
        { seconds: 3600, max },
        { seconds: 86_400, max: max + 1 },
      ],
      enforced,
    });
    const RULES: LimitTable = {
      number: rate(2),
      block: rate(3),
      ipv4: rate(1, false),
      day: { rates: [], enforced: true, budget: 3 },
    };
    let no = 0;
    /** Keys that nothing else counts on. */
    const keys = (...kinds: LimitKind[]) => {
      no += 1;
      return kinds.map((kind) => `${kind}:${no}`);
    };
    /** An OTP of a number of its own that counts on these keys, or the refusal. */
    const send = async (limitKeys: string[], answer: SendSettlement = sentAnswer()) => {
      const otp = newOtp({ limitKeys });
      const result = await store.reserveRequest(ask(otp, { limits: RULES }));
      if (result.kind === 'reserved') await store.settleRequest(otp.id, answer, {});
      return { ...otp, result: result.kind };
    };
    const check = (limitKeys: string[]) => store.checkLimits({ keys: limitKeys, rules: RULES });
    const minutes = async (limitKeys: string[]) => {
      const [{ usedUp }, { now }] = await Promise.all([
        check(limitKeys),
        store.preCheck(newOtp(), FREE),
      ]);
      return usedUp && Math.round((usedUp.until.getTime() - now.getTime()) / 60_000);
    };

    it('refuse a send that is one too many, and leave no trace of it', async () => {
      const number = keys('number');
      expect((await send(number)).result).toBe('reserved');
      expect(await check(number)).toEqual({ usedUp: null, watched: [], budgetUsed: null });
      expect((await send(number)).result).toBe('reserved');
      expect(await check(number)).toMatchObject({ usedUp: { kind: 'number' } });
      const refused = await send(number);
      expect(refused.result).toBe('over');
      expect(await store.find(refused.instance, { id: refused.id }, 1)).toEqual([]);
      expect((await store.preCheck(refused, FREE)).cooldownUntil).toBeNull();
      expect((await store.preCheck(refused, { keys: number, rules: RULES })).usedUp).not.toBeNull();
    });

    it('slide: they open when the oldest send is old enough', async () => {
      const number = keys('number');
      await send(number);
      await harness.pass(1800);
      await send(number);
      expect(await minutes(number)).toBe(30);
      await harness.pass(1801);
      expect((await send(number)).result).toBe('reserved');
      // The third of the day: the day is used up now.
      expect(await minutes(number)).toBe(23 * 60);
      await harness.pass(3600);
      expect((await send(number)).result).toBe('over');
    });

    it('count on every key, and refuse for the one that opens last', async () => {
      const [number, block] = keys('number', 'block') as [string, string];
      await send([number, block]);
      await send([block]);
      await send([block]);
      const refused = await send([number, block]);
      expect(refused.result).toBe('over');
      expect(await check([number, block])).toMatchObject({ usedUp: { kind: 'block' } });
      expect(await check([number])).toMatchObject({ usedUp: null });
    });

    it('that only watch refuse nobody', async () => {
      const address = keys('ipv4');
      await send(address);
      expect((await send(address)).result).toBe('reserved');
      expect(await check(address)).toMatchObject({ usedUp: null, watched: ['ipv4'] });
    });

    it('give a send back that surely did not happen', async () => {
      const all = keys('number', 'block', 'day');
      await send(all, { kind: 'failed', errorCode: '9995', refund: true });
      await send(all);
      await send(all);
      expect(await check([all[1]!])).toMatchObject({ usedUp: null });
      expect(await check([all[2]!])).toMatchObject({ usedUp: null, budgetUsed: 2 / 3 });
    });

    it.each([
      { kind: 'failed', errorCode: '0307', refund: false },
      { kind: 'unknown', errorCode: '9999' },
    ] as const)('keep a send that ended as %j', async (answer) => {
      const number = keys('number');
      await send(number, answer);
      await send(number, answer);
      expect((await send(number)).result).toBe('over');
    });

    it('give a verified send back to its block and address, not to its number', async () => {
      const all = keys('number', 'block', 'ipv4');
      const first = await send(all);
      await send(all);
      const reserved = await store.reserveTry({
        ...{ id: first.id, instance: first.instance, holder: SERVER },
        ...{ codeMac: RIGHT, budgets: BUDGETS },
      });
      await store.settleTry(first.id, reserved!.otp, 'right', {});
      expect(await check([all[2]!])).toMatchObject({ watched: ['ipv4'] });
      await send([all[1]!]);
      expect(await check([all[1]!])).toMatchObject({ usedUp: null });
      expect(await check([all[0]!])).toMatchObject({ usedUp: { kind: 'number' } });
    });

    it('spend the budget of the day', async () => {
      const day = keys('day');
      for (const used of [1, 2, 3]) {
        await send(day);
        expect(await check(day)).toMatchObject({ budgetUsed: used / 3 });
      }
      expect((await send(day)).result).toBe('over');
      expect(await minutes(day)).toBeLessThanOrEqual(24 * 60);
    });

    it('let a decoy cost nothing of the day, and refuse it once nothing is left', async () => {
      const [day] = keys('day') as [string];
      const decoy = async () => {
        const otp = newOtp({ channel: 'decoy', limitKeys: [day] });
        const { kind } = await store.reserveRequest(ask(otp, { limits: RULES }));
        // What it did not take, it does not give back either.
        await store.settleRequest(otp.id, { kind: 'failed', errorCode: 'e', refund: true }, {});
        return kind;
      };
      await send([day]);
      expect(await decoy()).toBe('reserved');
      expect(await check([day])).toMatchObject({ budgetUsed: 1 / 3 });
      await send([day]);
      await send([day]);
      expect(await decoy()).toBe('over');
    });

    it('let a test number send again at once', async () => {
      const otp = newOtp({ channel: 'test' });
      await store.reserveRequest(ask(otp, { cooldownSteps: NO_WAIT }));
      await store.settleRequest(otp.id, sentAnswer(), {});
      const resend = await store.reserveResend({
        ...{ id: otp.id, instance: otp.instance, holder: SERVER, cooldowns: COOLDOWNS },
        limits: { '': {} },
      });
      expect(resend.kind).toBe('reserved');
      expect((await store.preCheck(otp, FREE)).cooldownUntil).toBeNull();
    });

    it('count a resend on the day it is made', async () => {
      const yesterday = 'day:default:2001-01-01';
      const otp = await pendingOtp(store, { limitKeys: ['number:x', yesterday] });
      await harness.pass(61);
      const resend = await store.reserveResend({
        ...{ id: otp.id, instance: otp.instance, holder: SERVER, cooldowns: COOLDOWNS },
        limits: { '': {}, login: RULES },
      });
      if (resend.kind !== 'reserved') throw new Error(resend.kind);
      const [number, day] = resend.otp.limitKeys;
      expect([number, day]).toEqual(['number:x', expect.stringMatching(/^day:default:20\d\d-/)]);
      expect(day).not.toBe(yesterday);
      expect((await check([day!])).budgetUsed).toBeGreaterThan(0);
    });

    it('count resends as well', async () => {
      const limitKeys = keys('number');
      const otp = await pendingOtp(store, { limitKeys });
      const again = () =>
        store.reserveResend({
          ...{ id: otp.id, instance: otp.instance, holder: SERVER, cooldowns: COOLDOWNS },
          limits: { '': {}, login: RULES },
        });
      await harness.pass(61);
      expect((await again()).kind).toBe('reserved');
      await store.settleResend(otp.id, 2, sentAnswer(), {});
      await harness.pass(125);
      expect((await again()).kind).toBe('reserved');
      await store.settleResend(otp.id, 3, sentAnswer(), {});
      await harness.pass(125);
      expect((await again()).kind).toBe('over');
      expect(await read(store, otp)).toMatchObject({ sends: 3 });
    });
  });

  describe('wrong codes of a number', () => {
    const budgets = { '': { perHour: 3, perDay: 5, seconds: 1800 } };
    const tryOf = ({ id, instance }: OtpRecord, codeMac = WRONG) =>
      store.reserveTry({ id, instance, holder: SERVER, codeMac, budgets });
    const fail = async (otp: OtpRecord, times: number, answer: TrySettlement = 'wrong') => {
      for (let n = 0; n < times; n++) {
        const reserved = await tryOf(otp, Buffer.from(`${answer} ${n}`));
        await store.settleTry(otp.id, reserved!.otp, answer, {});
      }
    };
    /** Another OTP of the same number. */
    const next = async (otp: OtpRecord, overrides: Partial<NewOtp> = {}): Promise<OtpRecord> => {
      await store.cancel(otp.id, otp.instance, SERVER);
      await harness.pass(301);
      await store.sweepOne(otp.id);
      return pendingOtp(store, { mobileMac: otp.mobileMac, subject: otp.subject, ...overrides });
    };

    it('lock it, whatever OTP they were for', async () => {
      const first = await pendingOtp(store);
      await fail(first, 2);
      const second = await next(first);
      expect((await store.preCheck(second, FREE)).lockedUntil).toBeNull();
      await fail(second, 1);
      const { lockedUntil, now } = await store.preCheck(second, FREE);
      expect(Math.round((lockedUntil!.getTime() - now.getTime()) / 10_000)).toBe(180);
      expect(await tryOf(second, RIGHT)).toBeNull();
      expect(await read(store, second)).toMatchObject({ attempts: 1, leaseUntil: null });
      expect((await types(second)).slice(-2)).toEqual(['wrong_code', 'locked']);
      await harness.pass(61);
      expect((await resend(second)).kind).toBe('refused');
      const [found] = await store.find(second.instance, { id: second.id }, 1);
      expect(found?.lockedUntil).not.toBeNull();
    });

    it('open it again after the lock, and count the hour anew', async () => {
      const otp = await pendingOtp(store);
      await fail(otp, 3);
      await harness.pass(1801);
      const later = await next(otp);
      expect((await store.preCheck(later, FREE)).lockedUntil).toBeNull();
      expect(await tryOf(later)).not.toBeNull();
    });

    it('keep it locked while there are too many in a day', async () => {
      let otp = await pendingOtp(store);
      for (const times of [2, 2, 1]) {
        await fail(otp, times);
        await harness.pass(4000);
        otp = await next(otp);
      }
      const { lockedUntil, now } = await store.preCheck(otp, FREE);
      const hours = (lockedUntil!.getTime() - now.getTime()) / 3_600_000;
      expect(hours).toBeGreaterThan(20);
      expect(hours).toBeLessThan(21);
      expect(await tryOf(otp)).toBeNull();
      await harness.pass(21 * 3600);
      otp = await next(otp);
      expect(await tryOf(otp)).not.toBeNull();
    });

    it.each(['right', 'not_reached', 'expired'] as const)(
      'do not count a code that was %s',
      async (answer) => {
        const first = await pendingOtp(store);
        await fail(first, 2);
        await fail(first, 1, answer);
        const second = await next(first);
        expect((await store.preCheck(second, FREE)).lockedUntil).toBeNull();
        expect(await types(first)).not.toContain('locked');
        await fail(second, 1);
        expect((await store.preCheck(second, FREE)).lockedUntil).not.toBeNull();
      },
    );

    it.each(['wrong', 'already_used', 'limit'] as const)(
      'count a code that was %s',
      async (answer) => {
        const otp = await pendingOtp(store);
        await fail(otp, 2);
        await fail(otp, 1, answer);
        expect((await store.preCheck(otp, FREE)).lockedUntil).not.toBeNull();
      },
    );

    it('count a check without an answer, and its recheck no second time', async () => {
      const otp = await pendingOtp(store);
      await fail(otp, 2);
      const lost = await tryOf(otp, RIGHT);
      await store.settleTry(otp.id, lost!.otp, 'unknown', {});
      expect((await store.preCheck(otp, FREE)).lockedUntil).not.toBeNull();
      expect(await tryOf(otp, WRONG)).toBeNull();
      const again = await tryOf(otp, RIGHT);
      const settled = await store.settleTry(otp.id, again!.otp, 'right', {});
      expect(settled?.otp.status).toBe('verified');
      expect((await types(otp)).filter((type) => type === 'locked')).toHaveLength(1);
    });

    it('of a stranger do not lock its owner, another purpose or another instance', async () => {
      const otp = await pendingOtp(store);
      await fail(otp, 3);
      for (const other of [{ subject: 'owner' }, { purpose: 'transfer' }, { instance: 'staff' }]) {
        const own = await next(otp, other);
        expect((await store.preCheck(own, FREE)).lockedUntil).toBeNull();
        expect(await tryOf(own)).not.toBeNull();
      }
    });
  });

  describe('delivery reports', () => {
    it('move the state up and never down', async () => {
      const otp = await pendingOtp(store);
      const states: string[] = [];
      for (const delivery of [
        'pending',
        'accepted',
        'undelivered',
        'delivered',
        'expired',
      ] as const) {
        expect(await applyReport(store, storeReport(otp, { delivery }))).toBe('applied');
        states.push((await read(store, otp)).delivery);
      }
      expect(states).toEqual(['pending', 'pending', 'undelivered', 'delivered', 'delivered']);
    });

    it('are stored once', async () => {
      const otp = await pendingOtp(store);
      const report = storeReport(otp);
      expect(await applyReport(store, report)).toBe('applied');
      expect(await applyReport(store, report)).toBe('duplicate');
      expect(await types(otp)).toEqual(['requested', 'sent', 'delivered']);
    });

    it('may come before the answer to the request', async () => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      const row = (await store.find('default', { id: otp.id }, 1))[0]!.otp;
      await applyReport(store, storeReport(row, { messageId: 'm-early' }));
      const settled = await store.settleRequest(otp.id, sentAnswer(), {});
      expect(settled?.otp).toMatchObject({ status: 'pending', delivery: 'delivered' });
      expect((await store.find('default', { messageId: 'm-early' }, 1))[0]?.otp.id).toBe(otp.id);
    });

    it('keep what the winning report said', async () => {
      const otp = await pendingOtp(store);
      const doneAt = new Date('2026-01-01T00:00:00.000Z');
      const later = new Date('2026-01-02T00:00:00.000Z');
      const facts = { messageId: 'm-1', bulkId: 'b', credit: '1', statusCode: '3' };
      await applyReport(store, storeReport(otp, { ...facts, doneAt: later, description: 'later' }));
      await applyReport(store, storeReport(otp, { ...facts, doneAt, description: 'earlier' }));
      await applyReport(store, storeReport(otp, { ...facts, delivery: 'pending' }));
      expect(await store.sends(otp.id)).toMatchObject([
        { delivery: 'delivered', doneAt, description: 'earlier', messageId: 'm-1', bulkId: 'b' },
      ]);
    });

    it('belong to the send of their message id; a new id to the newest send without one', async () => {
      const otp = await pendingOtp(store);
      await applyReport(store, storeReport(otp, { messageId: 'm-a', delivery: 'pending' }));
      await harness.pass(61);
      await resend(otp);
      await store.settleResend(otp.id, 2, sentAnswer(), {});
      await applyReport(store, storeReport(otp, { messageId: 'm-b', delivery: 'undelivered' }));
      expect((await read(store, otp)).delivery).toBe('undelivered');
      await applyReport(store, storeReport(otp, { messageId: 'm-a', delivery: 'delivered' }));
      expect((await read(store, otp)).delivery).toBe('undelivered');
      expect(await store.sends(otp.id)).toMatchObject([
        { messageId: 'm-a', delivery: 'delivered' },
        { messageId: 'm-b', delivery: 'undelivered' },
      ]);
      expect(await applyReport(store, storeReport(otp, { messageId: 'm-c' }))).toBe('recorded');
      expect(await applyReport(store, storeReport(otp))).toBe('applied');
      expect((await read(store, otp)).delivery).toBe('delivered');
    });

    it('about another number or with other callbackData are recorded, not applied', async () => {
      const otp = await pendingOtp(store, { callbackData: 'order-17' });
      const foreign = [
        storeReport(otp, {}, { hasTo: true, toMac: newOtp().mobileMac }),
        storeReport(otp, {}, { hasTo: true, toMac: null }),
        storeReport(otp, { callbackData: 'order-18' }),
      ];
      for (const report of foreign) expect(await applyReport(store, report)).toBe('mismatch');
      expect((await read(store, otp)).delivery).toBe('none');
      const own = storeReport(
        otp,
        { callbackData: 'order-17' },
        { hasTo: true, toMac: otp.mobileMac },
      );
      expect(await applyReport(store, own)).toBe('applied');
      expect(await types(otp)).toEqual([
        'requested',
        'sent',
        ...foreign.map(() => 'delivery_mismatch'),
        'delivered',
      ]);
    });

    it('change nothing but the delivery', async () => {
      const otp = await verifiedOtp(store);
      await applyReport(store, storeReport(otp, { delivery: 'rejected' }));
      const after = await read(store, otp);
      expect(after).toEqual({ ...otp, delivery: 'rejected', eventCount: otp.eventCount + 1 });
    });

    it('leave an OTP whose reports go elsewhere alone', async () => {
      const otp = await pendingOtp(store, { delivery: 'external' });
      await applyReport(store, storeReport(otp));
      expect((await read(store, otp)).delivery).toBe('external');
    });

    it('for an unknown OTP are not stored', async () => {
      const otp = await pendingOtp(store);
      expect(await applyReport(store, storeReport({ ...otp, id: randomUUID() }))).toBe('not_found');
      expect(await applyReport(store, storeReport({ ...otp, instance: 'staff' }))).toBe(
        'not_found',
      );
    });
  });

  describe('a save', () => {
    const loaded = async ({ id, instance }: OtpRecord) =>
      (await store.loadReported({ id, instance, dedupeKey: 'none' }))!.version;
    const change: Change = {
      otp: { delivery: 'delivered' },
      events: [{ type: 'delivered', data: {}, dedupeKey: 'saved' }],
    };

    it('writes all of a change, once', async () => {
      const otp = await pendingOtp(store);
      const version = await loaded(otp);
      expect(await store.save(version, change)).toBe('saved');
      expect(await store.save(version, change)).toBe('conflict');
      expect(await read(store, otp)).toMatchObject({ delivery: 'delivered', eventCount: 3 });
      expect((await types(otp)).slice(2)).toEqual(['delivered']);
    });

    it.each<[string, (otp: OtpRecord) => Promise<unknown>]>([
      ['a cancel', ({ id, instance }) => store.cancel(id, instance, SERVER)],
      [
        'a reserved check',
        ({ id, instance }) =>
          store.reserveTry({ id, instance, holder: SERVER, codeMac: RIGHT, budgets: BUDGETS }),
      ],
      ['a report', (otp) => applyReport(store, storeReport(otp))],
    ])('writes nothing after %s that came between', async (_, act) => {
      const otp = await pendingOtp(store);
      const version = await loaded(otp);
      await act(otp);
      const before = [await read(store, otp), await types(otp)];
      expect(await store.save(version, change)).toBe('conflict');
      expect([await read(store, otp), await types(otp)]).toEqual(before);
    });

    it('writes nothing of a decision that is older than its limit', async () => {
      const otp = await pendingOtp(store);
      const version = await loaded(otp);
      const stalled = { ...version, readAt: new Date(version.readAt.getTime() - 1_500) };
      expect(await store.save(stalled, { ...change, maxAge: 1 })).toBe('conflict');
      expect(await types(otp)).toHaveLength(2);
      expect(await store.save(version, { ...change, maxAge: 1 })).toBe('saved');
    });
  });

  describe('reports that cannot be read', () => {
    const FACTS: UnreadableFacts = {
      ...{ reason: 'no_report', contentType: 'application/json', bytes: 7 },
      ...{ fields: ['messageId'], otherFields: 1 },
    };
    const note = ({ id, instance }: Pick<OtpRecord, 'id' | 'instance'>, facts = FACTS) =>
      noteUnreadable(store, { id, instance }, facts);

    it('are one line of history for each reason, however often they come', async () => {
      const otp = await pendingOtp(store);
      expect(await note(otp)).toBe('recorded');
      for (let n = 0; n < 5; n += 1)
        expect(await note(otp, { ...FACTS, bytes: n })).toBe('duplicate');
      expect(await note(otp, { ...FACTS, reason: 'syntax' })).toBe('recorded');
      const history = await store.history(otp.id);
      expect(history.slice(2)).toMatchObject([
        { eventNo: 3, type: 'report_unreadable', data: FACTS },
        { eventNo: 4, type: 'report_unreadable', data: { ...FACTS, reason: 'syntax' } },
      ]);
      expect(await read(store, otp)).toEqual({ ...otp, eventCount: otp.eventCount + 2 });
    });

    it('are one line when they come all at once, and all reasons are bounded', async () => {
      const otp = await pendingOtp(store);
      const all = UNREADABLE_REASONS.flatMap((reason) =>
        Array<UnreadableFacts>(4).fill({ ...FACTS, reason }),
      );
      await Promise.all(all.map((facts) => note(otp, facts)));
      const lines = (await types(otp)).filter((type) => type === 'report_unreadable');
      expect(lines).toHaveLength(UNREADABLE_REASONS.length);
    });

    it('do not stand in the way of a report that can be read', async () => {
      const otp = await pendingOtp(store);
      await note(otp);
      expect(await applyReport(store, storeReport(otp))).toBe('applied');
      expect((await read(store, otp)).delivery).toBe('delivered');
    });

    it('for an unknown OTP are not noted', async () => {
      const otp = await pendingOtp(store);
      expect(await note({ ...otp, id: randomUUID() })).toBe('not_found');
      expect(await note({ ...otp, instance: 'staff' })).toBe('not_found');
    });

    it('are counted for operators, by OTP and for 24 h, with the newest of both kinds', async () => {
      const instance = `readings-${randomUUID()}`;
      const none = { unreadable: 0, lastUnreadable: null, lastRead: null };
      expect(await store.reportReadings(instance)).toEqual(none);
      const [first, second] = [
        await pendingOtp(store, { instance }),
        await pendingOtp(store, { instance }),
      ];
      await note(first);
      await harness.pass(2);
      await note(first, { ...FACTS, reason: 'syntax' });
      await note(second, { ...FACTS, reason: 'too_large' });
      await harness.pass(3);
      await note(second, { ...FACTS, reason: 'charset' });
      const before = await store.reportReadings(instance);
      expect(before).toMatchObject({ unreadable: 2, lastUnreadable: { reason: 'charset' } });
      expect(before.lastRead).toBeNull();
      await harness.pass(3);
      await applyReport(store, storeReport(first));
      const { lastUnreadable, lastRead } = await store.reportReadings(instance);
      expect(lastRead!.getTime()).toBeGreaterThan(lastUnreadable!.at.getTime());
      await harness.pass(24 * 3600);
      expect(await store.reportReadings(instance)).toEqual(none);
    });
  });

  describe('the purge', () => {
    const DAY = 86_400;
    /** An id as it was made so many days ago (uuid v7). */
    const oldId = (days: number) => uuidv7({ msecs: Date.now() - days * DAY * 1000 });
    const all = (kind: PurgeKind, days: number) => store.purge('default', kind, days, 10_000);

    it('deletes ended OTPs with all that belongs to them, not the younger ones', async () => {
      const old = await pendingOtp(store, { id: oldId(91) });
      await store.cancel(old.id, old.instance, SERVER);
      const young = await pendingOtp(store, { id: oldId(80) });
      await store.cancel(young.id, young.instance, SERVER);
      await harness.pass(80 * DAY);
      expect(await all('otps', 90)).toBe(0);
      await harness.pass(11 * DAY);
      expect(await all('otps', 90)).toBeGreaterThan(0);
      expect(await store.find(old.instance, { id: old.id }, 1)).toEqual([]);
      expect(await store.sends(old.id)).toEqual([]);
      expect(await store.history(old.id)).toEqual([]);
    });

    it('leaves an OTP alone that is live or had an SMS in the last 72 h', async () => {
      const live = await pendingOtp(store, { id: oldId(200) });
      const late = await pendingOtp(store, { id: oldId(200) });
      await store.cancel(late.id, late.instance, SERVER);
      await harness.pass(2 * DAY);
      await all('otps', 1);
      expect(await read(store, live)).toMatchObject({ status: 'pending' });
      expect(await read(store, late)).toMatchObject({ status: 'canceled' });
    });

    it('deletes nothing of another instance', async () => {
      const foreign = await pendingOtp(store, { id: oldId(200), instance: 'purged' });
      await store.cancel(foreign.id, 'purged', SERVER);
      await harness.pass(200 * DAY);
      await all('otps', 10);
      await all('history', 10);
      expect(await store.history(foreign.id)).toHaveLength(3);
      expect(await store.purge('purged', 'history', 10, 10_000)).toBe(3);
      expect(await store.purge('purged', 'otps', 10, 10_000)).toBe(1);
      expect(await store.find('purged', { id: foreign.id }, 1)).toEqual([]);
    });

    it('deletes the history alone, in batches', async () => {
      const otp = await pendingOtp(store, { id: oldId(50) });
      await harness.pass(31 * DAY);
      while ((await store.purge('default', 'history', 30, 1)) > 0);
      expect(await store.history(otp.id)).toEqual([]);
      expect(await read(store, otp)).toMatchObject({ id: otp.id, eventCount: 2 });
    });

    it('deletes limits that nobody counts any more', async () => {
      const otp = await pendingOtp(store);
      await all('limits', 2);
      expect((await store.preCheck(otp, FREE)).cooldownUntil).not.toBeNull();
      await harness.pass(3 * DAY);
      expect(await all('limits', 2)).toBeGreaterThan(0);
      expect(await all('limits', 2)).toBe(0);
    });
  });

  describe('find', () => {
    it('finds by every key, newest first, within the instance', async () => {
      const mobileMac = newOtp().mobileMac;
      const own = { mobileMac, subject: `s-${randomUUID()}`, callbackData: `c-${randomUUID()}` };
      const ids: string[] = [];
      for (const purpose of ['a', 'b'])
        ids.unshift((await pendingOtp(store, { ...own, purpose })).id);
      await pendingOtp(store, { ...own, instance: 'staff' });
      for (const query of [
        { mobileMac },
        { subject: own.subject },
        { callbackData: own.callbackData },
      ])
        expect((await store.find('default', query, 5)).map(({ otp }) => otp.id)).toEqual(ids);
      expect(await store.find('default', { mobileMac }, 1)).toHaveLength(1);
      const [found] = await store.find('default', { mobileMac }, 1);
      expect(found?.cooldownUntil!.getTime()).toBeGreaterThan(found!.now.getTime());
    });

    it('reads many by their ids at once, within the instance', async () => {
      const first = await pendingOtp(store, { mobileMac: newOtp().mobileMac });
      const second = await pendingOtp(store);
      const foreign = await pendingOtp(store, { instance: 'staff' });
      await applyReport(store, storeReport(second, { messageId: 'm-many' }));
      const ids = [first.id, foreign.id, randomUUID(), second.id];
      const many = await store.findMany('default', ids);
      expect(many.map(({ otp }) => otp.id)).toEqual([second.id, first.id]);
      const [alone] = await store.find('default', { id: second.id }, 1);
      expect(many[0]).toEqual({ ...alone, now: expect.any(Date) });
      expect(many[0]).toMatchObject({ messageId: 'm-many', cooldownUntil: expect.any(Date) });
    });

    it('reads one for its holder alone', async () => {
      const otp = await pendingOtp(store, { subject: 'u1' });
      const anybodys = await pendingOtp(store);
      const foreign = await pendingOtp(store, { instance: 'staff', subject: 'u1' });
      const [found] = await store.find('default', { id: otp.id }, 1);
      const { purpose } = otp;
      for (const holder of [
        SERVER,
        { by: 'ticket' },
        { by: 'ticket', purpose },
        { by: 'subject', subject: 'u1' },
        { by: 'subject', subject: 'u1', purpose },
      ] as const)
        expect(await store.findHeld('default', otp.id, holder)).toEqual({
          ...found,
          now: expect.any(Date),
        });
      const strangers: [id: string, holder: Holder][] = [
        [otp.id, { by: 'subject', subject: 'u2' }],
        [otp.id, { by: 'ticket', purpose: 'transfer' }],
        [otp.id, { by: 'subject', subject: 'u1', purpose: 'transfer' }],
        [anybodys.id, { by: 'subject', subject: 'u1' }],
        [foreign.id, { by: 'subject', subject: 'u1' }],
        [randomUUID(), SERVER],
      ];
      for (const [id, holder] of strangers)
        expect(await store.findHeld('default', id, holder)).toBeNull();
    });

    it('reads none of no ids', async () => {
      expect(await store.findMany('default', [])).toEqual([]);
    });
  });
});
