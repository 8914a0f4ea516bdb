import type { Change } from '../domain/change.js';
import { isSettled, TRY_EVENTS } from '../domain/lifecycle.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { LimitKind, UsedUp } from '../domain/limits.js';
import type { OtpEvent, OtpEventData, SendRecord } from '../domain/otp.js';
import type { ReportedOtp } from '../domain/report.js';
import { OtpStore } from '../ports/otp-store.js';
import type {
  AskKey,
  CountedLimits,
  Found,
  Holder,
  LimitCheck,
  Loaded,
  OtpQuery,
  PreCheck,
  PurgeKind,
  QueryRunner,
  ReportQuery,
  ReportReadings,
  ReserveRequest,
  ReserveRequestResult,
  ReserveResend,
  ReserveResendResult,
  ReserveTry,
  Snapshot,
  SweepResult,
  Version,
} from '../ports/otp-store.js';
import { FIND, FIND_HELD, FIND_MANY } from './find.sql.js';
import type { Lookup } from './find.sql.js';
import { CHECK_LIMITS } from './limits.sql.js';
import { loadReported, toReported } from './load-reported.sql.js';
import { SQL } from './otp.sql.js';
import { PURGE } from './purge.sql.js';
import { saveStatement } from './save.sql.js';
import { UNREADABLE_SQL } from './unreadable.sql.js';
import { toEvent, toOtp, toSend } from './otp.rows.js';
import type { Row } from './otp.rows.js';
import type { SqlRunner } from './sql-runner.js';

/** The store of production: every method is one guarded statement on the app's own pool. */
export class PostgresOtpStore extends OtpStore {
  constructor(private readonly sql: SqlRunner) {
    super();
  }

  async preCheck(key: AskKey, limits: CountedLimits): Promise<PreCheck> {
    const [row] = await this.sql.run(SQL.preCheck, [
      key.instance,
      key.purpose,
      key.mobileMac,
      key.subject,
      limits.keys,
      limits.rules,
    ]);
    return {
      ...toLimitCheck(row),
      live: row?.['id'] ? toOtp(row) : null,
      cooldownUntil: date(row?.['cooldown_until']),
      lockedUntil: date(row?.['locked_until']),
      now: date(row?.['db_now']) ?? new Date(NaN),
    };
  }

  async checkLimits(limits: CountedLimits): Promise<LimitCheck> {
    const [row] = await this.sql.run(SQL.checkLimits, [limits.keys, limits.rules]);
    return toLimitCheck(row);
  }

  async reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult> {
    const { otp } = command;
    const reserved = await this.withinLimits(() =>
      this.sql.run(SQL.reserveRequest, [
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
        otp.limitKeys,
        command.limits,
        otp.channel,
        otp.lookupId,
      ]),
    );
    if (reserved === 'over') return { kind: 'over' };
    const [row] = reserved;
    return row
      ? { kind: 'reserved', otp: toOtp(row), resendAvailableAt: row['cooldown_until'] as Date }
      : { kind: 'taken' };
  }

  async settleRequest(
    id: string,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null> {
    const settled = await (answer.kind === 'sent'
      ? this.settleSend(id, 1, answer, SQL.settleRequestSent, [
          id,
          answer.providerOtpId,
          answer.referenceCode,
          data,
        ])
      : this.settleSend(id, 1, answer, SQL.settleRequestNotSent, [
          id,
          answer.kind === 'failed' ? 'send_failed' : 'send_unknown',
          answer.errorCode,
          answer.kind,
          refunds(answer),
          data,
        ]));
    if (!settled) await this.settleLate(id, 1, answer, data);
    return settled;
  }

  async reserveResend(command: ReserveResend): Promise<ReserveResendResult> {
    const reserved = await this.withinLimits(() =>
      this.sql.run(SQL.reserveResend, [
        command.id,
        command.instance,
        valuesOf(command.holder),
        command.cooldowns,
        command.limits,
      ]),
    );
    if (reserved === 'over') return { kind: 'over' };
    const [row] = reserved;
    if (!row) return { kind: 'refused' };
    const otp = toOtp(row);
    const resendAvailableAt = row['cooldown_until'] as Date;
    return { kind: 'reserved', otp, sendNo: otp.sends, resendAvailableAt };
  }

  async settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null> {
    const settled = await (answer.kind === 'sent'
      ? this.settleSend(id, sendNo, answer, SQL.settleResendSent, [
          id,
          sendNo,
          answer.providerOtpId,
          answer.referenceCode,
          data,
        ])
      : this.settleSend(id, sendNo, answer, SQL.settleResendNotSent, [
          id,
          sendNo,
          `resend_${answer.kind}`,
          answer.kind,
          refunds(answer),
          data,
        ]));
    if (!settled) await this.settleLate(id, sendNo, answer, data);
    return settled;
  }

  async reserveTry(command: ReserveTry): Promise<Snapshot | null> {
    const { id, instance, holder, codeMac, budgets } = command;
    const values = [id, instance, valuesOf(holder), codeMac, budgets];
    const reserved = await this.withinLimits(() => this.one(SQL.reserveTry, values));
    return reserved === 'over' ? null : reserved;
  }

  async settleTry(
    id: string,
    { leaseNo, providerOtpId }: AskedTry,
    answer: TrySettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null> {
    const event = TRY_EVENTS[answer];
    return this.settle(
      id,
      SQL.settleTry,
      [id, leaseNo, answer, event, data, providerOtpId],
      ({ otp }) => isSettled(otp, leaseNo, answer),
    );
  }

  async refuseGuess(id: string, codeMac: Buffer): Promise<void> {
    await this.sql.run(SQL.refuseGuess, [id, codeMac]);
  }

  cancel(id: string, instance: string, holder: Holder): Promise<Snapshot | null> {
    return this.one(SQL.cancel, [id, instance, valuesOf(holder)]);
  }

  async consume(id: string, instance: string, runner?: QueryRunner): Promise<Snapshot | null> {
    if (!runner) return this.one(SQL.consume, [id, instance]);
    const rows = (await runner.query(this.sql.textOf(SQL.consumeWithin), [id, instance])) as Row[];
    return rows[0] ? snapshot(rows[0]) : null;
  }

  revoke(id: string, instance: string): Promise<Snapshot | null> {
    return this.one(SQL.revoke, [id, instance]);
  }

  async loadReported(query: ReportQuery): Promise<Loaded<ReportedOtp> | null> {
    return toReported(await this.sql.query(loadReported(query)));
  }

  async save(version: Version, change: Change): Promise<'saved' | 'conflict'> {
    try {
      const rows = await this.sql.query(saveStatement(version, change));
      return rows.length > 0 ? 'saved' : 'conflict';
    } catch (error) {
      if (isConflict(error)) return 'conflict';
      throw error;
    }
  }

  async reportReadings(instance: string): Promise<ReportReadings> {
    const [row] = await this.sql.run(UNREADABLE_SQL.reading, [instance]);
    const at = date(row?.['unreadable_at']);
    return {
      unreadable: row?.['unreadable'] as number,
      lastUnreadable: at && { at, reason: row?.['reason'] as string },
      lastRead: date(row?.['read_at']),
    };
  }

  async find(instance: string, query: OtpQuery, limit: number): Promise<Found[]> {
    const [[key, value]] = Object.entries(query) as [[Lookup, unknown]];
    return (await this.sql.run(FIND[key], [instance, value, limit])).map(toFound);
  }

  async findHeld(instance: string, id: string, holder: Holder): Promise<Found | null> {
    const [row] = await this.sql.run(FIND_HELD, [instance, id, 1, valuesOf(holder)]);
    return row ? toFound(row) : null;
  }

  async findMany(instance: string, ids: readonly string[]): Promise<Found[]> {
    return (await this.sql.run(FIND_MANY, [instance, ids, ids.length])).map(toFound);
  }

  async sends(id: string): Promise<SendRecord[]> {
    return (await this.sql.run(SQL.sends, [id])).map(toSend);
  }

  async history(id: string): Promise<OtpEvent[]> {
    return (await this.sql.run(SQL.history, [id])).map(toEvent);
  }

  async sweep(batch: number): Promise<SweepResult> {
    const [row] = await this.sql.run(SQL.sweep(batch), []);
    return row as unknown as SweepResult;
  }

  async sweepOne(id: string): Promise<void> {
    await this.sql.run(SQL.sweepOne, [id]);
  }

  async purge(instance: string, kind: PurgeKind, days: number, batch: number): Promise<number> {
    // A limit's key says whose it is, and all of them last equally long.
    const values = kind === 'limits' ? [days] : [days, instance];
    const [row] = await this.sql.run(PURGE[kind](batch), values);
    return row?.['count'] as number;
  }

  /** The answer came when the OTP could no longer change: it stays findable and in the history. */
  private async settleLate(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<void> {
    const sent = answer.kind === 'sent' ? answer : null;
    await this.sql.run(SQL.settleLateSend, [
      id,
      sendNo,
      answer.kind,
      sent?.providerOtpId ?? null,
      sent?.referenceCode ?? null,
      { ...data, send: sendNo, outcome: answer.kind },
    ]);
  }

  /** Settles one SMS; only its own process ever does, and the sweep for one that has died. */
  private settleSend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    text: string,
    values: unknown[],
  ): Promise<Snapshot | null> {
    return this.settle(id, text, values, async () => {
      const { rows } = await this.sql.runSurely(SQL.sends, [id]);
      const send = rows.map(toSend).find((row) => row.sendNo === sendNo);
      return send?.outcome === answer.kind;
    });
  }

  /**
   * Writes what the provider has answered: that is not lost with a connection. An empty result of a
   * second try is a success when the row shows that the first one was committed.
   */
  private async settle(
    id: string,
    text: string,
    values: unknown[],
    isOurs: (found: Snapshot) => boolean | Promise<boolean>,
  ): Promise<Snapshot | null> {
    const { rows, again } = await this.sql.runSurely(text, values);
    if (rows[0]) return snapshot(rows[0]);
    if (!again) return null;
    const [row] = (await this.sql.runSurely(SQL.byId, [id])).rows;
    const found = row ? snapshot(row) : null;
    return found && (await isOurs(found)) ? found : null;
  }

  private async one(text: string, values: unknown[]): Promise<Snapshot | null> {
    const [row] = await this.sql.run(text, values);
    return row ? snapshot(row) : null;
  }

  /** `over`: a limit of the number broke the CHECK, and the statement did nothing. */
  private async withinLimits<T>(write: () => Promise<T>): Promise<T | 'over'> {
    try {
      return await write();
    } catch (error) {
      if ((error as { constraint?: string }).constraint === CHECK_LIMITS) return 'over';
      throw error;
    }
  }
}

function toLimitCheck(row: Row | undefined): LimitCheck {
  const until = date(row?.['used_up_until']);
  return {
    usedUp: until && { kind: row?.['used_up_kind'] as UsedUp['kind'], until },
    watched: (row?.['watched'] ?? []) as LimitKind[],
    budgetUsed: (row?.['budget_used'] ?? null) as number | null,
  };
}

/** Another writer came between, under an isolation level that fails instead of waiting, or in a circle of locks. */
const isConflict = (error: unknown): boolean =>
  ['40001', '40P01'].includes((error as { code?: string }).code ?? '');
const date = (value: unknown): Date | null => (value instanceof Date ? value : null);
const snapshot = (row: Row): Snapshot => ({ otp: toOtp(row), now: row['db_now'] as Date });
const toFound = (row: Row): Found => ({
  ...snapshot(row),
  messageId: row['message_id'] as string | null,
  lastSendAt: date(row['last_send_at']),
  cooldownUntil: date(row['cooldown_until']),
  lockedUntil: date(row['locked_until']),
});
const valuesOf = (holder: Holder): (string | null)[] => [
  holder.by === 'subject' ? holder.subject : null,
  holder.purpose ?? null,
];
const refunds = (answer: SendSettlement): boolean => answer.kind === 'failed' && answer.refund;
