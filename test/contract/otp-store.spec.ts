import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { OtpRecord } from '../../src/domain/otp.js';
import type { OtpStore } from '../../src/ports/otp-store.js';
import {
  ask,
  newOtp,
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
    store.reserveTry({ id: otp.id, instance: otp.instance, holder: SERVER, codeMac });
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
      const { live, cooldownUntil, now } = await store.preCheck(otp);
      expect(live?.id).toBe(otp.id);
      expect(cooldownUntil!.getTime() - live!.createdAt.getTime()).toBe(60_000);
      expect(live!.expiresAt.getTime() - live!.createdAt.getTime()).toBe(300_000);
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
      expect((await store.preCheck(first)).cooldownUntil).toBeNull();
    });

    it('is refused while the number cools down, and never ends the live OTP', async () => {
      const first = await pendingOtp(store);
      const second = newOtp({ mobileMac: first.mobileMac });
      const result = await store.reserveRequest(ask(second, { replaces: first.id }));
      expect(result).toEqual({ kind: 'cooldown' });
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
      expect((await store.preCheck(first)).live?.id).toBe(second.id);
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
        const live = (await store.preCheck(otp)).live;
        await store.reserveRequest(ask(otp, { replaces: live?.id ?? null }));
        await store.settleRequest(otp.id, sentAnswer(), {});
        const { cooldownUntil } = await store.preCheck(otp);
        const [send] = await store.sends(otp.id);
        waits.push(Math.round((cooldownUntil!.getTime() - send!.requestedAt.getTime()) / 1000));
        await harness.pass(301);
      }
      expect(waits).toEqual([60, 120, 300, 300, 300]);
      await harness.pass(3600);
      const late = newOtp({ mobileMac });
      const live = (await store.preCheck(late)).live;
      const result = await store.reserveRequest(ask(late, { replaces: live?.id ?? null }));
      expect(result).toMatchObject({ kind: 'reserved' });
      const { cooldownUntil } = await store.preCheck(late);
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
      expect((await store.preCheck(otp)).cooldownUntil === null).toBe(refund);
      expect(await store.sends(otp.id)).toMatchObject([{ outcome: 'failed' }]);
      const again = newOtp({ mobileMac: otp.mobileMac });
      const result = await store.reserveRequest(ask(again));
      expect(result.kind).toBe(refund ? 'reserved' : 'cooldown');
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
      expect((await store.reserveRequest(ask(again))).kind).toBe('cooldown');
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
      await store.applyReport(storeReport(otp));
      await harness.pass(61);
      const result = await resend(otp);
      expect(result).toMatchObject({
        kind: 'reserved',
        sendNo: 2,
        otp: { sends: 2, delivery: 'none', status: 'pending' },
      });
      expect(await resend(otp)).toEqual({ kind: 'cooldown' });
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
        expect(await store.reserveRequest(ask(next))).toEqual({ kind: 'cooldown' });
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
      expect((await store.preCheck(stale)).cooldownUntil).toBeNull();
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
        expect(await store.applyReport(storeReport(otp, { delivery }))).toBe('applied');
        states.push((await read(store, otp)).delivery);
      }
      expect(states).toEqual(['pending', 'pending', 'undelivered', 'delivered', 'delivered']);
    });

    it('are stored once', async () => {
      const otp = await pendingOtp(store);
      const report = storeReport(otp);
      expect(await store.applyReport(report)).toBe('applied');
      expect(await store.applyReport(report)).toBe('duplicate');
      expect(await types(otp)).toEqual(['requested', 'sent', 'delivery_report']);
    });

    it('may come before the answer to the request', async () => {
      const otp = newOtp();
      await store.reserveRequest(ask(otp));
      const row = (await store.find('default', { id: otp.id }, 1))[0]!.otp;
      await store.applyReport(storeReport(row, { messageId: 'm-early' }));
      const settled = await store.settleRequest(otp.id, sentAnswer(), {});
      expect(settled?.otp).toMatchObject({ status: 'pending', delivery: 'delivered' });
      expect((await store.find('default', { messageId: 'm-early' }, 1))[0]?.otp.id).toBe(otp.id);
    });

    it('keep what the winning report said', async () => {
      const otp = await pendingOtp(store);
      const doneAt = new Date('2026-01-01T00:00:00.000Z');
      const later = new Date('2026-01-02T00:00:00.000Z');
      const facts = { messageId: 'm-1', bulkId: 'b', credit: '1', statusCode: '3' };
      await store.applyReport(storeReport(otp, { ...facts, doneAt: later, description: 'later' }));
      await store.applyReport(storeReport(otp, { ...facts, doneAt, description: 'earlier' }));
      await store.applyReport(storeReport(otp, { ...facts, delivery: 'pending' }));
      expect(await store.sends(otp.id)).toMatchObject([
        { delivery: 'delivered', doneAt, description: 'earlier', messageId: 'm-1', bulkId: 'b' },
      ]);
    });

    it('belong to the send of their message id; a new id to the newest send without one', async () => {
      const otp = await pendingOtp(store);
      await store.applyReport(storeReport(otp, { messageId: 'm-a', delivery: 'pending' }));
      await harness.pass(61);
      await resend(otp);
      await store.settleResend(otp.id, 2, sentAnswer(), {});
      await store.applyReport(storeReport(otp, { messageId: 'm-b', delivery: 'undelivered' }));
      expect((await read(store, otp)).delivery).toBe('undelivered');
      await store.applyReport(storeReport(otp, { messageId: 'm-a', delivery: 'delivered' }));
      expect((await read(store, otp)).delivery).toBe('undelivered');
      expect(await store.sends(otp.id)).toMatchObject([
        { messageId: 'm-a', delivery: 'delivered' },
        { messageId: 'm-b', delivery: 'undelivered' },
      ]);
      expect(await store.applyReport(storeReport(otp, { messageId: 'm-c' }))).toBe('recorded');
      expect(await store.applyReport(storeReport(otp))).toBe('applied');
      expect((await read(store, otp)).delivery).toBe('delivered');
    });

    it('about another number or with other callbackData are recorded, not applied', async () => {
      const otp = await pendingOtp(store, { callbackData: 'order-17' });
      const foreign = [
        storeReport(otp, {}, { hasTo: true, toMac: newOtp().mobileMac }),
        storeReport(otp, {}, { hasTo: true, toMac: null }),
        storeReport(otp, { callbackData: 'order-18' }),
      ];
      for (const report of foreign) expect(await store.applyReport(report)).toBe('mismatch');
      expect((await read(store, otp)).delivery).toBe('none');
      const own = storeReport(
        otp,
        { callbackData: 'order-17' },
        { hasTo: true, toMac: otp.mobileMac },
      );
      expect(await store.applyReport(own)).toBe('applied');
      expect(await types(otp)).toEqual([
        'requested',
        'sent',
        ...foreign.map(() => 'delivery_mismatch'),
        'delivery_report',
      ]);
    });

    it('change nothing but the delivery', async () => {
      const otp = await verifiedOtp(store);
      await store.applyReport(storeReport(otp, { delivery: 'rejected' }));
      const after = await read(store, otp);
      expect(after).toEqual({ ...otp, delivery: 'rejected', eventCount: otp.eventCount + 1 });
    });

    it('leave an OTP whose reports go elsewhere alone', async () => {
      const otp = await pendingOtp(store, { delivery: 'external' });
      await store.applyReport(storeReport(otp));
      expect((await read(store, otp)).delivery).toBe('external');
    });

    it('for an unknown OTP are not stored', async () => {
      const otp = await pendingOtp(store);
      expect(await store.applyReport(storeReport({ ...otp, id: randomUUID() }))).toBe('not_found');
      expect(await store.applyReport(storeReport({ ...otp, instance: 'staff' }))).toBe('not_found');
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
  });
});
