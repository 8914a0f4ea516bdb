import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { NIL } from 'uuid';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryOtpStore } from '../testing/memory-otp.store.js';
import { MemoryRekeyStore } from '../testing/memory-rekey.store.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { Clock } from '../ports/clock.js';
import { RekeyStore } from '../ports/rekey-store.js';
import type { KeyedOtp, NumbersPage, Page, RekeyedOtp } from '../ports/rekey-store.js';
import { KeyRing } from './key-ring.js';
import { RekeyMacs } from './rekey-macs.js';
import type { Rekeyed } from './rekey-macs.js';
import { SendKeys } from './send-keys.js';

/** A pause that has been on for so many seconds. */
class Paused extends MemoryRekeyStore {
  /** When it was looked at, in seconds from the start. */
  readonly looks: number[] = [];

  constructor(
    private readonly clock: RecordedClock,
    private readonly seconds: number,
  ) {
    super(new MemoryOtpStore(clock).controls);
  }

  override stoppedFor(): Promise<number> {
    this.looks.push(this.clock.now() / 1000);
    return Promise.resolve(this.seconds + this.clock.now() / 1000);
  }
}

/** One OTP, whose row is written `changes` times: each time between a pass's read and its write. */
class ChangedUnderEveryPass extends RekeyStore {
  private eventCount = 1;
  private isDone = false;

  constructor(
    private readonly changes: number,
    private readonly from: string,
  ) {
    super();
  }

  stoppedFor(): Promise<number> {
    return Promise.resolve(3600);
  }

  numbersAfter(
    _instance: string,
    _former: readonly string[],
    _known: readonly string[],
    id: string,
  ): Promise<NumbersPage> {
    if (id !== NIL || this.isDone) return Promise.resolve({ rows: [], last: null, unknown: 0 });
    const mac = Buffer.alloc(32);
    const macs = { mobileMac: mac, bindingMac: null, ipMac: null, tryMac: null, unknownMac: null };
    const { from: lookupId, eventCount } = this;
    const otp = { id: 'an OTP', lookupId, eventCount, leaseNo: 1 };
    const row: KeyedOtp = { ...otp, ...macs, limitKeys: [], reports: {} };
    return Promise.resolve({ rows: [row], last: row.id, unknown: 0 });
  }

  rekeyNumbers(
    _instance: string,
    _lookupId: string,
    [otp]: readonly RekeyedOtp[],
  ): Promise<number> {
    if (this.eventCount <= this.changes) this.eventCount += 1;
    this.isDone = otp!.was.eventCount === this.eventCount;
    return Promise.resolve(this.isDone ? 1 : 0);
  }

  limitsAfter(): Promise<Page<{ key: string; lookupId: string }>> {
    return Promise.resolve({ rows: [], last: null });
  }

  rekeyLimits(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** Sleeping makes it later at once. */
class RecordedClock extends FakeClock {
  override sleep(ms: number): Promise<void> {
    this.advance(ms / 1000);
    return Promise.resolve();
  }
}

const secret = (): string => randomBytes(32).toString('hex');

const settings = new OtpSettings({
  username: 'user',
  password: 'password',
  otcId: 'F2A1',
  secret: secret(),
  lookupSecret: secret(),
  formerLookupSecrets: [secret()],
});
const keys = new KeyRing(settings);

const rekey = (store: RekeyStore, clock: Clock = new FakeClock(0)): Promise<Rekeyed> => {
  const sendKeys = new SendKeys(keys, settings, clock);
  return new RekeyMacs(store, keys, sendKeys, settings, clock).execute({});
};

describe('rekey', () => {
  it.each([
    [0, 15],
    [5, 10],
    [15, 0],
    [3600, 0],
  ])('of sends that have been paused for %i s begins after %i s more', async (seconds, wait) => {
    const clock = new RecordedClock(0);
    const store = new Paused(clock, seconds);
    expect(await rekey(store, clock)).toEqual({ otps: 0, limits: 0, left: 0 });
    expect(store.looks.slice(0, 2)).toEqual([0, wait]);
  });

  it('leaves nothing of an OTP that a verify changed under several passes in a row', async () => {
    const store = new ChangedUnderEveryPass(3, keys.formerLookupIds[0]!);
    expect(await rekey(store)).toEqual({ otps: 1, limits: 0, left: 0 });
  });
});
