import { describe, expect, it } from '@jest/globals';
import type { OtpSettings } from '../options/otp.settings.js';
import type { ControlStore } from '../ports/control-store.js';
import type { Alarms } from './alarms.js';
import { ConversionGuard } from './conversion-guard.js';
import type { NamedRanges } from './named-ranges.js';

describe('ConversionGuard', () => {
  /** A guard whose store is behind for so many statements, and how many were sent. */
  function guardBehind(statements: number) {
    let sent = 0;
    const store = {
      stopPumped: () => {
        sent += 1;
        return Promise.resolve({ pumped: [], behind: sent < statements });
      },
    } as unknown as ControlStore;
    const conversionGuard = { mode: 'enforce', sends: 50, verified: 0.2, seconds: 3600 } as const;
    const settings: Partial<OtpSettings> = { instance: 'default', conversionGuard };
    const alarms: Partial<Alarms> = {};
    const ranges = { names: () => Promise.resolve(new Map()) } as unknown as NamedRanges;
    const guard = new ConversionGuard(store, settings as OtpSettings, ranges, alarms as Alarms);
    return { guard, sent: () => sent };
  }

  it('counts until it has come to now', async () => {
    const { guard, sent } = guardBehind(12);
    await guard.look(() => false);
    expect(sent()).toBe(12);
  });

  it('holds up no shutdown', async () => {
    const { guard, sent } = guardBehind(12);
    await guard.look(() => sent() === 3);
    expect(sent()).toBe(3);
  });
});
