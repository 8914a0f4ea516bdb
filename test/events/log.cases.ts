import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { ConsoleLogger } from '@nestjs/common';
import type { ConsoleLoggerOptions } from '@nestjs/common';
import { Logger as PinoLogger, LoggerModule } from 'nestjs-pino';
import { antsError } from 'nestjs-ants-otp/testing';
import { LOG_EVENTS } from '../../src/ports/log-entry.js';
import { bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { noteLog } from '../support/leaks/run-record.js';
import { until } from '../support/until.js';

const SENTENCE = 'ALARM: the credit at ANTS is out (9995); sends stop for 60 s.';
const FACTS = {
  event: 'alarm',
  alarm: 'credit_out',
  instance: 'default',
  antsCode: '9995',
  seconds: 60,
};

/** As docs/observability.md shows it: the usual one logs tokens, tickets and proofs. */
const withoutSecrets = ({ id, method, url }: { id: unknown; method: string; url: string }) => ({
  ...{ id, method },
  url: url.replace(/(delivery-reports\/).+/, '$1…'),
});

describe('a line of the log', () => {
  let t: TestApp | undefined;
  let lines: string[];
  const keep = (chunk: unknown): boolean => {
    noteLog('a logger of the test', String(chunk));
    lines.push(String(chunk));
    return true;
  };
  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await t?.close();
  });

  /** Lets the module raise an alarm; gives the line that it became. */
  const alarm = async (boot: BootOptions): Promise<string> => {
    t = await bootApp(boot);
    await t.otps.request({ mobile: nextMobile() });
    t.simulator.next('requestOTP', { body: antsError('9995') });
    await expect(t.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'send_failed',
    });
    const [line, ...more] = lines.filter((text) => text.includes('credit at ANTS'));
    expect(more).toEqual([]);
    return line!;
  };
  const printed = (options: ConsoleLoggerOptions): Promise<string> => {
    for (const method of ['log', 'error'] as const)
      jest.spyOn(console, method).mockImplementation(keep);
    const logger = new ConsoleLogger({ colors: false, forceConsole: true, ...options });
    return alarm({
      setUp: (app) => {
        app.useLogger(logger);
      },
    });
  };

  it('has its facts as fields of nestjs-pino', async () => {
    const stream = new Writable({
      write(chunk, _, done) {
        keep(chunk);
        done();
      },
    });
    const line = await alarm({
      imports: [
        LoggerModule.forRoot({ pinoHttp: { stream, serializers: { req: withoutSecrets } } }),
      ],
      setUp: (app) => {
        app.useLogger(app.get(PinoLogger));
      },
    });
    expect(JSON.parse(line)).toMatchObject({
      ...{ level: 50, context: 'OtpModule', msg: SENTENCE },
      ...FACTS,
    });
    await t!.simulator.reportsSettled();
    await until('the report is logged', () => lines.join('').includes('/otp/delivery-reports/…'));
  });

  it('has them in the message of ConsoleLogger with json', async () => {
    const line = await printed({ json: true });
    expect(JSON.parse(line)).toMatchObject({
      ...{ level: 'error', context: 'OtpModule' },
      message: { msg: SENTENCE, ...FACTS },
    });
  });

  it('is one sentence of the plain ConsoleLogger', async () => {
    const line = await printed({});
    expect(line).toMatch(/^\[Nest\].* ERROR \[OtpModule\] ALARM: /);
    expect(line.split('[OtpModule] ')[1]).toBe(SENTENCE);
  });

  it('is a sentence of a logger that knows only texts', async () => {
    const own = (message: unknown) => keep(String(message));
    expect(
      await alarm({
        setUp: (app) => {
          app.useLogger({ log: own, warn: own, error: own });
        },
      }),
    ).toBe(SENTENCE);
  });
});

describe('the sources', () => {
  const ROOT = join(import.meta.dirname, '../../src');
  const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));

  it('log entries and no bare texts', () => {
    const calls = sources.flatMap((text) => [
      ...text.matchAll(
        /\blogger\.(?:log|warn|error)\(\s*(.{12})|Logger\('\w+'\)\.\w+\(\s*(.{12})/g,
      ),
    ]);
    expect(calls.length).toBeGreaterThan(15);
    for (const [, given, direct] of calls) expect(given ?? direct).toBe('new LogEntry');
  });

  it('use every event that is known', () => {
    const logging = sources.filter((text) => text.includes('new LogEntry('));
    const used = logging.flatMap((text) =>
      [...text.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event!),
    );
    expect([...new Set(used)].sort()).toEqual([...LOG_EVENTS]);
  });
});
