import { deliveryRank, deliveryWins } from '../domain/delivery.js';
import type { DeliveryFacts } from '../domain/delivery.js';
import {
  cancel,
  consume,
  guessEvent,
  LIVE_STATUSES,
  makeWay,
  reserveResend,
  refuseGuess,
  reserveTry,
  revoke,
  settleRequest,
  settleResend,
  settleTry,
  sweep,
  tryEvent,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
} from '../domain/lifecycle.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { OtpEvent, OtpEventType, OtpRecord, SendRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import type {
  EventData,
  Found,
  Holder,
  NumberKey,
  OtpQuery,
  PreCheck,
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

interface Cooldown {
  hits: Date[];
  until: Date;
}

const HOUR_MS = 3_600_000;

/**
 * The store without a database, for tests of an app's own. It runs the very functions of the
 * lifecycle whose rules the Postgres statements carry; one suite runs over both.
 */
export class MemoryOtpStore extends OtpStore {
  private readonly otps = new Map<string, OtpRecord>();
  private readonly sendRows = new Map<string, SendRecord[]>();
  private readonly events = new Map<string, OtpEvent[]>();
  private readonly seenReports = new Set<string>();
  private readonly cooldowns = new Map<string, Cooldown>();

  constructor(private readonly clock: Clock) {
    super();
  }

  preCheck(key: NumberKey): Promise<PreCheck> {
    return this.atomic((now) => ({
      live: this.live(key),
      cooldownUntil: this.cooldownOf(key, now),
      now,
    }));
  }

  reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult> {
    return this.atomic((now): ReserveRequestResult => {
      const old = command.replaces === null ? undefined : this.otps.get(command.replaces);
      const ended = old ? makeWay(old, now) : null;
      const live = this.live(command.otp);
      if (live && live.id !== ended?.id) return { kind: 'taken' };
      const until = this.takeCooldown(command.otp, command.cooldownSteps, now);
      if (!until) return { kind: 'cooldown' };
      if (ended) this.save(ended, ended.status as OtpEventType, {}, now);
      const otp: OtpRecord = {
        ...command.otp,
        status: 'sending',
        providerOtpId: null,
        referenceCode: null,
        attempts: 0,
        sends: 1,
        leaseNo: 0,
        leaseUntil: null,
        tryMac: null,
        unknownMac: null,
        expiresAt: after(now, command.otp.ttlSeconds),
        createdAt: now,
        verifiedAt: null,
        consumedAt: null,
        revokedAt: null,
        errorCode: null,
        eventCount: 0,
      };
      this.sendRows.set(otp.id, [newSend(otp, 1, now)]);
      const reserved = this.save(otp, 'requested', command.data, now);
      return { kind: 'reserved', otp: reserved, resendAvailableAt: until };
    });
  }

  settleRequest(id: string, answer: SendSettlement, data: EventData): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.otps.get(id);
      const settled = otp ? settleRequest(otp, answer, now) : null;
      if (!settled) return this.settleLate(id, 1, answer, data, now);
      this.settleSend(settled, 1, answer, now);
      const event = answer.kind === 'sent' ? 'sent' : (settled.status as OtpEventType);
      return { otp: this.save(settled, event, data, now), now };
    });
  }

  reserveResend(command: ReserveResend): Promise<ReserveResendResult> {
    return this.atomic((now): ReserveResendResult => {
      const otp = this.held(command.id, command.instance, command.holder);
      const reserved = otp ? reserveResend(otp, now) : null;
      if (!reserved) return { kind: 'refused' };
      const { cooldowns } = command;
      const own = Object.hasOwn(cooldowns, reserved.purpose) ? reserved.purpose : '';
      const steps = cooldowns[own] ?? [];
      const until = this.takeCooldown(reserved, steps, now);
      if (!until) return { kind: 'cooldown' };
      const sendNo = reserved.sends;
      this.sendRows.get(reserved.id)?.push(newSend(reserved, sendNo, now));
      const saved = this.save(reserved, 'resend_requested', { send: sendNo }, now);
      return { kind: 'reserved', otp: saved, sendNo, resendAvailableAt: until };
    });
  }

  settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: EventData,
  ): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.otps.get(id);
      const settled = otp ? settleResend(otp, sendNo, answer, now) : null;
      if (!settled) return this.settleLate(id, sendNo, answer, data, now);
      this.settleSend(settled, sendNo, answer, now);
      const event = answer.kind === 'sent' ? 'resent' : (`resend_${answer.kind}` as const);
      return { otp: this.save(settled, event, data, now), now };
    });
  }

  reserveTry(command: ReserveTry): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.held(command.id, command.instance, command.holder);
      const reserved = otp ? reserveTry(otp, command.codeMac, now) : null;
      if (!reserved) return null;
      this.otps.set(reserved.id, reserved);
      return { otp: reserved, now };
    });
  }

  settleTry(
    id: string,
    asked: AskedTry,
    answer: TrySettlement,
    data: EventData,
  ): Promise<Snapshot | null> {
    return this.change(
      this.otps.get(id),
      (otp, now) => settleTry(otp, asked, answer, now),
      (settled) => tryEvent(settled, answer),
      data,
    );
  }

  async refuseGuess(id: string, codeMac: Buffer): Promise<void> {
    await this.change(this.otps.get(id), (otp, now) => refuseGuess(otp, codeMac, now), guessEvent);
  }

  cancel(id: string, instance: string, holder: Holder): Promise<Snapshot | null> {
    return this.change(this.held(id, instance, holder), cancel, () => 'canceled');
  }

  consume(id: string, instance: string): Promise<Snapshot | null> {
    return this.change(this.held(id, instance), consume, () => 'consumed');
  }

  revoke(id: string, instance: string): Promise<Snapshot | null> {
    return this.change(this.held(id, instance), revoke, () => 'revoked');
  }

  applyReport(command: StoreReport): Promise<ReportResult> {
    return this.atomic((now) => {
      const { report } = command;
      const otp = this.held(command.id, command.instance);
      if (!otp) return 'not_found';
      const copy = `${otp.id}:${command.dedupeKey}`;
      if (this.seenReports.has(copy)) return 'duplicate';
      this.seenReports.add(copy);
      const mismatch =
        (command.hasTo && !command.toMac?.equals(otp.mobileMac)) ||
        (report.callbackData !== undefined &&
          otp.callbackData !== null &&
          report.callbackData !== otp.callbackData);
      const send = mismatch ? undefined : this.sendFor(otp.id, report.messageId);
      if (send) applyTo(send, report);
      const rises = deliveryRank(report.delivery) > deliveryRank(otp.delivery);
      const moves = send?.sendNo === otp.sends && otp.delivery !== 'external' && rises;
      this.save(
        moves ? { ...otp, delivery: report.delivery } : otp,
        mismatch ? 'delivery_mismatch' : 'delivery_report',
        { ...command.data, send: send?.sendNo ?? null },
        now,
      );
      return mismatch ? 'mismatch' : send ? 'applied' : 'recorded';
    });
  }

  find(instance: string, query: OtpQuery, limit: number): Promise<Found[]> {
    return this.atomic((now) =>
      [...this.otps.values()]
        .filter((otp) => otp.instance === instance && this.matches(otp, query))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit)
        .map((otp) => ({
          otp,
          now,
          messageId: this.sendRows.get(otp.id)?.at(-1)?.messageId ?? null,
          cooldownUntil: this.cooldownOf(otp, now),
        })),
    );
  }

  sends(id: string): Promise<SendRecord[]> {
    return this.atomic(() => (this.sendRows.get(id) ?? []).map((send) => ({ ...send })));
  }

  history(id: string): Promise<OtpEvent[]> {
    return this.atomic(() => [...(this.events.get(id) ?? [])]);
  }

  async sweepOne(id: string): Promise<void> {
    await this.sweepRows((otp) => otp.id === id, 1);
  }

  sweep(batch: number): Promise<SweepResult> {
    return this.sweepRows(() => true, batch);
  }

  private sweepRows(which: (otp: OtpRecord) => boolean, batch: number): Promise<SweepResult> {
    return this.atomic((now) => {
      const result: SweepResult = { expired: 0, unknown: 0 };
      const due = [...this.otps.values()]
        .filter(which)
        .flatMap((otp) => sweep(otp, now) ?? [])
        .slice(0, batch);
      for (const otp of due) {
        if (otp.status === 'send_unknown') {
          result.unknown += 1;
          this.shortenCooldown(otp, now);
        } else result.expired += 1;
        for (const send of this.sendRows.get(otp.id) ?? [])
          if (send.outcome === 'sending') send.outcome = 'unknown';
        this.save(otp, otp.status as OtpEventType, { by: 'sweeper' }, now);
      }
      return result;
    });
  }

  /** Nothing can come between: there is no await inside. */
  private async atomic<T>(work: (now: Date) => T): Promise<T> {
    await Promise.resolve();
    return work(new Date(this.clock.now()));
  }

  private change(
    otp: OtpRecord | undefined,
    move: (otp: OtpRecord, now: Date) => OtpRecord | null,
    event: (moved: OtpRecord) => OtpEventType,
    data: EventData = {},
  ): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const moved = otp ? move(this.otps.get(otp.id) ?? otp, now) : null;
      return moved && { otp: this.save(moved, event(moved), data, now), now };
    });
  }

  private held(id: string, instance: string, holder?: Holder): OtpRecord | undefined {
    const otp = this.otps.get(id);
    if (otp?.instance !== instance) return undefined;
    return holder?.by === 'subject' && otp.subject !== holder.subject ? undefined : otp;
  }

  private live(key: NumberKey): OtpRecord | null {
    const states: readonly string[] = LIVE_STATUSES;
    for (const otp of this.otps.values())
      if (numberOf(otp) === numberOf(key) && states.includes(otp.status)) return otp;
    return null;
  }

  private save(
    otp: OtpRecord,
    type: OtpEventType,
    data: Record<string, unknown>,
    at: Date,
  ): OtpRecord {
    const saved = { ...otp, eventCount: otp.eventCount + 1 };
    this.otps.set(otp.id, saved);
    const events = this.events.get(otp.id) ?? [];
    const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
    events.push({ otpId: otp.id, eventNo: saved.eventCount, type, at, data: plain });
    this.events.set(otp.id, events);
    return saved;
  }

  private settleSend(otp: OtpRecord, sendNo: number, answer: SendSettlement, now: Date): void {
    const send = this.sendRows.get(otp.id)?.find((row) => row.sendNo === sendNo);
    if (!send) return;
    send.outcome = answer.kind;
    if (answer.kind === 'sent') {
      send.providerOtpId = answer.providerOtpId;
      send.referenceCode = answer.referenceCode;
    } else if (answer.kind === 'unknown') this.shortenCooldown(otp, now);
    else if (answer.refund) {
      const cooldown = this.cooldowns.get(numberOf(otp));
      if (!cooldown) return;
      cooldown.hits = cooldown.hits.filter((hit) => hit.getTime() !== send.requestedAt.getTime());
      cooldown.until = now;
    }
  }

  private settleLate(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: EventData,
    now: Date,
  ): null {
    const otp = this.otps.get(id);
    const send = this.sendRows.get(id)?.find((row) => row.sendNo === sendNo);
    if (!otp || !send) return null;
    send.outcome = answer.kind;
    send.providerOtpId = answer.kind === 'sent' ? answer.providerOtpId : null;
    send.referenceCode = answer.kind === 'sent' ? answer.referenceCode : null;
    this.save(otp, 'late_answer', { ...data, send: sendNo, outcome: answer.kind }, now);
    return null;
  }

  private sendFor(id: string, messageId: string | undefined): SendRecord | undefined {
    const newestFirst = [...(this.sendRows.get(id) ?? [])].reverse();
    if (messageId === undefined) return newestFirst[0];
    return (
      newestFirst.find((send) => send.messageId === messageId) ??
      newestFirst.find((send) => send.messageId === null)
    );
  }

  private cooldownOf(key: NumberKey, now: Date): Date | null {
    const until = this.cooldowns.get(numberOf(key))?.until;
    return until && until > now ? until : null;
  }

  private takeCooldown(key: NumberKey, steps: readonly number[], now: Date): Date | null {
    if (this.cooldownOf(key, now)) return null;
    const hits = (this.cooldowns.get(numberOf(key))?.hits ?? []).filter(
      (hit) => hit.getTime() > now.getTime() - HOUR_MS,
    );
    const until = after(now, steps[Math.min(hits.length, steps.length - 1)] ?? 0);
    this.cooldowns.set(numberOf(key), { hits: [...hits, now].slice(-steps.length), until });
    return until;
  }

  private shortenCooldown(otp: OtpRecord, now: Date): void {
    const cooldown = this.cooldowns.get(numberOf(otp));
    const soon = after(now, UNKNOWN_SEND_COOLDOWN_SECONDS);
    if (cooldown && cooldown.until > soon) cooldown.until = soon;
  }

  private matches(otp: OtpRecord, query: OtpQuery): boolean {
    const sends = this.sendRows.get(otp.id) ?? [];
    if ('id' in query) return otp.id === query.id;
    if ('mobileMac' in query) return otp.mobileMac.equals(query.mobileMac);
    if ('referenceCode' in query)
      return sends.some((send) => send.referenceCode === query.referenceCode);
    if ('otpId' in query) return sends.some((send) => send.providerOtpId === query.otpId);
    if ('messageId' in query) return sends.some((send) => send.messageId === query.messageId);
    if ('callbackData' in query) return otp.callbackData === query.callbackData;
    return otp.subject === query.subject;
  }
}

const after = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000);

const numberOf = ({ instance, purpose, mobileMac }: NumberKey): string =>
  `${instance}:${purpose}:${mobileMac.toString('hex')}`;

function newSend(otp: OtpRecord, sendNo: number, now: Date): SendRecord {
  return {
    otpId: otp.id,
    sendNo,
    providerOtpId: null,
    referenceCode: null,
    outcome: 'sending',
    messageId: null,
    bulkId: null,
    credit: null,
    delivery: otp.delivery,
    deliveryCode: null,
    description: null,
    requestedAt: now,
    sentAt: null,
    doneAt: null,
  };
}

function applyTo(send: SendRecord, report: StoreReport['report']): void {
  send.messageId ??= report.messageId ?? null;
  const facts: DeliveryFacts = {
    delivery: report.delivery,
    deliveryCode: report.statusCode ?? null,
    description: report.description ?? null,
    doneAt: report.doneAt ?? null,
    sentAt: report.sentAt ?? null,
    bulkId: report.bulkId ?? null,
    credit: report.credit ?? null,
  };
  if (deliveryWins(facts, send)) Object.assign(send, facts);
}
