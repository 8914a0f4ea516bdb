import { describe, expect, it } from '@jest/globals';
import { Alarms } from '../../src/service/alarms.js';
import { NoTelemetry } from '../../src/service/no-telemetry.js';
import { ProviderGate } from '../../src/service/provider-gate.js';
import { FakeClock } from 'nestjs-ants-otp/testing';

const SLOTS = 20;
/** More turns of the event loop than any step of the gate takes. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 50; n++) await Promise.resolve();
};

/** Who gave up waiting for a slot must not stand in the way of who still waits. */
describe('the gate before ANTS', () => {
  it('hands free slots to those who still wait', async () => {
    const clock = new FakeClock();
    const alarms = new Alarms({ onAlarm: undefined, instance: 'default' }, new NoTelemetry());
    const gate = new ProviderGate(clock, alarms);
    const release: (() => void)[] = [];
    const slow = Array.from({ length: SLOTS }, () =>
      gate.enter('check', () => new Promise<void>((resolve) => release.push(resolve))),
    );
    await settle();
    const gaveUp = Array.from({ length: SLOTS }, () =>
      gate.enter('check', () => Promise.resolve()),
    );
    const refused = Promise.allSettled(gaveUp);
    await settle();
    clock.advance(3);
    expect((await refused).every(({ status }) => status === 'rejected')).toBe(true);

    let entered = 0;
    const waiting = Array.from({ length: SLOTS }, () =>
      gate.enter('check', () => {
        entered += 1;
        return Promise.resolve();
      }),
    );
    void Promise.allSettled(waiting);
    await settle();
    for (const free of release) free();
    await Promise.all(slow);
    await settle();
    expect(entered).toBe(SLOTS);
  });
});
