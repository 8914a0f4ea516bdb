import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, ObservableResult, Span, Tracer } from '@opentelemetry/api';
import { Telemetry } from '../ports/telemetry.js';
import type {
  HttpCall,
  HttpEnd,
  ProviderState,
  TelemetryFact,
  WorkEnd,
  WorkName,
} from '../ports/telemetry.js';
import { createInstruments } from './instruments.js';
import type { Instruments } from './instruments.js';
import { KnownNames } from './known-names.js';
import { SCOPE } from './scope.js';

const CIRCUITS = { closed: 0, 'half-open': 1, open: 2 } as const;

/**
 * Traces and metrics through `@opentelemetry/api`; without a started SDK nothing is kept. Start the SDK
 * before Nest creates the app: instruments that were made earlier stay silent.
 *
 * @example
 * OtpModule.forRoot({ telemetry: openTelemetry, ... })
 */
export const openTelemetry = (instance: string): Telemetry => new OpenTelemetry(instance);

class OpenTelemetry extends Telemetry {
  private readonly tracer: Tracer = trace.getTracer(SCOPE);
  private readonly instruments: Instruments = createInstruments();
  private readonly purposes = new KnownNames();
  /** Not `instance`: Prometheus has a label of that name for the scraped process. */
  private readonly own: Attributes;

  constructor(instance: string) {
    super();
    this.own = { 'otp.instance': instance };
  }

  work<T>(name: WorkName, run: () => Promise<T>, endOf: (error: unknown) => WorkEnd): Promise<T> {
    return this.tracer.startActiveSpan(`otp ${name}`, { attributes: this.own }, async (span) => {
      const begun = performance.now();
      let end: WorkEnd = { outcome: 'ok', failed: false };
      try {
        return await run();
      } catch (error) {
        end = endOf(error);
        throw error;
      } finally {
        const { outcome, failed } = end;
        const attributes = { ...this.own, 'otp.work': name, 'otp.outcome': outcome };
        this.instruments.work.record(secondsSince(begun), attributes);
        // No event of the exception: its message and stack are the log's.
        if (failed) setFailed(span, outcome);
        span.setAttribute('otp.outcome', outcome).end();
      }
    });
  }

  call<T extends { kind: string }>(
    call: HttpCall,
    make: (ended: (end: HttpEnd) => void) => Promise<T>,
  ): Promise<T> {
    const options = { kind: SpanKind.CLIENT, attributes: { ...this.own, ...requestOf(call) } };
    return this.tracer.startActiveSpan(`POST ${call.path}`, options, async (span) => {
      const begun = performance.now();
      let end: HttpEnd = { error: '_OTHER' };
      let outcome = 'error';
      try {
        const answer = await make((known) => (end = known));
        outcome = answer.kind;
        return answer;
      } finally {
        const answered = answerOf(end);
        const attributes = { ...this.own, 'otp.call': call.name, 'otp.outcome': outcome };
        this.instruments.call.record(secondsSince(begun), { ...attributes, ...answered });
        span.setAttributes({ ...answered, 'otp.outcome': outcome });
        if (answered['error.type'] !== undefined) setFailed(span, answered['error.type']);
        span.end();
      }
    });
  }

  note(fact: TelemetryFact): void {
    const { sms, checks, verified, reports, unreadable } = this.instruments;
    const { delivered, swept, limits, alarms } = this.instruments;
    switch (fact.kind) {
      case 'purpose':
        // Of the work that runs: it is the only one that tells.
        trace.getActiveSpan()?.setAttributes(this.purpose(fact.purpose));
        return;
      case 'sms': {
        const { purpose, channel, send, outcome } = fact;
        const attributes = { 'otp.channel': channel ?? 'unknown', 'otp.send': send };
        sms.add(1, { ...this.purpose(purpose), ...attributes, 'otp.outcome': outcome });
        return;
      }
      case 'check': {
        const attributes = { 'otp.channel': fact.channel, 'otp.outcome': fact.outcome };
        checks.add(1, { ...this.purpose(fact.purpose), ...attributes });
        return;
      }
      case 'verified':
        verified.record(fact.seconds, this.purpose(fact.purpose));
        return;
      case 'report': {
        const attributes = { 'otp.outcome': fact.outcome, 'otp.delivery': fact.delivery };
        reports.add(1, { ...this.own, ...attributes });
        return;
      }
      case 'unreadable':
        unreadable.add(1, { ...this.own, 'otp.reason': fact.reason });
        return;
      case 'delivered':
        delivered.record(fact.seconds, this.purpose(fact.purpose));
        return;
      case 'swept':
        swept.add(fact.count, { ...this.own, 'otp.status': fact.status });
        return;
      case 'limit': {
        const attributes = { 'otp.limit': fact.limit, 'otp.enforced': fact.enforced };
        limits.add(1, { ...this.own, ...attributes });
        return;
      }
      case 'alarm':
        alarms.add(1, { ...this.own, 'otp.alarm': fact.alarm });
        return;
    }
  }

  watch(state: () => ProviderState): () => void {
    const { circuit, credit } = this.instruments;
    const look = (result: ObservableResult): void => {
      result.observe(CIRCUITS[state().circuit], this.own);
    };
    const count = (result: ObservableResult): void => {
      const { credit: left } = state();
      if (left !== null) result.observe(left, this.own);
    };
    circuit.addCallback(look);
    credit.addCallback(count);
    return () => {
      circuit.removeCallback(look);
      credit.removeCallback(count);
    };
  }

  private purpose(purpose: string | null): Attributes {
    const name = purpose === null ? 'unknown' : this.purposes.of(purpose);
    return { ...this.own, 'otp.purpose': name };
  }
}

const secondsSince = (begun: number): number => (performance.now() - begun) / 1000;

function setFailed(span: Span, error: string): void {
  span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
}

/** By the semantic conventions of HTTP clients, 1.23 and newer. */
function requestOf({ url, path, resends }: HttpCall): Attributes {
  const { hostname, port, protocol } = new URL(url);
  return {
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.full': url,
    'url.template': path,
    ...(resends > 0 && { 'http.request.resend_count': resends }),
  };
}

function answerOf(end: HttpEnd): { 'http.response.status_code'?: number; 'error.type'?: string } {
  if ('error' in end) return { 'error.type': end.error };
  const { status } = end;
  return {
    'http.response.status_code': status,
    ...(status >= 400 && { 'error.type': String(status) }),
  };
}
