import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { DeliveryReport } from '../domain/delivery.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpProvider } from '../ports/otp-provider.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryOtpStore } from '../testing/memory-otp.store.js';
import { Alarms } from './alarms.js';
import { KeyRing } from './key-ring.js';
import { NoTelemetry } from './no-telemetry.js';
import { OtpChanges } from './otp-changes.js';
import { RecordReport } from './record-report.js';
import { UnreadableReports } from './unreadable-reports.js';
import { pendingOtp } from '../../test/contract/store-fixtures.js';

describe('the history of a report', () => {
  const settings = new OtpSettings({
    ...{ username: 'u', password: 'p', otcId: 'OTC' },
    secret: randomBytes(32).toString('hex'),
  });
  let store: MemoryOtpStore;
  beforeEach(() => {
    store = new MemoryOtpStore(new FakeClock(Date.now()));
  });

  const recorded = async (...reports: Partial<DeliveryReport>[]): Promise<string> => {
    const provider = {
      readReports: () => ({
        kind: 'read',
        reports: reports.map((report) => ({ delivery: 'delivered', ...report })),
      }),
    } as unknown as OtpProvider;
    const keys = new KeyRing(settings);
    const clock = new FakeClock(Date.now());
    const { id } = await pendingOtp(store);
    const alarms = new Alarms(settings, new NoTelemetry());
    const telemetry = new NoTelemetry();
    const changes = new OtpChanges(store, clock);
    const unreadable = new UnreadableReports(store, settings, clock, alarms, telemetry, changes);
    await new RecordReport(
      store,
      provider,
      keys,
      settings,
      clock,
      unreadable,
      changes,
      telemetry,
    ).execute(id, Buffer.alloc(0), 'application/json');
    return id;
  };
  const written = async (report: Partial<DeliveryReport>): Promise<Record<string, unknown>> =>
    (await store.history(await recorded(report))).at(-1)!.data;

  it.each([
    '27/05/2019 14:39:00',
    '27-5-2562 14.39',
    '20190527143900',
    '1558942740',
    '1558942740123',
    '2019-05-27T14:39:00+99:99',
  ])('keeps the date "%s", which cannot be read, as it came', async (doneDate) => {
    expect(await written({ rawDates: { doneDate } })).toMatchObject({ doneDate });
  });

  it.each([
    ['your code is 123456', 'your code is …'],
    ['123456', '…'],
    ['0812345678', '…'],
    ['66812345678', '…'],
    ['27 May 2019, 0812345678', '27 May …, …'],
  ])('keeps no run of digits of "%s", which is no date', async (doneDate, kept) => {
    expect(await written({ rawDates: { doneDate } })).toMatchObject({ doneDate: kept });
  });

  it.each([
    ['the empty date', new Date('0001-01-01T00:00:00Z')],
    ['the year 9999', new Date('9999-12-31T00:00:00Z')],
    ['an invalid date', new Date(NaN)],
  ])('lets %s of any provider win nothing', async (_name, odd) => {
    const now = new Date();
    for (const dates of [
      [odd, now],
      [now, odd],
    ]) {
      const id = await recorded(...dates.map((date) => ({ doneAt: date, sentAt: date })));
      expect(await store.sends(id)).toMatchObject([{ doneAt: now, sentAt: now }]);
    }
  });
});

it('of a provider that throws is unreadable, and nothing quotes what it threw', async () => {
  const settings = new OtpSettings({
    ...{ username: 'u', password: 'p', otcId: 'OTC' },
    secret: randomBytes(32).toString('hex'),
  });
  const clock = new FakeClock(Date.now());
  const store = new MemoryOtpStore(clock);
  const { id } = await pendingOtp(store);
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const alarms = new Alarms(settings, new NoTelemetry());
  const telemetry = new NoTelemetry();
  const changes = new OtpChanges(store, clock);
  const unreadable = new UnreadableReports(store, settings, clock, alarms, telemetry, changes);
  const provider = {
    readReports: (body: Buffer): unknown => JSON.parse(body.toString()),
  } as unknown as OtpProvider;
  const reports = new RecordReport(
    store,
    provider,
    new KeyRing(settings),
    settings,
    clock,
    unreadable,
    changes,
    telemetry,
  );
  const push = reports.execute(id, Buffer.from('Your OTP is 918273'), 'text/plain');
  await expect(push).rejects.toMatchObject({ code: 'invalid_report' });
  expect((await store.history(id)).at(-1)).toMatchObject({
    type: 'report_unreadable',
    data: { reason: 'other' },
  });
  expect(warn).toHaveBeenCalledTimes(1);
  expect(JSON.stringify(warn.mock.calls)).not.toMatch(/918273|Your OTP/);
  warn.mockRestore();
});
