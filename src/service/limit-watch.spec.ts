import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { LimitKind } from '../domain/limits.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Alarms } from './alarms.js';
import { LimitHits } from './limit-hits.js';
import { LimitWatch } from './limit-watch.js';
import { NoTelemetry } from './no-telemetry.js';

describe('a limit that only watches', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[LimitKind, RegExp]>([
    ['ipv4', /only watches until "ipTrusted" is set\.$/],
    ['ipv6', /only watches until "ipTrusted" is set\.$/],
    ['own.device', /only watches because its "monitor" is true\.$/],
  ])('says why: %s', (limit, why) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const watch = new LimitWatch(
      new FakeClock(0),
      {} as unknown as Alarms,
      new NoTelemetry(),
      new LimitHits(),
    );
    const check = { usedUp: null, watched: [limit], budgetUsed: null };
    expect(watch.judge(check, new Date(0))).toBeNull();
    expect(warn.mock.calls.map(([entry]) => String(entry))).toEqual([expect.stringMatching(why)]);
  });
});
