import { Injectable } from '@nestjs/common';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { OtpService, OtpSweeper } from 'nestjs-ants-otp';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import pg from 'pg';
import { Teardown } from '../example/teardown.js';
import { Explainer } from './growth/explain.js';
import type { Explained } from './growth/explain.js';
import { grow } from './growth/grow.js';
import { live } from './growth/hot-statements.js';
import { startBenchDatabase } from './harness/bench-database.js';
import { BenchProcess } from './harness/bench-process.js';
import { startModuleApp } from './limit/module-app.js';
import { watchStatements } from './limit/watch-statements.js';
import type { BenchOptions, Findings, Measurement } from './measurement.js';

const ROWS = 10_000_000;
/** All of them lie within the longest time that is shown. */
const DAYS = 7;
const HOURS = [1, 24, 168];
/** For each statement of a page, whatever the table holds. */
const BUDGET_MS = 1_000;

@Injectable()
class Everybody implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

async function run({ rows = ROWS }: BenchOptions): Promise<Findings> {
  const teardown = new Teardown();
  try {
    const databaseUrl = await startBenchDatabase(teardown);
    const stub = await BenchProcess.start('harness/ants-stub.process.js');
    teardown.add(() => stub.stop());
    const antsUrl = await stub.ask<string>('url');
    const pages = OtpConsoleModule.forRoot({ path: 'ops/otp', guards: [Everybody] });
    const app = await startModuleApp({ adapter: 'fastify', databaseUrl, antsUrl }, [], [pages]);
    teardown.add(() => app.close());
    await live(app, stub, 0);
    await grow(databaseUrl, rows, DAYS);
    return await look(app, databaseUrl, rows);
  } finally {
    await teardown.run();
  }
}

async function look(app: INestApplication, databaseUrl: string, rows: number): Promise<Findings> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const statements = await Statements.open(databaseUrl);
  try {
    const overview = (hours: number) => () => page(app, `?hours=${hours}`);
    await statements.during('week, before any count', overview(168));
    const counted = await countAll(app, rows);
    await client.query('VACUUM (ANALYZE) otp_figures');
    await new Promise((resolve) => setTimeout(resolve, FRESH_MS));
    for (const hours of HOURS) await statements.during(`overview, ${hours} h`, overview(hours));
    const sweeper = app.get(OtpSweeper);
    await statements.during('sweep, nothing to count', () => sweeper.figures());
    await client.query(
      `DELETE FROM otp_figures WHERE kind = 'bucket' AND at = (SELECT max(at) - interval '1 hour' FROM otp_figures WHERE kind = 'bucket')`,
    );
    await statements.during('sweep, one bucket', () => sweeper.figures());
    const guarded = await firstLook(sweeper);
    await client.query(
      `UPDATE otp_limits SET until = (SELECT max(expires_at) - interval '30 s' FROM otps WHERE status = 'verified') WHERE key = 'counted:default'`,
    );
    await statements.during('guard, 30 s of OTPs', () => sweeper.guard());
    for (const [name, work] of await lookUps(app, client)) await statements.during(name, work);
    const { rows: sizes } = await client.query<{ rows: string; size: string }>(
      `SELECT count(*) AS rows, pg_size_pretty(pg_total_relation_size('otp_figures')) AS size FROM otp_figures`,
    );
    const [size] = sizes;
    return {
      table: {
        head: ['console', 'ms', 'buffers', 'index scans', 'whole tables'],
        rows: [...statements.found].map(([name, one]) => rowOf(name, one)),
      },
      missed: [...statements.found].flatMap(([name, one]) => missedOf(name, one)),
      notes: [
        `${rows} OTPs of ${DAYS} days. ${counted}`,
        'The two other statements of each overview ask what is stopped, and whether the database is there. Buffers of the sweep are those of finding what is due, without what is then counted and written; the times are of all of it.',
        guarded,
        `otp_figures: ${size?.rows ?? '?'} rows, ${size?.size ?? '?'}.`,
      ],
    };
  } finally {
    statements.restore();
    await statements.close();
    await client.end();
  }
}

/** A process asks for the numbers of a time once in so long. */
const FRESH_MS = 10_100;

/** The first count of all that is there, as the sweep does it bit by bit. */
async function countAll(app: INestApplication, rows: number): Promise<string> {
  const begun = performance.now();
  let buckets = 0;
  let looks = 0;
  for (let count = -1; count !== 0; looks++) buckets += count = await app.get(OtpSweeper).figures();
  const seconds = (performance.now() - begun) / 1000;
  return `The first count of all ${buckets} buckets took ${seconds.toFixed(0)} s in ${looks} looks of the sweep, ${((seconds / rows) * 1e6).toFixed(1)} µs an OTP.`;
}

/** The conversion guard's look at an hour that none has counted, of which the fill and the counts above have taken a part. */
async function firstLook(sweeper: OtpSweeper): Promise<string> {
  const begun = performance.now();
  await sweeper.guard();
  const seconds = (performance.now() - begun) / 1000;
  return `The conversion guard's first look, which counts all that ended within the hour, took ${seconds.toFixed(2)} s.`;
}

async function page(app: INestApplication, path: string): Promise<void> {
  const response = await fetch(`${await app.getUrl()}/ops/otp${path}`);
  if (!response.ok) throw new Error(`The console answered ${response.status}.`);
  await response.text();
}

/** What the field of the console looks for, and what the page of one OTP asks. */
async function lookUps(
  app: INestApplication,
  client: pg.Client,
): Promise<[string, () => Promise<unknown>][]> {
  const otps = app.get(OtpService);
  const { rows } = await client.query<
    Record<'id' | 'subject' | 'reference' | 'otp' | 'message', string>
  >(
    `SELECT o.id, o.subject, o.reference_code AS reference, o.provider_otp_id AS otp, s.message_id AS message
     FROM otps AS o JOIN otp_sends AS s ON s.otp_id = o.id WHERE o.subject IS NOT NULL LIMIT 1`,
  );
  const [one] = rows;
  if (!one) throw new Error('No OTP was found.');
  return [
    ['find by number', () => otps.find({ mobile: '0812345678' })],
    ['find by reference', () => otps.find({ referenceCode: one.reference })],
    ['find by otpId', () => otps.find({ otpId: one.otp })],
    ['find by messageId', () => otps.find({ messageId: one.message })],
    ['find by callbackData', () => otps.find({ callbackData: 'order-17' })],
    ['find by subject', () => otps.find({ subject: one.subject })],
    ['status', () => otps.status(one.id)],
    ['history', () => otps.history(one.id)],
    ['explain', () => otps.explain(one.id)],
  ];
}

/** Explains each statement of what is done, right before it runs. */
class Statements {
  readonly found = new Map<string, Explained>();
  readonly restore: () => void;
  private use: string | null = null;
  private count = 0;
  private total = 0;

  private constructor(private readonly explainer: Explainer) {
    this.restore = watchStatements((statement) => {
      if (this.use === null) return undefined;
      const name = `${this.use} ${++this.count}`;
      // The same statement is planned for other values, too.
      const own = { ...statement, name: `${statement.name}_${++this.total}` };
      return this.explainer.explain(own).then((explained) => {
        this.found.set(name, explained);
      });
    });
  }

  static async open(databaseUrl: string): Promise<Statements> {
    return new Statements(await Explainer.open(databaseUrl));
  }

  async during(name: string, work: () => Promise<unknown>): Promise<void> {
    [this.use, this.count] = [name, 0];
    await work();
    this.use = null;
  }

  close(): Promise<void> {
    return this.explainer.close();
  }
}

const rowOf = (name: string, { ms, buffers, indexes, seqScans }: Explained): string[] => [
  ...[name, ms.toFixed(2), String(buffers), String(indexes)],
  seqScans.join(' ') || 'none',
];

const missedOf = (name: string, { ms, seqScans }: Explained): string[] => [
  ...(ms > BUDGET_MS ? [`${name}: ${ms.toFixed(0)} ms.`] : []),
  // What the overview keeps is read as a whole when all of it is shown.
  ...seqScans
    .filter((table) => table !== 'otp_figures')
    .map((table) => `${name}: reads all of ${table}.`),
];

export const consolePages: Measurement = {
  name: 'console',
  about: 'the overview and the look-ups of the console over ten million OTPs of one week.',
  run,
};
