import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { UNREADABLE_REASONS } from '../domain/unreadable-report.js';
import type { UnreadableReason } from '../domain/unreadable-report.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpAlarm } from '../options/otp.options.js';
import type { Change } from '../domain/change.js';
import type { OtpStore, ReportQuery } from '../ports/otp-store.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Alarms } from './alarms.js';
import { NoTelemetry } from './no-telemetry.js';
import { OtpChanges } from './otp-changes.js';
import { UnreadableReports } from './unreadable-reports.js';

describe('UnreadableReports', () => {
  let clock: FakeClock;
  let written: Change[];
  let write: () => Promise<'saved'>;
  let alarms: OtpAlarm[];
  let reports: UnreadableReports;
  const warn = jest.spyOn(Logger.prototype, 'warn');
  beforeEach(() => {
    clock = new FakeClock(0);
    written = [];
    alarms = [];
    write = () => Promise.resolve('saved');
    warn.mockReset();
    const store = {
      loadReported: ({ id }: ReportQuery) =>
        Promise.resolve({
          version: { id, xmin: '1', readAt: new Date(0) },
          state: { isDuplicate: false },
        }),
      save: (_version: unknown, change: Change) => {
        written.push(change);
        return write();
      },
    } as unknown as OtpStore;
    reports = new UnreadableReports(
      store,
      new OtpSettings({
        ...{ username: 'u', password: 'p', otcId: 'OTC' },
        secret: randomBytes(32).toString('hex'),
      }),
      clock,
      { raise: (alarm: OtpAlarm) => void alarms.push(alarm) } as unknown as Alarms,
      new NoTelemetry(),
      new OtpChanges(store, clock),
    );
  });
  const note = (reason: UnreadableReason = 'syntax', id = uuidv7()) =>
    reports.note(id, { reason, contentType: 'text/plain', bytes: 7, fieldNames: ['a', 'to'] });
  const lines = () => warn.mock.calls.map(([entry]) => String(entry));

  it('lets a sender wait a second for the database, and no longer', async () => {
    write = () => new Promise(() => undefined);
    let done = false;
    const noted = note().then(() => {
      done = true;
    });
    clock.advance(0.9);
    await Promise.resolve();
    expect(done).toBe(false);
    clock.advance(0.2);
    await noted;
  });

  it('writes again what could not be written, and says so once a minute', async () => {
    write = () => Promise.reject(new Error('the database is away'));
    const id = uuidv7();
    for (let n = 0; n < 3; n += 1) await note('syntax', id);
    expect(written).toHaveLength(3);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toContain('missing: the database is away');
    write = () => Promise.resolve('saved');
    for (let n = 0; n < 3; n += 1) await note('syntax', id);
    expect(written).toHaveLength(4);
  });

  it('writes once what comes many times at once', async () => {
    const id = uuidv7();
    await Promise.all(Array.from({ length: 50 }, () => note('syntax', id)));
    expect(written).toHaveLength(1);
  });

  it('remembers a thousand lines, and no more', async () => {
    const first = uuidv7();
    await note('syntax', first);
    for (let n = 0; n < 999; n += 1) await note();
    await note('syntax', first);
    expect(written).toHaveLength(1_000);
    await note();
    await note('syntax', first);
    expect(written).toHaveLength(1_002);
  });

  it('says of each reason what happened and what to do, and names known fields alone', async () => {
    for (const reason of UNREADABLE_REASONS) await note(reason);
    expect(lines()).toHaveLength(UNREADABLE_REASONS.length);
    for (const line of lines())
      expect(line).toMatch(
        /^A delivery report with a good token could not be read: .+ \(content type text\/plain, 7 bytes, known fields: to, other fields: 1\)\. .+\.$/,
      );
  });

  it('counts three within an hour, not three in all', async () => {
    for (let n = 0; n < 5; n += 1) {
      await note();
      clock.advance(1801);
    }
    expect(alarms).toEqual([]);
    for (let n = 0; n < 3; n += 1) await note();
    expect(alarms).toHaveLength(1);
  });
});
