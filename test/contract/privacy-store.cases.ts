import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { OtpRecord } from '../../src/domain/otp.js';
import type { NewOtp, OtpStore } from '../../src/ports/otp-store.js';
import type { PrivacyStore } from '../../src/ports/privacy-store.js';
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
  WRONG,
} from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

const ALL = 100;

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('the privacy of the %s store', (_, open) => {
  let harness: StoreHarness;
  let store: OtpStore;
  let privacy: PrivacyStore;
  beforeAll(async () => {
    harness = await open();
    ({ store, privacy } = harness);
  });
  afterAll(() => harness.close());

  const erase = ({ instance, mobileMac }: Pick<OtpRecord, 'instance' | 'mobileMac'>, batch = ALL) =>
    privacy.erase(instance, [mobileMac], batch);
  const types = async ({ id }: Pick<OtpRecord, 'id'>): Promise<string[]> =>
    (await store.history(id)).map(({ type }) => type);
  const tryCode = ({ id, instance }: OtpRecord, codeMac: Buffer) =>
    store.reserveTry({ ...{ id, instance, holder: SERVER, codeMac, budgets: BUDGETS } });
  const resend = ({ id, instance }: OtpRecord) =>
    store.reserveResend({
      ...{ id, instance, holder: SERVER, cooldowns: { '': STEPS }, limits: {} },
    });
  /** All that is stored of an OTP, as text. */
  const stored = async (otp: OtpRecord): Promise<string> =>
    JSON.stringify([
      await read(store, otp),
      await store.sends(otp.id),
      await store.history(otp.id),
    ]);

  /** An OTP with all that can name a person. */
  const named = (overrides: Partial<NewOtp> = {}): Promise<OtpRecord> =>
    pendingOtp(store, {
      subject: `subject-${randomUUID()}`,
      callbackData: `callback-${randomUUID()}`,
      idempotencyKey: `key-${randomUUID()}`,
      bindingMac: Buffer.from('binding'),
      ipMac: Buffer.from('ip'),
      limitKeys: ['number:abc'],
      ...overrides,
    });

  it('takes away what names a person and keeps what is counted', async () => {
    const otp = await named();
    await store.settleTry(otp.id, (await tryCode(otp, WRONG))!.otp, 'wrong', {});
    const ids = { messageId: `m-${randomUUID()}`, bulkId: 'bulk-7' };
    const said = {
      credit: '2',
      statusCode: '3',
      description: 'to Somchai',
      statusName: 'DELIVERED',
    };
    await applyReport(
      store,
      storeReport(otp, { ...ids, ...said }, { data: { delivery: 'delivered', ...ids, ...said } }),
    );
    const before = await read(store, otp);
    expect(await erase(otp)).toEqual({ erased: 1, found: true });

    const after = await read(store, otp);
    expect(after).toEqual({
      ...before,
      status: 'canceled',
      mobileMac: expect.any(Buffer),
      mobileSealed: null,
      mobileMask: 'erased',
      subject: null,
      callbackData: null,
      bindingMac: null,
      ipMac: null,
      idempotencyKey: null,
      limitKeys: [],
      providerOtpId: null,
      referenceCode: null,
      eventCount: before.eventCount + 2,
    });
    expect(after.mobileMac).toHaveLength(16);
    expect(after.mobileMac.equals(otp.mobileMac)).toBe(false);
    expect(await store.sends(otp.id)).toMatchObject([
      {
        ...{ outcome: 'sent', delivery: 'delivered', credit: '2', deliveryCode: '3' },
        ...{ providerOtpId: null, referenceCode: null, messageId: null, bulkId: null },
        description: null,
      },
    ]);
    const history = await store.history(otp.id);
    expect(history.map(({ type }) => type)).toEqual([
      ...['requested', 'sent', 'wrong_code', 'delivered', 'canceled', 'erased'],
    ]);
    expect(history[3]!.data).toEqual({
      ...{ delivery: 'delivered', credit: '2', statusCode: '3', send: 1 },
    });
    const { subject, callbackData, idempotencyKey, providerOtpId, referenceCode } = before;
    const names = [subject, callbackData, idempotencyKey, providerOtpId, referenceCode];
    for (const name of [...names, ...Object.values(ids), 'Somchai'])
      expect(await stored(otp)).not.toContain(name);
    for (const query of [
      { mobileMac: otp.mobileMac },
      { subject: subject! },
      { callbackData: callbackData! },
      { referenceCode: referenceCode! },
      { otpId: providerOtpId! },
      { messageId: ids.messageId },
    ])
      expect(await store.find('default', query, 5)).toEqual([]);
  });

  it('makes the proof of a verified OTP worthless and keeps when it was verified', async () => {
    const otp = await named();
    const done = await store.settleTry(otp.id, (await tryCode(otp, RIGHT))!.otp, 'right', {});
    await erase(otp);
    const after = await read(store, otp);
    expect(after).toMatchObject({ status: 'verified', verifiedAt: done!.otp.verifiedAt });
    expect(after).toMatchObject({ revokedAt: expect.any(Date), tryMac: null, unknownMac: null });
    expect(await store.consume(otp.id, otp.instance)).toBeNull();
    expect(await types(otp)).toEqual(['requested', 'sent', 'verified', 'erased']);
  });

  it('leaves one proof that was revoked or used before as it was', async () => {
    const otp = await named();
    await store.settleTry(otp.id, (await tryCode(otp, RIGHT))!.otp, 'right', {});
    const { consumedAt } = (await store.consume(otp.id, otp.instance))!.otp;
    const { revokedAt } = (await store.revoke(otp.id, otp.instance))!.otp;
    await harness.pass(60);
    await erase(otp);
    const after = await read(store, otp);
    expect(after.revokedAt!.getTime() - after.consumedAt!.getTime()).toBe(
      revokedAt!.getTime() - consumedAt!.getTime(),
    );
  });

  it.each([
    ['pending', 'canceled', 0],
    ['pending', 'expired', 301],
    ['sending', 'canceled', 0],
    ['sending', 'send_unknown', 16],
  ])('ends what is %s as %s after %i s', async (status, end, seconds) => {
    const otp = newOtp();
    await store.reserveRequest(ask(otp));
    if (status === 'pending') await store.settleRequest(otp.id, sentAnswer(), {});
    await harness.pass(seconds);
    await erase(otp);
    expect(await types(otp)).toEqual([
      'requested',
      ...(status === 'pending' ? ['sent'] : []),
      end,
      'erased',
    ]);
    expect(await store.find('default', { id: otp.id }, 1)).toMatchObject([
      { otp: { status: end } },
    ]);
  });

  describe('what was on its way', () => {
    it.each(['sent', 'failed', 'unknown'] as const)(
      'a first SMS (%s) brings no id back and gives nothing back',
      async (kind) => {
        const limitKeys = [`number:${randomUUID()}`];
        const rule = { rates: [{ seconds: 3600, max: 1 }], enforced: true };
        const limits = { number: rule };
        const otp = newOtp({ limitKeys });
        await store.reserveRequest(ask(otp, { limits }));
        await erase(otp);
        const answer = {
          sent: sentAnswer(),
          failed: { kind: 'failed' as const, errorCode: 'x', refund: true },
          unknown: { kind: 'unknown' as const, errorCode: 'x' },
        }[kind];
        const data = {
          otpId: 'p',
          referenceCode: 'r',
          antsCode: '9999' as const,
          detail: 'to 0812345678',
        };
        expect(await store.settleRequest(otp.id, answer, data)).toBeNull();
        expect(await store.sends(otp.id)).toMatchObject([
          { outcome: kind, providerOtpId: null, referenceCode: null },
        ]);
        const last = (await store.history(otp.id)).at(-1);
        expect(last).toMatchObject({ type: 'late_answer' });
        expect(last!.data).toEqual({ antsCode: '9999', send: 1, outcome: kind });
        expect((await store.checkLimits({ keys: limitKeys, rules: limits })).usedUp).not.toBeNull();
      },
    );

    it('another SMS brings no id back', async () => {
      const otp = await named();
      await harness.pass(61);
      await resend(otp);
      await erase(otp);
      const data = { otpId: 'p', referenceCode: 'r' };
      expect(await store.settleResend(otp.id, 2, sentAnswer(), data)).toBeNull();
      expect(await store.sends(otp.id)).toMatchObject([
        { providerOtpId: null },
        { outcome: 'sent', providerOtpId: null, referenceCode: null },
      ]);
      expect((await store.history(otp.id)).at(-1)!.data).toEqual({ send: 2, outcome: 'sent' });
    });

    it('a check changes nothing, and no code can be checked any more', async () => {
      const otp = await named();
      const tried = await tryCode(otp, RIGHT);
      await erase(otp);
      const after = await read(store, otp);
      expect(await store.settleTry(otp.id, tried!.otp, 'right', {})).toBeNull();
      await store.refuseGuess(otp.id, WRONG);
      expect(await tryCode(otp, RIGHT)).toBeNull();
      expect(await read(store, otp)).toEqual(after);
      expect(after).toMatchObject({ status: 'canceled', tryMac: null, leaseUntil: null });
    });

    it('a delivery report meets an OTP that is gone', async () => {
      const otp = await named();
      const report = storeReport(otp, { messageId: 'm-late' });
      await erase(otp);
      const before = await stored(otp);
      expect(await applyReport(store, report)).toBe('not_found');
      const facts = { contentType: 'none', bytes: 0, fields: [], otherFields: 0 };
      expect(await noteUnreadable(store, otp, { ...facts, reason: 'syntax' })).toBe('not_found');
      expect(await stored(otp)).toBe(before);
    });

    it('an event that a handler is owed names nobody', async () => {
      const instance = `owed-${randomUUID()}`;
      const handler = { name: 'crm', types: ['sent' as const, 'erased' as const], limit: 9 };
      await harness.outbox.register(instance, [handler]);
      const otp = await named({ instance });
      await erase(otp);
      const nobody = { subject: null, callbackData: null, mobileMask: 'erased', data: {} };
      const { events } = await harness.outbox.claim(instance, [handler], 30);
      expect(events).toMatchObject([{ type: 'sent', otpId: otp.id, ...nobody }]);
      await harness.outbox.done(events[0]!);
      const { events: next } = await harness.outbox.claim(instance, [handler], 30);
      expect(next).toMatchObject([{ type: 'erased', otpId: otp.id, ...nobody }]);
    });
  });

  describe('of a number', () => {
    it('takes its OTPs in batches, the oldest first, and goes on where it was stopped', async () => {
      const { mobileMac } = newOtp();
      const otps: OtpRecord[] = [];
      for (let n = 0; n < 7; n++)
        otps.push(
          await named({ mobileMac, purpose: `p${n}`, id: uuidv7({ msecs: Date.now() + n }) }),
        );
      const erasedNow = async () =>
        Promise.all(otps.map(async (otp) => (await read(store, otp)).mobileSealed === null));
      expect(await erase(otps[0]!, 3)).toEqual({ erased: 3, found: true });
      expect(await erasedNow()).toEqual([true, true, true, false, false, false, false]);
      expect(await erase(otps[0]!, 3)).toEqual({ erased: 3, found: true });
      expect(await erase(otps[0]!, 3)).toEqual({ erased: 1, found: true });
      expect(await erase(otps[0]!, 3)).toEqual({ erased: 0, found: false });
      const macs = await Promise.all(otps.map(async (otp) => (await read(store, otp)).mobileMac));
      expect(new Set(macs.map((mac) => mac.toString('hex'))).size).toBe(7);
    });

    it('leaves other numbers and instances alone', async () => {
      const otp = await named();
      const other = await named();
      const staff = await named({ instance: 'staff', mobileMac: otp.mobileMac });
      await erase(otp);
      for (const kept of [other, staff]) expect(await read(store, kept)).toEqual(kept);
    });

    it('finds a number under several MACs', async () => {
      const [first, second] = [await named(), await named()];
      const macs = [first.mobileMac, second.mobileMac];
      expect(await privacy.erase('default', macs, ALL)).toEqual({ erased: 2, found: true });
    });

    it('frees its place, and ends no cool-down and no lock', async () => {
      const otp = await named({ subject: null });
      const budgets = { '': { ...BUDGETS[''], perHour: 1 } };
      const { id, instance } = otp;
      const tried = await store.reserveTry({
        ...{ id, instance, holder: SERVER, codeMac: WRONG, budgets },
      });
      await store.settleTry(id, tried!.otp, 'wrong', {});
      const before = await store.preCheck(otp, FREE);
      expect(before.lockedUntil).not.toBeNull();
      await erase(otp);
      const after = await store.preCheck(otp, FREE);
      expect(after).toMatchObject({ live: null, lockedUntil: before.lockedUntil });
      expect(after.cooldownUntil).toEqual(before.cooldownUntil);
      await harness.pass(61);
      const again = newOtp({ mobileMac: otp.mobileMac });
      expect((await store.reserveRequest(ask(again))).kind).toBe('reserved');
    });
  });

  describe('sealed numbers', () => {
    const FIRST = '00000000-0000-0000-0000-000000000000';
    const all = async (instance: string) =>
      (await privacy.sealedAfter(instance, FIRST, 10_000)).filter(({ sealed }) => sealed !== null);
    const own = (): string => `sealed-${randomUUID()}`;

    it('are read in pages by id, without what is erased or of another instance', async () => {
      const instance = own();
      const otps = [];
      for (let n = 0; n < 3; n++)
        otps.push(await named({ instance, id: uuidv7({ msecs: Date.now() + 60_000 + n }) }));
      await erase(otps[1]!);
      const after = (id: string, limit: number) => privacy.sealedAfter(instance, id, limit);
      const [first, second] = await after(otps[0]!.id, 2);
      expect(first).toEqual({ id: otps[1]!.id, keyId: 'key', sealed: null });
      expect(second).toEqual({ id: otps[2]!.id, keyId: 'key', sealed: otps[2]!.mobileSealed });
      expect(await after(otps[0]!.id, 1)).toEqual([first]);
      expect(await all(instance)).toHaveLength(2);
      expect(await all(own())).toEqual([]);
    });

    it('are put in the place of the old ones, once', async () => {
      const otp = await named();
      const sealed = Buffer.from('anew');
      const number = { id: otp.id, was: 'key', sealed };
      expect(await privacy.reseal([number], 'new')).toBe(1);
      expect(await privacy.reseal([number], 'new')).toBe(0);
      expect(await read(store, otp)).toEqual({ ...otp, keyId: 'new', mobileSealed: sealed });
    });

    it('take no place that another key or an erasure has taken meanwhile', async () => {
      const [resealed, erased] = [await named(), await named()];
      await privacy.reseal([{ id: resealed.id, was: 'key', sealed: RIGHT }], 'newer');
      await erase(erased);
      const late = [resealed, erased].map(({ id }) => ({ id, was: 'key', sealed: WRONG }));
      expect(await privacy.reseal(late, 'new')).toBe(0);
      expect(await read(store, resealed)).toMatchObject({ keyId: 'newer', mobileSealed: RIGHT });
      expect(await read(store, erased)).toMatchObject({ keyId: 'key', mobileSealed: null });
    });
  });
});
