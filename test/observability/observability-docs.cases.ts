import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { SpanKind } from '@opentelemetry/api';
import { OtpSweeper } from 'nestjs-ants-otp';
import { openTelemetry } from 'nestjs-ants-otp/opentelemetry';
import { antsError } from 'nestjs-ants-otp/testing';
import { LOG_EVENTS } from '../../src/ports/log-entry.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { TestTelemetry } from '../support/telemetry.js';
import { until } from '../support/until.js';

/** What docs/observability.md and the dashboard say, compared with what a whole story leaves. */

const read = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../docs', file), 'utf8');
const page = read('observability.md');
/** The rows of every table whose first cell begins so, as cells. */
const rows = (first: RegExp): string[][] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| ') && first.test(line.slice(2)))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const words = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

const MARKS = { subject: 'user-4711', callbackData: 'order-17', ip: '203.0.113.9' };
describe('observability', () => {
  let telemetry: TestTelemetry;
  let t: TestApp;
  /** Of one whole story: what may stand nowhere. */
  let secrets: string[];

  beforeAll(async () => {
    telemetry = new TestTelemetry();
    t = await bootApp({
      options: {
        telemetry: openTelemetry,
        limits: [{ name: 'all', key: () => 'all', max: 6, per: 60, monitor: true }],
      },
    });
    const { otps, simulator, database, app } = t;
    const mobile = nextMobile();
    const otp = await otps.request({ mobile, purpose: 'login', ...MARKS });
    await simulator.reportsSettled();
    await database.age('61 s');
    await otps.resend(otp.id, otp);
    await simulator.reportsSettled();
    const code = simulator.codeFor(mobile);
    const { proof } = await otps.verify(otp.id, code, otp);
    const { otpId, messageId } = await otps.status(otp.id);
    const token = simulator.lastSms(mobile)!.notifyUrl!.split('/').at(-1)!;
    secrets = [
      ...[mobile.slice(1), code, otp.id, otp.ticket, otp.referenceCode, proof, token],
      ...[otpId!, messageId!, ...Object.values(MARKS)],
    ];
    const aside = (): Promise<unknown> =>
      otps.request({ mobile: nextMobile(), purpose: 'login' }).catch(() => undefined);
    simulator.next('requestOTP', { drop: 'after' });
    await aside();
    simulator.next('requestOTP', { body: antsError('9998') });
    await aside();
    for (let n = 0; n < 6; n++) await aside();
    await simulator.stop();
    await aside();
    await simulator.start();
    // A check, a report, a sweep and a purge that fail.
    await database.query('ALTER TABLE otp_events RENAME TO otp_events_away');
    await otps.verify(otp.id, code, otp).catch(() => undefined);
    await simulator.report(simulator.lastSms(mobile)!, { status: 'PENDING' });
    await fetch(simulator.lastSms(mobile)!.notifyUrl!, { method: 'POST', body: code });
    await app
      .get(OtpSweeper)
      .sweep()
      .catch(() => undefined);
    await database.query('ALTER TABLE otp_events_away RENAME TO otp_events');
    await app.get(OtpSweeper).sweep();
    await app.get(OtpSweeper).purge();
    await until('the credit is known', async () =>
      (await telemetry.measured()).some(
        ({ descriptor, dataPoints }) =>
          descriptor.name === 'otp.provider.credit' && dataPoints.length > 0,
      ),
    );
  });
  afterAll(async () => {
    await t.close();
    telemetry.stop();
  });

  describe('docs/observability.md', () => {
    it('lists the metrics with their kind, unit and attributes', async () => {
      const listed = rows(/^`otp\.[\w.]+` \| (?:histogram|counter|gauge)/).map(
        ([name, kind, unit, attributes]) => [words(name)[0], kind, unit, words(attributes).sort()],
      );
      const kinds = {
        [DataPointType.HISTOGRAM]: 'histogram',
        [DataPointType.SUM]: 'counter',
        [DataPointType.GAUGE]: 'gauge',
        [DataPointType.EXPONENTIAL_HISTOGRAM]: 'none of ours',
      };
      const measured = (await telemetry.measured()).map(
        ({ descriptor: { name, unit }, dataPointType, dataPoints }) => {
          const keys = new Set(dataPoints.flatMap(({ attributes }) => Object.keys(attributes)));
          expect([name, keys.delete('otp.instance')]).toEqual([name, true]);
          return [name, kinds[dataPointType], unit, [...keys].sort()];
        },
      );
      expect(listed).toEqual(measured);
    });

    it('lists the spans with their attributes', () => {
      const listed = rows(/^`(?:otp|POST) /);
      const seen = new Map<string, Set<string>>();
      for (const { name, kind, attributes } of telemetry.finished) {
        const group = kind === SpanKind.CLIENT ? 'POST /otp/requestOTP' : name;
        const keys = seen.get(group) ?? new Set();
        for (const key of Object.keys(attributes)) keys.add(key);
        seen.set(group, keys);
      }
      const named = listed.flatMap(([names, , attributes]) =>
        words(names).map((name) => [name, words(attributes)] as const),
      );
      expect(named.map(([name]) => name).sort()).toEqual([...seen.keys()].sort());
      for (const [name, attributes] of named)
        for (const key of seen.get(name)!)
          expect([name, attributes]).toEqual([name, expect.arrayContaining([key])]);
    });

    it('lists the events of the log', () => {
      const listed = rows(/^`\w+` \| (?:log|warn|error) \|/).map(([event]) => words(event)[0]);
      expect(listed).toEqual([...LOG_EVENTS]);
    });
  });

  describe('the dashboard', () => {
    const dashboard = JSON.parse(read('grafana/nestjs-ants-otp.json')) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

    it('asks for nothing that is not measured, and for everything that is', async () => {
      const text = await telemetry.scrape();
      const names = [...text.matchAll(/^(otp_\w+)\{/gm)].map(([, name]) => name!);
      const labels = [...text.matchAll(/[{,](otp_\w+)=/g)].map(([, label]) => label!);
      // The Collector puts the unit into the name.
      const asked = queries.flatMap(
        (query) => query.replaceAll('(_seconds)?', '').match(/\botp_\w+/g) ?? [],
      );
      const known = new Set([...names, ...labels]);
      expect(asked.filter((word) => !known.has(word))).toEqual([]);
      const families = new Set(names.map((name) => name.replace(/_(?:bucket|count|sum)$/, '')));
      const shown = new Set(asked.map((word) => word.replace(/_(?:bucket|count|sum)$/, '')));
      expect([...families].filter((name) => !shown.has(name))).toEqual([]);
    });
  });

  it('no span and no metric names a person or an OTP', async () => {
    const spans = telemetry.finished.map(({ name, attributes, events, status }) =>
      JSON.stringify([name, attributes, events, status]),
    );
    expect(spans.length).toBeGreaterThan(20);
    const all = spans.join('\n') + (await telemetry.scrape());
    for (const secret of secrets) expect(all).not.toContain(secret);
  });
});
