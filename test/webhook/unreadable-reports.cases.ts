import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { OtpDoctor } from 'nestjs-ants-otp';
import type { OtpAlarm } from 'nestjs-ants-otp';
import { openTelemetry } from 'nestjs-ants-otp/opentelemetry';
import { FakeClock } from 'nestjs-ants-otp/testing';
import { v7 as uuidv7 } from 'uuid';
import { MountedWebhook } from '../../src/http/mounted-webhook.js';
import { LogEntry } from '../../src/ports/log-entry.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { runLog } from '../support/leaks/run-log.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { countStatements } from '../support/statements.js';
import { TestTelemetry } from '../support/telemetry.js';

/** Stands for a live code in what no trace may show. */
const SMS = 'Your OTP is 918273';
const FORM = 'application/x-www-form-urlencoded';

interface Push {
  body: string;
  type?: string;
  encoding?: string;
}
interface Trace {
  reason: string;
  contentType: string;
  bytes: number;
  fields: string[];
  otherFields: number;
}

const of = (reason: string, more: Partial<Trace> = {}): Partial<Trace> => ({
  ...{ reason, contentType: 'application/json', fields: [], otherFields: 0 },
  ...more,
});
const ROWS: [name: string, push: Push, status: number, trace: Partial<Trace>][] = [
  ['unknown fields', { body: '{"a":1}' }, 400, of('no_report', { bytes: 7, otherFields: 1 })],
  [
    'known fields and no report',
    { body: JSON.stringify({ text: SMS, MessageID: '', [SMS]: { doneDate: '' } }) },
    400,
    of('no_report', { fields: ['doneDate', 'messageId', 'text'], otherFields: 1 }),
  ],
  [
    'no JSON',
    { body: SMS, type: 'text/plain; charset=utf-8' },
    400,
    of('syntax', { contentType: 'text/plain', bytes: SMS.length }),
  ],
  [
    'a form whose one name is the SMS',
    { body: SMS, type: FORM },
    400,
    of('syntax', { contentType: FORM, otherFields: 1 }),
  ],
  [
    'a form with known fields',
    { body: `messageId=1&status=DELIVERED&text=${SMS}&x=1`, type: FORM },
    400,
    of('syntax', { contentType: FORM, fields: ['messageId', 'status', 'text'], otherFields: 1 }),
  ],
  [
    'a content type that is none',
    { body: '{', type: SMS },
    400,
    of('syntax', { contentType: 'invalid', bytes: 1 }),
  ],
  ['an empty body', { body: '' }, 400, of('syntax', { bytes: 0 })],
  [
    'an unknown charset',
    { body: '{}', type: 'application/json; charset=klingon' },
    400,
    of('charset', { bytes: 2 }),
  ],
  [
    '101 reports',
    { body: JSON.stringify({ details: Array(101).fill({ messageId: '1', status: 'PENDING' }) }) },
    400,
    of('too_many', { fields: ['details', 'messageId', 'status'] }),
  ],
  ['a compressed body', { body: '{}', encoding: 'gzip' }, 415, of('encoding', { bytes: 2 })],
  ['40 KB', { body: 'x'.repeat(40_960) }, 413, of('too_large', { bytes: 40_960 })],
];

describe('unreadable reports', () => {
  let telemetry: TestTelemetry;
  beforeAll(() => {
    telemetry = new TestTelemetry();
  });
  afterAll(() => {
    telemetry.stop();
  });

  describe.each(ADAPTERS)('a report that cannot be read on %s', (adapter) => {
    const simulator = recordedSimulator({ reports: 'manual' });
    const clock = new FakeClock(Date.now());
    const warnings: LogEntry[] = [];
    const alarms: OtpAlarm[] = [];
    let t: TestApp;
    beforeAll(async () => {
      await simulator.start();
      t = await bootApp({
        ...{ adapter, simulator, clock },
        options: {
          ...{ telemetry: openTelemetry, instance: adapter },
          onAlarm: (alarm) => {
            alarms.push(alarm);
          },
        },
      });
      const warn = (entry: LogEntry): void => {
        if ((entry as unknown as { event: string }).event === 'report_unreadable')
          warnings.push(entry);
      };
      t.app.useLogger(runLog({ warn }));
    });
    beforeEach(() => {
      // Past the minute of a warning and the hour of an alarm.
      clock.advance(3601);
      warnings.length = 0;
      alarms.length = 0;
    });
    afterAll(async () => {
      await t.close();
      await simulator.stop();
    });

    const ask = async (): Promise<{ id: string; url: string }> => {
      const mobile = nextMobile();
      const { id } = await t.otps.request({ mobile });
      return { id, url: simulator.lastSms(mobile)!.notifyUrl! };
    };
    const push = async (url: string, { body, type = 'application/json', encoding }: Push) => {
      const headers = { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) };
      const answer = await fetch(url, { method: 'POST', body, headers });
      await answer.text();
      return answer.status;
    };
    const lines = async (id: string) =>
      (await t.otps.history(id)).filter(({ type }) => type === 'report_unreadable');
    const counted = (reason: string) =>
      telemetry.valueOf('otp.reports.unreadable', {
        'otp.instance': adapter,
        'otp.reason': reason,
      });

    it.each(ROWS)(
      'for %s leaves a line, a number, and an entry in the history',
      async (_, sent, status, trace) => {
        const { id, url } = await ask();
        const before = await counted(trace.reason!);
        expect(await push(url, sent)).toBe(status);
        expect(await counted(trace.reason!)).toBe(before + 1);
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toMatchObject({ event: 'report_unreadable', ...trace });
        expect(String(warnings[0])).toContain(`content type ${trace.contentType!}`);
        expect(await lines(id)).toMatchObject([{ data: trace }]);
        const { summary, lines: told } = await t.otps.explain(id);
        expect(summary.en).toContain('came in but could not be read');
        expect(summary.th).toContain('ระบบอ่านไม่ได้');
        expect(told.at(-1)!.en).toMatch(/^A delivery report came in but could not be read: /);
        const traces = JSON.stringify([
          warnings,
          String(warnings[0]),
          await lines(id),
          summary,
          told,
        ]);
        expect(traces).not.toContain('918273');
        expect(traces).not.toContain('Your OTP');
        expect(await t.otps.status(id)).toMatchObject({ delivery: 'none', status: 'pending' });
      },
    );

    it('leaves them as well when it comes too slowly', async () => {
      const wait = globalThis.setTimeout;
      jest
        .spyOn(globalThis, 'setTimeout')
        .mockImplementation((run: () => void, ms?: number) => wait(run, ms === 5_000 ? 50 : ms));
      try {
        const { id, url } = await ask();
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            controller.enqueue(Buffer.from('{"text":"'));
          },
        });
        const headers = { 'content-type': 'application/json' };
        const slow = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
        expect((await fetch(url, slow)).status).toBe(408);
        const trace = of('too_slow', { bytes: 9 });
        expect(warnings).toMatchObject([trace]);
        expect(await lines(id)).toMatchObject([{ data: trace }]);
      } finally {
        jest.restoreAllMocks();
      }
    });

    it('is logged once a minute for each reason', async () => {
      const { url } = await ask();
      for (let n = 0; n < 3; n += 1) await push(url, { body: '{"a":1}' });
      await push(url, { body: '{' });
      expect(warnings).toMatchObject([{ reason: 'no_report' }, { reason: 'syntax' }]);
      clock.advance(59);
      await push(url, { body: '{' });
      expect(warnings).toHaveLength(2);
      clock.advance(2);
      await push(url, { body: '{' });
      expect(warnings).toHaveLength(3);
    });

    it('raises an alarm at the third within an hour, and no other one in that hour', async () => {
      const { url } = await ask();
      for (let n = 0; n < 2; n += 1) await push(url, { body: '{"a":1}' });
      clock.advance(3601);
      for (let n = 0; n < 2; n += 1) await push(url, { body: '{"a":1}' });
      expect(alarms).toEqual([]);
      for (let n = 0; n < 10; n += 1) await push(url, { body: '{"a":1}' });
      const alarm = {
        kind: 'reports_unreadable',
        message: expect.stringContaining('3 delivery reports within an hour could not be read'),
        facts: { reason: 'no_report', contentType: 'application/json', count: 3, seconds: 3600 },
      };
      expect(alarms).toEqual([alarm]);
      clock.advance(3600);
      for (let n = 0; n < 3; n += 1) await push(url, { body: '{"a":1}' });
      expect(alarms).toEqual([alarm, alarm]);
    });

    it('grows the history by one line for each reason, and repeats do not reach the database', async () => {
      const { id, url } = await ask();
      for (const [, sent] of ROWS) await push(url, sent);
      const statements = countStatements(t.app);
      const before = statements();
      for (let n = 0; n < 5; n += 1) for (const [, sent] of ROWS) await push(url, sent);
      expect(statements() - before).toBe(0);
      const reasons = (await lines(id)).map(({ data }) => data['reason']);
      expect(reasons.sort()).toEqual([...new Set(ROWS.map(([, , , { reason }]) => reason))].sort());
    });

    it('with the token of the doctor, or with a forged one, leaves nothing', async () => {
      const webhook = t.app.get(MountedWebhook);
      const probe = webhook.urlOf(t.app.get(KeyRing).probeToken(uuidv7({ msecs: clock.now() })))!;
      const before = await counted('too_large');
      expect(await push(probe, { body: 'x'.repeat(40_960) })).toBe(413);
      expect(await push(probe, { body: '{"a":1}' })).toBe(200);
      const { url } = await ask();
      const forged = url.slice(0, -1) + (url.endsWith('A') ? 'B' : 'A');
      expect(await push(forged, { body: '{"a":1}' })).toBe(404);
      expect([warnings, alarms, await counted('too_large')]).toEqual([[], [], before]);
    });
  });

  describe.each(ADAPTERS)('the doctor, of reports that cannot be read on %s', (adapter) => {
    let t: TestApp;
    beforeEach(async () => {
      t = await bootApp({ adapter });
    });
    afterEach(() => t.close());

    const finding = async () =>
      (await t.app.get(OtpDoctor).examine()).find(({ check }) => check === 'reports');

    it('fails while none can be read, warns when others were read since, and forgets them after a day', async () => {
      const mobile = '0800000110'; // no report comes by itself
      await t.otps.request({ mobile });
      const sms = t.simulator.lastSms(mobile)!;
      expect(await finding()).toMatchObject({ state: 'ok' });
      const send = () => fetch(sms.notifyUrl!, { method: 'POST', body: '{"a":1}' });
      expect((await send()).status).toBe(400);
      expect(await finding()).toMatchObject({
        state: 'failed',
        says: expect.stringMatching(/24 h: 1\..* \(no_report\); no later one was read/),
        fix: expect.stringContaining('docs/operations.md'),
      });
      await t.simulator.report(sms, { status: 'PENDING' });
      expect(await finding()).toMatchObject({ state: 'warning' });
      await t.database.age('25 hours');
      expect(await finding()).toMatchObject({ state: 'ok' });
    });

    it('says that it could not look', async () => {
      await t.database.query('ALTER TABLE otp_events RENAME TO otp_events_away');
      expect(await finding()).toMatchObject({
        state: 'warning',
        says: expect.stringContaining('Not checked'),
      });
      await t.database.query('ALTER TABLE otp_events_away RENAME TO otp_events');
    });

    it.each([
      ['{"a":1}', 400],
      ['x'.repeat(40_960), 413],
    ])('is not needed: %.10s is answered %i while the database is away', async (body, status) => {
      const mobile = '0800000110';
      await t.otps.request({ mobile });
      const { notifyUrl } = t.simulator.lastSms(mobile)!;
      await t.database.query('ALTER TABLE otp_events RENAME TO otp_events_away');
      const answer = await fetch(notifyUrl!, { method: 'POST', body });
      expect(answer.status).toBe(status);
      await t.database.query('ALTER TABLE otp_events_away RENAME TO otp_events');
    });
  });
});
