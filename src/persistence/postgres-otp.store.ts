import { createHash } from 'node:crypto';
import { TRY_EVENTS } from '../domain/lifecycle.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { OtpEvent, SendRecord } from '../domain/otp.js';
import { OtpStore } from '../ports/otp-store.js';
import type {
  EventData,
  Found,
  Holder,
  NumberKey,
  OtpQuery,
  PreCheck,
  QueryRunner,
  ReportResult,
  ReserveRequest,
  ReserveRequestResult,
  ReserveResend,
  ReserveResendResult,
  ReserveTry,
  Snapshot,
  StoreReport,
  SweepResult,
} from '../ports/otp-store.js';
import { CHECK_LIMITS, FIND, SQL } from './otp.sql.js';
import type { Lookup } from './otp.sql.js';
import { toEvent, toOtp, toSend } from './otp.rows.js';
import type { Row } from './otp.rows.js';

/** The parts of a `pg` pool and of its connections that the store uses. */
export interface SqlPool {
  connect(): Promise<SqlClient>;
}
export interface SqlClient {
  query(query: { name?: string; text: string; values: unknown[] }): Promise<{ rows: Row[] }>;
  release(destroy?: boolean): void;
}

export interface PostgresOtpStoreOptions {
  /** Named prepared statements; `false` behind a pooler in transaction mode. Default `true`. */
  preparedStatements?: boolean;
}

/** How long a statement waits for a connection; a busy pool frees one in milliseconds. */
const CONNECTION_WAIT_MS = 2_500;
/** A report that loses this many races in a row gives up; the provider delivers it again. */
const REPORT_TRIES = 50;

/** The store of production: every method is one guarded statement on the app's own pool. */
export class PostgresOtpStore extends OtpStore {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly pool: SqlPool,
    private readonly options: PostgresOtpStoreOptions = {},
  ) {
    super();
  }

  async preCheck(key: NumberKey): Promise<PreCheck> {
    const [row] = await this.run(SQL.preCheck, [key.instance, key.purpose, key.mobileMac]);
    return {
      live: row?.['id'] ? toOtp(row) : null,
      cooldownUntil: date(row?.['cooldown_until']),
      now: date(row?.['db_now']) ?? new Date(NaN),
    };
  }

  async reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult> {
    const { otp } = command;
    return this.unlessCoolingDown(async () => {
      const [row] = await this.run(SQL.reserveRequest, [
        command.replaces,
        otp.id,
        otp.instance,
        otp.purpose,
        otp.subject,
        otp.keyId,
        otp.mobileMac,
        otp.mobileSealed,
        otp.mobileMask,
        otp.delivery,
        otp.otcId,
        otp.callbackData,
        otp.bindingMac,
        otp.maxAttempts,
        otp.maxSends,
        otp.idempotencyKey,
        otp.ttlSeconds,
        otp.ipMac,
        command.cooldownSteps,
        command.data,
      ]);
      return row
        ? { kind: 'reserved', otp: toOtp(row), resendAvailableAt: row['cooldown_until'] as Date }
        : { kind: 'taken' };
    });
  }

  async settleRequest(
    id: string,
    answer: SendSettlement,
    data: EventData,
  ): Promise<Snapshot | null> {
    const settled =
      answer.kind === 'sent'
        ? await this.one(SQL.settleRequestSent, [
            id,
            answer.providerOtpId,
            answer.referenceCode,
            data,
          ])
        : await this.one(SQL.settleRequestNotSent, [
            id,
            answer.kind === 'failed' ? 'send_failed' : 'send_unknown',
            answer.errorCode,
            answer.kind,
            refunds(answer),
            data,
          ]);
    if (!settled) await this.settleLate(id, 1, answer, data);
    return settled;
  }

  async reserveResend(command: ReserveResend): Promise<ReserveResendResult> {
    return this.unlessCoolingDown(async () => {
      const [row] = await this.run(SQL.reserveResend, [
        command.id,
        command.instance,
        subjectOf(command.holder),
        command.cooldowns,
      ]);
      if (!row) return { kind: 'refused' };
      const otp = toOtp(row);
      const resendAvailableAt = row['cooldown_until'] as Date;
      return { kind: 'reserved', otp, sendNo: otp.sends, resendAvailableAt };
    });
  }

  async settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: EventData,
  ): Promise<Snapshot | null> {
    const settled =
      answer.kind === 'sent'
        ? await this.one(SQL.settleResendSent, [
            id,
            sendNo,
            answer.providerOtpId,
            answer.referenceCode,
            data,
          ])
        : await this.one(SQL.settleResendNotSent, [
            id,
            sendNo,
            `resend_${answer.kind}`,
            answer.kind,
            refunds(answer),
            data,
          ]);
    if (!settled) await this.settleLate(id, sendNo, answer, data);
    return settled;
  }

  reserveTry(command: ReserveTry): Promise<Snapshot | null> {
    const { id, instance, holder, codeMac } = command;
    return this.one(SQL.reserveTry, [id, instance, subjectOf(holder), codeMac]);
  }

  settleTry(
    id: string,
    { leaseNo, providerOtpId }: AskedTry,
    answer: TrySettlement,
    data: EventData,
  ): Promise<Snapshot | null> {
    const event = TRY_EVENTS[answer];
    return this.one(SQL.settleTry, [id, leaseNo, answer, event, data, providerOtpId]);
  }

  async refuseGuess(id: string, codeMac: Buffer): Promise<void> {
    await this.run(SQL.refuseGuess, [id, codeMac]);
  }

  cancel(id: string, instance: string, holder: Holder): Promise<Snapshot | null> {
    return this.one(SQL.cancel, [id, instance, subjectOf(holder)]);
  }

  async consume(id: string, instance: string, runner?: QueryRunner): Promise<Snapshot | null> {
    if (!runner) return this.one(SQL.consume, [id, instance]);
    const rows = (await runner.query(SQL.consume, [id, instance])) as Row[];
    return rows[0] ? snapshot(rows[0]) : null;
  }

  revoke(id: string, instance: string): Promise<Snapshot | null> {
    return this.one(SQL.revoke, [id, instance]);
  }

  async applyReport(command: StoreReport): Promise<ReportResult> {
    const { report } = command;
    const values = [
      command.id,
      command.instance,
      command.dedupeKey,
      report.messageId ?? null,
      command.hasTo,
      command.toMac,
      report.callbackData ?? null,
      report.delivery,
      report.statusCode ?? null,
      report.description ?? null,
      report.doneAt ?? null,
      report.sentAt ?? null,
      report.bulkId ?? null,
      report.credit ?? null,
      command.data,
    ];
    for (let attempt = 0; attempt < REPORT_TRIES; attempt++) {
      const [row] = await this.run(SQL.applyReport, values);
      if (!row) return 'not_found';
      if (row['twin']) return 'duplicate';
      if (row['stored']) {
        if (row['mismatch']) return 'mismatch';
        return row['send_no'] === null ? 'recorded' : 'applied';
      }
    }
    throw new Error(`A delivery report lost ${REPORT_TRIES} races in a row.`);
  }

  async find(instance: string, query: OtpQuery, limit: number): Promise<Found[]> {
    const [[key, value]] = Object.entries(query) as [[Lookup, unknown]];
    const rows = await this.run(FIND[key], [instance, value, limit]);
    return rows.map((row) => ({
      ...snapshot(row),
      messageId: row['message_id'] as string | null,
      cooldownUntil: date(row['cooldown_until']),
    }));
  }

  async sends(id: string): Promise<SendRecord[]> {
    return (await this.run(SQL.sends, [id])).map(toSend);
  }

  async history(id: string): Promise<OtpEvent[]> {
    return (await this.run(SQL.history, [id])).map(toEvent);
  }

  async sweep(batch: number): Promise<SweepResult> {
    const [row] = await this.run(SQL.sweep, [batch]);
    return row as unknown as SweepResult;
  }

  async sweepOne(id: string): Promise<void> {
    await this.run(SQL.sweepOne, [id]);
  }

  /** The answer came when the OTP could no longer change: it stays findable and in the history. */
  private async settleLate(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: EventData,
  ): Promise<void> {
    const sent = answer.kind === 'sent' ? answer : null;
    await this.run(SQL.settleLateSend, [
      id,
      sendNo,
      answer.kind,
      sent?.providerOtpId ?? null,
      sent?.referenceCode ?? null,
      { ...data, send: sendNo, outcome: answer.kind },
    ]);
  }

  private async one(text: string, values: unknown[]): Promise<Snapshot | null> {
    const [row] = await this.run(text, values);
    return row ? snapshot(row) : null;
  }

  private async run(text: string, values: unknown[]): Promise<Row[]> {
    const query = { text, values };
    const client = await this.connect();
    let broken = true;
    try {
      const { rows } = await client.query(
        this.options.preparedStatements === false ? query : { name: this.nameOf(text), ...query },
      );
      broken = false;
      return rows;
    } catch (error) {
      // A statement that Postgres refused leaves its connection as good as it was.
      broken = !(error as { severity?: string }).severity?.startsWith('ERROR');
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /**
   * A connection of the pool, or an error after a while: whoever calls this module inside a
   * transaction of its own can hold the very connection that this call waits for.
   */
  private connect(): Promise<SqlClient> {
    const connecting = this.pool.connect();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        connecting.then(
          (late) => {
            late.release();
          },
          () => undefined,
        );
        reject(
          new Error(
            `No connection of the pool was free for ${CONNECTION_WAIT_MS} ms. Do not call this module inside your own open transaction, and give the pool enough connections.`,
          ),
        );
      }, CONNECTION_WAIT_MS);
      connecting.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }

  /** A name that is the statement's own hash: two versions of the library never share one. */
  private nameOf(text: string): string {
    let name = this.names.get(text);
    if (!name) {
      name = `otp_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
      this.names.set(text, name);
    }
    return name;
  }

  private async unlessCoolingDown<T>(write: () => Promise<T>): Promise<T | { kind: 'cooldown' }> {
    try {
      return await write();
    } catch (error) {
      if ((error as { constraint?: string }).constraint === CHECK_LIMITS)
        return { kind: 'cooldown' };
      throw error;
    }
  }
}

const date = (value: unknown): Date | null => (value instanceof Date ? value : null);
const snapshot = (row: Row): Snapshot => ({ otp: toOtp(row), now: row['db_now'] as Date });
const subjectOf = (holder: Holder): string | null =>
  holder.by === 'subject' ? holder.subject : null;
const refunds = (answer: SendSettlement): boolean => answer.kind === 'failed' && answer.refund;
