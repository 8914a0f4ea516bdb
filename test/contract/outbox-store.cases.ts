import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { OtpEventType, OtpRecord } from '../../src/domain/otp.js';
import type { OtpStore } from '../../src/ports/otp-store.js';
import type { Claim, OutboxStore, OwedEvent } from '../../src/ports/outbox-store.js';
import { applyReport, pendingOtp, SERVER, storeReport } from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

const LEASE = 30;
const DAY_MS = 86_400_000;
const ALL: OtpEventType[] = ['requested', 'sent', 'canceled', 'delivered', 'delivery_report'];

let instances = 0;

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('the %s outbox', (_, open) => {
  let harness: StoreHarness;
  let store: OtpStore;
  let outbox: OutboxStore;

  beforeAll(async () => {
    harness = await open();
    ({ store, outbox } = harness);
  });
  afterAll(() => harness.close());

  /** An instance of its own with these handlers, so that tests see only their own rows. */
  const given = async (handlers: Record<string, OtpEventType[]>): Promise<string> => {
    instances += 1;
    const instance = `app-${instances}`;
    await outbox.register(instance, named(handlers));
    return instance;
  };
  const named = (handlers: Record<string, OtpEventType[]>) =>
    Object.entries(handlers).map(([name, types]) => ({ name, types }));
  const claim = (instance: string, name = 'a', types = ALL, limit = 10): Promise<Claim> =>
    outbox.claim(instance, [{ name, types, limit }], LEASE);
  const names = ({ events }: Claim): string[] => events.map(({ type }) => type);
  const claimOne = async (instance: string, name = 'a'): Promise<OwedEvent> => {
    const { events } = await claim(instance, name);
    expect(events).toHaveLength(1);
    return events[0]!;
  };
  /** Claims and ends what is due until nothing is. */
  const drain = async (instance: string, name = 'a'): Promise<string[]> => {
    const seen: string[] = [];
    for (;;) {
      const { events } = await claim(instance, name);
      if (events.length === 0) return seen;
      for (const event of events) {
        seen.push(event.type);
        await outbox.done(event);
      }
    }
  };
  const cancel = ({ id, instance }: OtpRecord) => store.cancel(id, instance, SERVER);

  describe('a claim', () => {
    it('gives the event with what a handler may know of the OTP', async () => {
      const instance = await given({ a: ['sent'] });
      const otp = await pendingOtp(store, {
        instance,
        purpose: 'login',
        subject: 'u1',
        callbackData: 'order-17',
      });
      const { events, open } = await claim(instance);
      expect(open).toBe(false);
      expect(events).toEqual([
        {
          otpId: otp.id,
          eventNo: 2,
          handler: 'a',
          attempts: 1,
          type: 'sent',
          at: expect.any(Date),
          data: {},
          instance,
          purpose: 'login',
          subject: 'u1',
          channel: 'provider',
          callbackData: 'order-17',
          mobileMask: '08x-xxx-5678',
        },
      ]);
    });

    it('gives the events of one OTP in order, each when the one before is done', async () => {
      const instance = await given({ a: ALL });
      const otp = await pendingOtp(store, { instance });
      await cancel(otp);
      const first = await claim(instance);
      expect([names(first), first.open]).toEqual([['requested'], true]);
      const nothing = await claim(instance);
      expect([names(nothing), nothing.open]).toEqual([[], true]);
      await outbox.done(first.events[0]!);
      expect(names(await claim(instance))).toEqual(['sent']);
    });

    it('gives the events of different OTPs at once, as many as were asked for', async () => {
      const instance = await given({ a: ['sent'] });
      for (let n = 0; n < 5; n += 1) await pendingOtp(store, { instance });
      const two = await claim(instance, 'a', ALL, 2);
      expect([two.events.length, two.open]).toEqual([2, true]);
      expect((await claim(instance, 'a', ALL, 0)).events).toEqual([]);
      expect((await claim(instance)).events).toHaveLength(3);
    });

    it('holds for its lease, then the event goes to somebody else', async () => {
      const instance = await given({ a: ['sent'] });
      await pendingOtp(store, { instance });
      await claimOne(instance);
      await harness.pass(LEASE - 1);
      expect(names(await claim(instance))).toEqual([]);
      await harness.pass(2);
      expect(await claimOne(instance)).toMatchObject({ attempts: 2 });
    });

    it('is not ended by who lost it', async () => {
      const instance = await given({ a: ['sent'] });
      await pendingOtp(store, { instance });
      const lost = await claimOne(instance);
      await harness.pass(LEASE + 1);
      await claimOne(instance);
      await outbox.done(lost);
      await outbox.retry(lost, 0);
      await outbox.park(lost);
      await outbox.release([lost]);
      expect(await claim(instance)).toEqual({ events: [], open: true });
      expect(await outbox.parked(instance, 10)).toEqual([]);
    });

    it('keeps handlers apart', async () => {
      const instance = await given({ a: ALL, b: ALL });
      await pendingOtp(store, { instance });
      await claimOne(instance, 'a');
      expect(await drain(instance, 'b')).toEqual(['requested', 'sent']);
      expect(names(await claim(instance, 'a'))).toEqual([]);
    });

    it('keeps instances apart', async () => {
      const instance = await given({ a: ['sent'] });
      const other = await given({ a: ['sent'] });
      await pendingOtp(store, { instance });
      expect(await claim(other)).toEqual({ events: [], open: false });
    });

    it('goes to one of many who ask at once, and no event before an earlier one is done', async () => {
      const instance = await given({ a: ALL });
      for (let n = 0; n < 20; n += 1) await cancel(await pendingOtp(store, { instance }));
      const seen: string[] = [];
      const ended = new Map<string, number>();
      const work = async (): Promise<void> => {
        for (;;) {
          const { events, open: more } = await claim(instance, 'a', ALL, 3);
          for (const event of events) {
            expect(ended.get(event.otpId) ?? 0).toBe(event.eventNo - 1);
            seen.push(`${event.otpId}:${event.eventNo}`);
            ended.set(event.otpId, event.eventNo);
            await outbox.done(event);
          }
          if (!more && events.length === 0) return;
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
      expect(seen).toHaveLength(60);
      expect(new Set(seen).size).toBe(60);
    });
  });

  describe('handlers', () => {
    it('are owed only what they named, from when they were named', async () => {
      const instance = await given({ a: ['canceled'] });
      const otp = await pendingOtp(store, { instance });
      await outbox.register(instance, named({ late: ALL }));
      await cancel(otp);
      expect(await drain(instance, 'a')).toEqual(['canceled']);
      expect(await drain(instance, 'late')).toEqual(['canceled']);
    });

    it('of two versions are owed what either wants, whichever started last', async () => {
      const instance = await given({ a: ['requested'] });
      await outbox.register(instance, named({ a: ['sent'] }));
      await outbox.register(instance, named({ a: ['requested'] }));
      await pendingOtp(store, { instance });
      expect(await drain(instance)).toEqual(['requested', 'sent']);
    });

    it('are no longer owed what only a version wanted that is gone for an hour', async () => {
      const instance = await given({ a: ['requested', 'sent'] });
      await harness.pass(3601);
      await outbox.register(instance, named({ a: ['sent'] }));
      await outbox.forget(instance, 7 * 86_400);
      await pendingOtp(store, { instance });
      expect(await drain(instance)).toEqual(['sent']);
    });

    it('do not wait for an earlier event that only another version wants', async () => {
      const instance = await given({ a: ['requested', 'sent'] });
      await pendingOtp(store, { instance });
      const { events, open } = await claim(instance, 'a', ['sent']);
      expect([events.map(({ type }) => type), open]).toEqual([['sent'], false]);
    });

    it('of another version have an hour to take what this one does not want', async () => {
      const instance = await given({ a: ['sent'] });
      await pendingOtp(store, { instance });
      const skipped = await claim(instance, 'a', ['canceled']);
      expect([names(skipped), skipped.open]).toEqual([[], false]);
      await harness.pass(3601);
      expect(names(await claim(instance, 'a', ['canceled']))).toEqual(['sent']);
    });

    it('not seen for long are forgotten with all they are owed', async () => {
      const instance = await given({ gone: ['sent'], alive: ['sent'] });
      await pendingOtp(store, { instance });
      await outbox.park((await claim(instance, 'gone')).events[0]!);
      await pendingOtp(store, { instance });
      await harness.pass(3601);
      await outbox.register(instance, named({ alive: ['sent'] }));
      await outbox.forget(instance, 3600);
      expect(await outbox.parked(instance, 10)).toEqual([]);
      expect(await claim(instance, 'gone')).toEqual({ events: [], open: false });
      expect(await drain(instance, 'alive')).toEqual(['sent', 'sent']);
      await pendingOtp(store, { instance });
      expect(await claim(instance, 'gone')).toEqual({ events: [], open: false });
    });
  });

  describe('a failed try', () => {
    it('is made again after its delay, and those behind it wait', async () => {
      const instance = await given({ a: ALL });
      const otp = await pendingOtp(store, { instance });
      await outbox.retry(await claimOne(instance), 10);
      await cancel(otp);
      expect(await claim(instance)).toEqual({ events: [], open: true });
      await harness.pass(9);
      expect(names(await claim(instance))).toEqual([]);
      await harness.pass(2);
      const again = await claimOne(instance);
      expect(again).toMatchObject({ type: 'requested', attempts: 2 });
      await outbox.done(again);
      expect(await drain(instance)).toEqual(['sent', 'canceled']);
    });

    it('does not hold up other OTPs', async () => {
      const instance = await given({ a: ALL });
      await pendingOtp(store, { instance });
      await outbox.retry(await claimOne(instance), 10);
      await pendingOtp(store, { instance });
      expect(await drain(instance)).toEqual(['requested', 'sent']);
    });

    it('that was cut short is made again at once', async () => {
      const instance = await given({ a: ALL });
      await pendingOtp(store, { instance });
      await outbox.release([await claimOne(instance)]);
      expect(await claimOne(instance)).toMatchObject({ type: 'requested' });
      await outbox.release([]);
    });
  });

  describe('a parked event', () => {
    it('no longer stands in the way, and is listed', async () => {
      const instance = await given({ a: ALL });
      const otp = await pendingOtp(store, { instance });
      await outbox.park(await claimOne(instance));
      expect(await drain(instance)).toEqual(['sent']);
      expect(await claim(instance)).toEqual({ events: [], open: false });
      expect(await outbox.parked(instance, 10)).toEqual([
        {
          otpId: otp.id,
          eventNo: 1,
          handler: 'a',
          attempts: 1,
          type: 'requested',
          at: expect.any(Date),
          parkedAt: expect.any(Date),
        },
      ]);
      expect(await outbox.parked('other', 10)).toEqual([]);
      expect(await outbox.parked(instance, 0)).toEqual([]);
    });

    it('is due again after a replay, with all its tries', async () => {
      const instance = await given({ a: ALL });
      await pendingOtp(store, { instance });
      await outbox.park(await claimOne(instance));
      expect(await outbox.replay(instance, {})).toBe(1);
      expect(await outbox.replay(instance, {})).toBe(0);
      expect(await claimOne(instance)).toMatchObject({ type: 'requested', attempts: 1 });
    });

    it('is replayed by its handler or its event', async () => {
      const instance = await given({ a: ALL, b: ALL });
      const { id } = await pendingOtp(store, { instance });
      await outbox.park(await claimOne(instance, 'a'));
      await outbox.park(await claimOne(instance, 'b'));
      expect(await outbox.replay('other', {})).toBe(0);
      expect(await outbox.replay(instance, { otpId: id, eventNo: 2 })).toBe(0);
      expect(await outbox.replay(instance, { handler: 'b' })).toBe(1);
      expect(await outbox.replay(instance, { otpId: id, eventNo: 1 })).toBe(1);
    });
  });

  it.each(['history', 'otps'] as const)(
    'keeps an event from the purge of %s while it is owed, and not once it is parked',
    async (kind) => {
      const instance = await given({ a: ['canceled'] });
      // The purge goes by the time in the id.
      const id = uuidv7({ msecs: Date.now() - 10 * DAY_MS });
      await cancel(await pendingOtp(store, { instance, id }));
      await harness.pass((10 * DAY_MS) / 1000);
      const lines = async () => (await store.history(id)).map(({ type }) => type);
      await store.purge(instance, kind, 9, 1000);
      expect(await lines()).toContain('canceled');
      await outbox.park(await claimOne(instance));
      await store.purge(instance, kind, 9, 1000);
      expect(await lines()).toEqual([]);
      expect(await outbox.parked(instance, 10)).toEqual([]);
      expect(await outbox.replay(instance, {})).toBe(0);
    },
  );

  it('owes nothing for an event that was refused', async () => {
    const instance = await given({ a: ALL });
    const otp = await pendingOtp(store, { instance });
    const report = storeReport(otp);
    await applyReport(store, report);
    await applyReport(store, report);
    await cancel(otp);
    await cancel(otp);
    expect(await drain(instance)).toEqual(['requested', 'sent', 'delivered', 'canceled']);
  });
});
