import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NIL } from 'uuid';
import type { NewOtp, OtpStore } from '../../src/ports/otp-store.js';
import type { KeyedOtp, RekeyedOtp, RekeyStore } from '../../src/ports/rekey-store.js';
import { rekeyedLimitKey } from '../../src/service/rekeyed-limit-key.js';
import {
  applyReport,
  ask,
  BUDGETS,
  FREE,
  newOtp,
  pendingOtp,
  read,
  sentAnswer,
  SERVER,
  storeReport,
  WRONG,
} from './store-fixtures.js';
import { postgresHarness } from './store-harness.js';
import type { PostgresHarness } from './store-harness.js';

const FORMER = ['lookup'];
const ALL = 10_000;
/** As a key ring does it, without secrets. */
const anew = (mac: Buffer): Buffer =>
  createHash('sha256').update(mac).digest().subarray(0, mac.length);
const rekeyed = (was: KeyedOtp): RekeyedOtp => ({
  was,
  macs: {
    mobileMac: anew(was.mobileMac),
    bindingMac: was.bindingMac && anew(was.bindingMac),
    ipMac: was.ipMac && anew(was.ipMac),
    tryMac: was.tryMac && anew(was.tryMac),
    unknownMac: was.unknownMac && anew(was.unknownMac),
    limitKeys: was.limitKeys.map((key) => rekeyedLimitKey(key, anew)),
    reports: Object.fromEntries(
      Object.entries(was.reports).map(([no, key]) => [no, `${key}-anew`]),
    ),
  },
});

describe('the look-up key of the postgres store', () => {
  let harness: PostgresHarness;
  let store: OtpStore;
  let rekey: RekeyStore;
  beforeAll(async () => {
    harness = await postgresHarness();
    ({ store, rekey } = harness);
  });
  afterAll(() => harness.close());

  const own = (): string => `rekey-${randomUUID()}`;
  const due = async (instance: string, limit = ALL, after: string = NIL) =>
    rekey.numbersAfter(instance, FORMER, [...FORMER, 'new'], after, limit);
  const write = async (instance: string, rows: readonly KeyedOtp[]) =>
    rekey.rekeyNumbers(instance, 'new', rows.map(rekeyed));
  const under = (otp: NewOtp) => ({ ...otp, mobileMac: anew(otp.mobileMac) });
  const limits = async (mac: Buffer): Promise<Record<string, unknown>[]> =>
    (
      await harness.query('SELECT * FROM otp_limits WHERE key LIKE $1 ORDER BY key', [
        `%${mac.toString('hex')}%`,
      ])
    ).rows;
  const fail = async ({ id, instance }: NewOtp) => {
    const tried = await store.reserveTry({
      ...{ id, instance, holder: SERVER, codeMac: WRONG, budgets: BUDGETS },
    });
    await store.settleTry(id, tried!.otp, 'wrong', {});
  };

  it('takes all OTPs of a number with its cool-downs and its failures, of each subject', async () => {
    const instance = own();
    const { mobileMac } = newOtp();
    const limitKeys = [`number:${'ab'.repeat(16)}`, `day:${instance}:2026-01-31`];
    const macs = { bindingMac: Buffer.from('binding'), ipMac: Buffer.from('ip'), limitKeys };
    const otp = await pendingOtp(store, { instance, mobileMac, ...macs });
    const other = await pendingOtp(store, { instance, mobileMac, purpose: 'paid', subject: 'ann' });
    await fail(otp);
    await fail(other);
    await applyReport(store, storeReport(otp, {}, { dedupeKey: 'report' }));
    // The page holds one OTP, and the number comes as a whole.
    const whole = await due(instance, 1, otp.id);
    expect(whole.rows.map(({ id }) => id).sort()).toEqual([otp.id, other.id].sort());
    const before = await store.preCheck(otp, FREE);
    const was = await read(store, otp);
    expect(await write(instance, whole.rows)).toBe(2);

    expect(await read(store, otp)).toEqual({
      ...was,
      lookupId: 'new',
      mobileMac: anew(mobileMac),
      bindingMac: anew(macs.bindingMac),
      ipMac: anew(macs.ipMac),
      limitKeys: [rekeyedLimitKey(limitKeys[0]!, anew), limitKeys[1]],
    });
    expect(await limits(mobileMac)).toEqual([]);
    const moved = await limits(anew(mobileMac));
    expect(moved.map(({ key }) => (key as string).split(':')[0])).toEqual([
      ...['cooldown', 'cooldown', 'failures', 'failures'],
    ]);
    expect(new Set(moved.map(({ lookup_id }) => lookup_id))).toEqual(new Set(['new']));
    const after = await store.preCheck(under(otp), FREE);
    expect(after.live?.id).toBe(otp.id);
    expect(after.cooldownUntil).toEqual(before.cooldownUntil);
    const again = storeReport(otp, {}, { dedupeKey: 'report-anew' });
    expect(await applyReport(store, again)).toBe('duplicate');
    expect((await due(instance)).rows).toEqual([]);
    expect(await write(instance, whole.rows)).toBe(0);
  });

  it.each([
    ['a check has begun', fail],
    ['it was canceled', ({ id, instance }: NewOtp) => store.cancel(id, instance, SERVER)],
    [
      'another one came',
      async (otp: NewOtp) => {
        await harness.pass(61);
        await store.reserveRequest(
          ask(newOtp({ instance: otp.instance, mobileMac: otp.mobileMac, purpose: 'paid' })),
        );
      },
    ],
    [
      'it was erased',
      ({ instance, mobileMac }: NewOtp) => harness.privacy.erase(instance, [mobileMac], ALL),
    ],
  ])('leaves a number as it is when since it was read %s', async (_, change) => {
    const instance = own();
    const otp = await pendingOtp(store, { instance });
    const free = await pendingOtp(store, { instance });
    const { rows } = await due(instance);
    await change(otp);
    const was = await read(store, otp);
    expect(await write(instance, rows)).toBe(1);
    expect(await read(store, otp)).toEqual(was);
    expect(await limits(anew(otp.mobileMac))).toEqual([]);
    expect(await read(store, free)).toMatchObject({ lookupId: 'new' });
  });

  it('brings nothing back of an OTP that was erased since it was read, while others of its number stand', async () => {
    const instance = own();
    const { mobileMac } = newOtp();
    const macs = { bindingMac: Buffer.from('binding'), ipMac: Buffer.from('ip') };
    const first = await pendingOtp(store, { instance, mobileMac, ...macs });
    const second = await pendingOtp(store, { instance, mobileMac, purpose: 'paid' });
    const { rows } = await due(instance);
    // A number that has many is erased batch by batch.
    await harness.privacy.erase(instance, [mobileMac], 1);
    const erased = await read(store, first);
    expect(await write(instance, rows)).toBe(1);
    expect(await read(store, first)).toEqual(erased);
    expect(await read(store, second)).toMatchObject({ mobileMac: anew(mobileMac) });
  });

  it('joins what is there already under the new key, once only one OTP is live', async () => {
    const instance = own();
    const otp = await pendingOtp(store, { instance });
    await fail(otp);
    await harness.pass(30);
    const twin = newOtp({ instance, mobileMac: anew(otp.mobileMac), lookupId: 'new' });
    await store.reserveRequest(ask(twin));
    await store.settleRequest(twin.id, sentAnswer(), {});
    await fail(twin);
    expect(await write(instance, (await due(instance)).rows)).toBe(0);
    const { cooldownUntil } = await store.preCheck(twin, FREE);
    await store.cancel(otp.id, instance, SERVER);
    expect(await write(instance, (await due(instance)).rows)).toBe(1);
    const joined = await limits(twin.mobileMac);
    expect(joined.map(({ hits }) => (hits as Date[]).length)).toEqual([2, 2]);
    expect((await store.preCheck(twin, FREE)).cooldownUntil).toEqual(cooldownUntil);
  });

  it('sees its own instance only, and counts OTPs whose key is not known', async () => {
    const instance = own();
    const otp = await pendingOtp(store, { instance });
    await pendingOtp(store, { instance, lookupId: 'dropped' });
    const page = await due(instance);
    expect(page.rows.map(({ id }) => id)).toEqual([otp.id]);
    expect(page.unknown).toBe(1);
    expect((await due(instance, ALL, page.last!)).last).toBeNull();
    expect(await due(own())).toMatchObject({ rows: [], unknown: 0, last: expect.any(String) });
  });

  it('moves limits and stops by themselves, and those without a MAC stay where they are', async () => {
    const instance = own();
    const mac = randomUUID().replaceAll('-', '');
    const bare = `pause:${instance}:`;
    const range = `guard:${instance}:${mac}`;
    await harness.controls.stop(bare, 60);
    await harness.controls.stop(range, 60);
    const { rows } = await rekey.limitsAfter(FORMER, '', ALL);
    const ours = rows.filter(({ key }) => key.includes(instance));
    expect(ours).toHaveLength(2);
    const moves = ours.map(({ key }) => ({ key, becomes: rekeyedLimitKey(key, anew) }));
    expect(await rekey.rekeyLimits('new', moves)).toBe(2);
    expect(await rekey.rekeyLimits('newer', [{ key: 'none', becomes: 'other' }])).toBe(0);
    expect((await harness.controls.stops(instance)).map(({ key }) => key)).toEqual([
      rekeyedLimitKey(range, anew),
      bare,
    ]);
    const left = (await rekey.limitsAfter(FORMER, '', ALL)).rows;
    expect(left.filter(({ key }) => key.includes(instance))).toEqual([]);
  });

  it('knows how long a stop has been on', async () => {
    const key = `pause:${own()}:`;
    expect(await rekey.stoppedFor(key)).toBeNull();
    await harness.controls.stop(key, 60);
    await harness.pass(20);
    const seconds = await rekey.stoppedFor(key);
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThan(40);
    await harness.controls.lift(key);
    expect(await rekey.stoppedFor(key)).toBeNull();
  });
});
