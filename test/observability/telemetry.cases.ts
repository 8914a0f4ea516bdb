import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OtpSweeper } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { openTelemetry } from 'nestjs-ants-otp/opentelemetry';
import { antsError, FakeClock } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { TestTelemetry } from '../support/telemetry.js';
import { until } from '../support/until.js';

describe('telemetry', () => {
  let t: TestApp;
  let telemetry: TestTelemetry;

  beforeAll(async () => {
    telemetry = new TestTelemetry();
    const key = ({ context }: { context: Record<string, unknown> }) => context['device'] as string;
    t = await bootApp({
      options: {
        ...{ telemetry: openTelemetry, instance: 'shop' },
        limits: [{ name: 'device', key, max: 1, per: 60 }],
      },
    });
  });
  beforeEach(() => {
    telemetry.forget();
  });
  afterAll(async () => {
    await t.close();
    telemetry.stop();
  });

  const ask = (more: object = {}): Promise<OtpChallenge> =>
    t.otps.request({ mobile: nextMobile(), purpose: 'login', ...more });

  describe('a trace', () => {
    it('has the call to ANTS inside the use case, and both inside what the app does', async () => {
      await trace.getTracer('the app').startActiveSpan('GET /login', async (span) => {
        await ask();
        span.end();
      });
      const outer = telemetry.span('GET /login');
      const useCase = telemetry.span('otp request');
      const call = telemetry.span('POST /otp/requestOTP');
      expect(useCase.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
      expect(call.parentSpanContext?.spanId).toBe(useCase.spanContext().spanId);
      for (const span of [useCase, call])
        expect(span.spanContext().traceId).toBe(outer.spanContext().traceId);
      expect(outer.attributes).toEqual({});
      expect(useCase).toMatchObject({
        kind: SpanKind.INTERNAL,
        status: { code: SpanStatusCode.UNSET },
      });
      expect(useCase.attributes).toEqual({
        'otp.instance': 'shop',
        'otp.purpose': 'login',
        'otp.outcome': 'ok',
      });
      expect(call).toMatchObject({ kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } });
      expect(call.attributes).toEqual({
        'otp.instance': 'shop',
        'otp.outcome': 'sent',
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(t.simulator.url).port),
        'url.full': `${t.simulator.url}/otp/requestOTP`,
        'url.template': '/otp/requestOTP',
      });
    });

    it('calls a refusal by its code, and no failure', async () => {
      const mobile = nextMobile();
      const otp = await ask({ mobile });
      const wrong = t.simulator.codeFor(mobile).replace(/^./, (digit) => String((+digit + 1) % 10));
      await expect(t.otps.verify(otp.id, wrong, otp)).rejects.toMatchObject({ code: 'wrong_code' });
      expect(telemetry.span('otp verify')).toMatchObject({
        attributes: { 'otp.outcome': 'wrong_code', 'otp.purpose': 'login' },
        status: { code: SpanStatusCode.UNSET },
      });
    });

    it('marks a lost answer as an error of the call and of the use case', async () => {
      t.simulator.next('requestOTP', { drop: 'after' });
      await expect(ask()).rejects.toMatchObject({ code: 'send_unknown' });
      const failed = { code: SpanStatusCode.ERROR };
      expect(telemetry.span('otp request')).toMatchObject({
        attributes: { 'otp.outcome': 'send_unknown', 'error.type': 'send_unknown' },
        status: failed,
        events: [],
      });
      expect(telemetry.span('POST /otp/requestOTP')).toMatchObject({
        attributes: { 'otp.outcome': 'unknown', 'error.type': 'ECONNRESET' },
        status: failed,
      });
    });

    it('has a span for each try of a call', async () => {
      await t.simulator.stop();
      await expect(ask()).rejects.toMatchObject({ code: 'send_failed' });
      await t.simulator.start();
      const tries = telemetry.finished.filter(({ kind }) => kind === SpanKind.CLIENT);
      expect(tries.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
        ...[undefined, 1],
      ]);
    });

    it('has spans for delivery reports, resends and sweeps', async () => {
      const otp = await ask();
      await t.simulator.reportsSettled();
      await t.database.age('61 s');
      await t.otps.resend(otp.id, otp);
      await t.app.get(OtpSweeper).sweep();
      await t.app.get(OtpSweeper).purge();
      const names = telemetry.finished.map(({ name }) => name);
      for (const name of ['otp report', 'otp resend', 'otp sweep', 'otp purge'])
        expect(names).toContain(name);
    });
  });

  describe('the metrics', () => {
    /** How much a series grows by a step. */
    const growth = async (
      name: string,
      attributes: Record<string, unknown>,
      step: () => Promise<unknown>,
    ): Promise<number> => {
      const series = { 'otp.instance': 'shop', ...attributes };
      const before = await telemetry.valueOf(name, series);
      await step();
      return (await telemetry.valueOf(name, series)) - before;
    };
    const aside = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);

    it('count SMS, checks and verifications by purpose', async () => {
      const [mobile, purpose] = [nextMobile(), 'transfer'];
      const seen = { 'otp.channel': 'provider', 'otp.purpose': purpose };
      const asked = ask({ mobile, purpose });
      const sms = { ...seen, 'otp.send': 'first', 'otp.outcome': 'sent' };
      expect(await growth('otp.sms', sms, () => asked)).toBe(1);
      const otp = await asked;
      await t.database.age('20 s');
      const check = () => t.otps.verify(otp.id, t.simulator.codeFor(mobile), otp);
      expect(await growth('otp.checks', { ...seen, 'otp.outcome': 'right' }, check)).toBe(1);
      const series = { 'otp.instance': 'shop', 'otp.purpose': purpose };
      expect(await telemetry.valueOf('otp.verification.time', series)).toBe(1);
      const seconds = await telemetry.sumOf('otp.verification.time', series);
      expect(Math.floor(seconds / 20)).toBe(1);
    });

    it('count an SMS whose OTP had ended before the answer', async () => {
      const late = async () => {
        const mobile = nextMobile();
        const hold = t.simulator.hold('requestOTP');
        const asked = aside(ask({ mobile }));
        await hold.arrived;
        const [live] = await t.otps.find({ mobile });
        await t.otps.cancel(live!.id);
        hold.release();
        await asked;
      };
      const unknown = { 'otp.channel': 'unknown', 'otp.purpose': 'unknown' };
      const sms = { ...unknown, 'otp.send': 'first', 'otp.outcome': 'sent' };
      expect(await growth('otp.sms', sms, late)).toBe(1);
    });

    it('tell how long each SMS took to arrive, a resent one from its own start', async () => {
      const purpose = 'slow';
      const series = { 'otp.instance': 'shop', 'otp.purpose': purpose };
      const otp = await ask({ purpose });
      await t.simulator.reportsSettled();
      await t.database.age('90 s');
      await t.otps.resend(otp.id, otp);
      await t.simulator.reportsSettled();
      expect(await telemetry.valueOf('otp.delivery.time', series)).toBe(2);
      expect(await telemetry.sumOf('otp.delivery.time', series)).toBeLessThan(60);
    });

    it.each([
      ['a lost answer', { drop: 'after' as const }, 'send_unknown'],
      ['a refusal', { body: antsError('9996') }, 'send_failed'],
      ['a number that ANTS does not take', { body: antsError('0307') }, 'number_rejected'],
    ])('time use cases by their outcome: %s', async (_, fault, code) => {
      t.simulator.next('requestOTP', fault);
      const work = { 'otp.work': 'request', 'otp.outcome': code };
      expect(await growth('otp.work.duration', work, () => aside(ask()))).toBe(1);
    });

    it('time calls to ANTS by their outcome', async () => {
      const call = { 'otp.call': 'request', 'http.response.status_code': 503, 'error.type': '503' };
      t.simulator.next('requestOTP', { status: 503, body: '' });
      const step = () => aside(ask());
      expect(
        await growth('otp.ants.call.duration', { ...call, 'otp.outcome': 'unknown' }, step),
      ).toBe(1);
    });

    it('count limits that were met, and alarms', async () => {
      const facts = { context: { device: 'one' } };
      await ask(facts);
      const device = { 'otp.limit': 'own.device', 'otp.enforced': true };
      expect(await growth('otp.limits', device, () => aside(ask(facts)))).toBe(1);
      t.simulator.next('requestOTP', { body: antsError('9998') });
      const alarm = { 'otp.alarm': 'configuration_refused' };
      expect(await growth('otp.alarms', alarm, () => aside(ask()))).toBe(1);
    });

    it('count what the sweep has ended', async () => {
      await ask();
      await t.database.age('301 s');
      const sweep = () => t.app.get(OtpSweeper).sweep();
      expect(await growth('otp.swept', { 'otp.status': 'expired' }, sweep)).toBeGreaterThan(0);
    });

    it('show the circuit and the credit, as long as the app runs', async () => {
      const own = { 'otp.instance': 'another' };
      const clock = new FakeClock(Date.now());
      const other = await bootApp({
        ...{ clock, simulator: t.simulator },
        options: { telemetry: openTelemetry, instance: 'another' },
      });
      await other.otps.request({ mobile: nextMobile() });
      t.simulator.credit = 321;
      await until(
        'the credit is known',
        async () => (await telemetry.valueOf('otp.provider.credit', own)) === 321,
      );
      await other.close();
      const asked = t.simulator.count('balance');
      clock.advance(3600);
      await telemetry.measured();
      expect(t.simulator.count('balance')).toBe(asked);
    });
  });
});
