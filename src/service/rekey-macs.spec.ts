import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryOtpStore } from '../testing/memory-otp.store.js';
import { MemoryRekeyStore } from '../testing/memory-rekey.store.js';
import { OtpSettings } from '../options/otp.settings.js';
import { KeyRing } from './key-ring.js';
import { RekeyMacs } from './rekey-macs.js';
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

/** Sleeping makes it later at once. */
class RecordedClock extends FakeClock {
  override sleep(ms: number): Promise<void> {
    this.advance(ms / 1000);
    return Promise.resolve();
  }
}

const secret = (): string => randomBytes(32).toString('hex');

describe('rekey', () => {
  it.each([
    [0, 15],
    [5, 10],
    [15, 0],
    [3600, 0],
  ])('of sends that have been paused for %i s begins after %i s more', async (seconds, wait) => {
    const clock = new RecordedClock(0);
    const store = new Paused(clock, seconds);
    const settings = new OtpSettings({
      ...{ username: 'user', password: 'password', otcId: 'F2A1', secret: secret() },
      ...{ lookupSecret: secret(), formerLookupSecrets: [secret()] },
    });
    const keys = new KeyRing(settings);
    const sendKeys = new SendKeys(keys, settings, clock);
    const rekey = new RekeyMacs(store, keys, sendKeys, settings, clock);
    expect(await rekey.execute({})).toEqual({ otps: 0, limits: 0, left: 0 });
    expect(store.looks.slice(0, 2)).toEqual([0, wait]);
  });
});
