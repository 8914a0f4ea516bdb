import { OutboxStore } from '../ports/outbox-store.js';
import type {
  Claim,
  OutboxAsk,
  OutboxHandler,
  OwedRow,
  ParkedQuery,
  ParkedRow,
} from '../ports/outbox-store.js';
import { OUTBOX_SQL } from './outbox.sql.js';
import { toOwedEvent, toParkedRow } from './outbox.rows.js';
import type { SqlRunner } from './sql-runner.js';

/** The outbox of production: every method is one guarded statement on the app's own pool. */
export class PostgresOutboxStore extends OutboxStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async register(instance: string, handlers: readonly OutboxHandler[]): Promise<void> {
    await this.sql.run(OUTBOX_SQL.register, [instance, JSON.stringify(handlers)]);
  }

  async claim(
    instance: string,
    handlers: readonly OutboxAsk[],
    leaseSeconds: number,
  ): Promise<Claim> {
    const rows = await this.sql.run(OUTBOX_SQL.claim, [
      instance,
      JSON.stringify(handlers),
      leaseSeconds,
    ]);
    return {
      // A claim of nothing is one row that only says whether anything is open.
      events: rows.filter((row) => row['otp_id'] !== null).map(toOwedEvent),
      open: rows[0]?.['open'] === true,
    };
  }

  async done(row: OwedRow): Promise<void> {
    // Not lost with a connection: the handler would be called again.
    await this.sql.runSurely(OUTBOX_SQL.done, keyOf(row));
  }

  async retry(row: OwedRow, delaySeconds: number): Promise<void> {
    await this.sql.run(OUTBOX_SQL.retry, [...keyOf(row), delaySeconds]);
  }

  async park(row: OwedRow): Promise<void> {
    await this.sql.run(OUTBOX_SQL.park, keyOf(row));
  }

  async release(rows: readonly OwedRow[]): Promise<void> {
    const columns = ['otpId', 'handler', 'eventNo', 'attempts'] as const;
    const values = columns.map((column) => rows.map((row) => row[column]));
    await this.sql.run(OUTBOX_SQL.release, values);
  }

  async parked(instance: string, limit: number): Promise<ParkedRow[]> {
    return (await this.sql.run(OUTBOX_SQL.parked, [instance, limit])).map(toParkedRow);
  }

  async replay(instance: string, query: ParkedQuery): Promise<number> {
    const { handler = null, otpId = null, eventNo = null } = query;
    const [row] = await this.sql.run(OUTBOX_SQL.replay, [instance, handler, otpId, eventNo]);
    return row?.['count'] as number;
  }

  async forget(instance: string, unseenSeconds: number): Promise<void> {
    await this.sql.run(OUTBOX_SQL.forget, [instance, unseenSeconds]);
  }
}

const keyOf = ({ otpId, handler, eventNo, attempts }: OwedRow): unknown[] => [
  otpId,
  handler,
  eventNo,
  attempts,
];
