import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { noteLog } from './leaks/run-record.js';

/** Collects when it is asked to. */
class AskedReader extends MetricReader {
  protected onForceFlush = () => Promise.resolve();
  protected onShutdown = () => Promise.resolve();
}

/** A started OpenTelemetry SDK that keeps everything, for the one app of a file of tests. Start it before the app. */
export class TestTelemetry {
  private readonly spans = new InMemorySpanExporter();
  private readonly reader = new AskedReader();

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.spans)] }),
    );
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [this.reader] }));
  }

  stop(): void {
    for (const api of [context, trace, metrics]) api.disable();
  }

  /** The spans that have ended since `forget`, in their order. */
  get finished(): ReadableSpan[] {
    const all = this.spans.getFinishedSpans();
    noteLog(
      'spans',
      JSON.stringify(all.map(({ name, attributes, events }) => [name, attributes, events])),
    );
    return all;
  }

  forget(): void {
    this.spans.reset();
  }

  /** The one span of this name. */
  span(name: string): ReadableSpan {
    const [span, ...more] = this.finished.filter((one) => one.name === name);
    if (!span || more.length > 0)
      throw new Error(`There are ${more.length + (span ? 1 : 0)} spans "${name}".`);
    return span;
  }

  /** What was measured so far. */
  async measured(): Promise<MetricData[]> {
    const { resourceMetrics } = await this.reader.collect();
    noteLog('metrics', new PrometheusSerializer().serialize(resourceMetrics));
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  }

  /** The same as a Prometheus exporter shows it. */
  async scrape(): Promise<string> {
    const { resourceMetrics } = await this.reader.collect();
    return new PrometheusSerializer().serialize(resourceMetrics);
  }

  /** The value of the series that has exactly these attributes; of a histogram how many there were. 0 = there is none. */
  async valueOf(name: string, attributes: Record<string, unknown>): Promise<number> {
    const points = await this.pointsOf(name, attributes);
    return points.reduce(
      (sum, { value }) => sum + (typeof value === 'number' ? value : value.count),
      0,
    );
  }

  /** The sum of a histogram's series. */
  async sumOf(name: string, attributes: Record<string, unknown>): Promise<number> {
    const points = await this.pointsOf(name, attributes);
    return points.reduce(
      (sum, { value }) => sum + (typeof value === 'number' ? 0 : (value.sum ?? 0)),
      0,
    );
  }

  private async pointsOf(name: string, attributes: Record<string, unknown>) {
    const metric = (await this.measured()).find(({ descriptor }) => descriptor.name === name);
    const points = metric?.dataPoints ?? [];
    return points.filter((point) => sorted(point.attributes) === sorted(attributes)) as {
      value: number | { count: number; sum?: number };
    }[];
  }
}

const sorted = (attributes: object): string => JSON.stringify(Object.entries(attributes).sort());
