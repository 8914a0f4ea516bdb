import { addFailure, lockedUntil } from '../domain/failures.js';
import type { FailureBudget } from '../domain/failures.js';
import {
  addHit,
  budgetUnits,
  cooldownSteps,
  dayOf,
  endOfDay,
  isStop,
  keysOfDay,
  kindOf,
  opensAt,
  UNVERIFIED_KINDS,
} from '../domain/limits.js';
import type { LimitKind, LimitRule, LimitTable } from '../domain/limits.js';
import { countedData, eraseEvent, eraseSend, isErased } from '../domain/erasure.js';
import type { Change } from '../domain/change.js';
import { reportable } from '../domain/report.js';
import type { ReportedOtp } from '../domain/report.js';
import {
  cancel,
  consume,
  guessEvent,
  isFailure,
  isInFlight,
  LEASE_SECONDS,
  LIVE_STATUSES,
  makeWay,
  REPORTS_END_SECONDS,
  reserveResend,
  refuseGuess,
  resendOpensAt,
  reserveTry,
  revoke,
  settleRequest,
  settleResend,
  settleTry,
  STALE_SENDING_SECONDS,
  sweep,
  tryEvent,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
  wasRecheck,
} from '../domain/lifecycle.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { OtpEvent, OtpEventData, OtpEventType, OtpRecord, SendRecord } from '../domain/otp.js';
import type { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import type {
  AskKey,
  CountedLimits,
  Found,
  Holder,
  LimitCheck,
  Loaded,
  NumberKey,
  OtpQuery,
  PreCheck,
  PurgeKind,
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
import { MemoryActionLog } from './memory-action.log.js';
import { MemoryConsoleStore } from './memory-console.store.js';
import { MemoryControlStore } from './memory-control.store.js';
import { MemoryOutboxStore } from './memory-outbox.store.js';
import { MemoryPrivacyStore } from './memory-privacy.store.js';

interface Cooldown {
  hits: Date[];
  until: Date;
}

interface Limit {
  hits: Date[];
  count: number;
}

interface Failures {
  hits: Date[];
  until: Date | null;
}

const HOUR_MS = 3_600_000;
const REPORT_EVENTS: readonly OtpEventType[] = [
  'delivered',
  'undelivered',
  'delivery_report',
  'delivery_mismatch',
  'report_unreadable',
];

/**
 * The store without a database, for tests of an app's own. It runs the very functions of the
 * lifecycle whose rules the Postgres statements carry; one suite runs over both. `OtpTestingModule`
 * makes it; its methods are those of a port, and no contract with an app.
 *
 * @internal
 */
export class MemoryOtpStore extends OtpStore {
  /** What the app's handlers are owed; written together with the events. */
  readonly outbox: MemoryOutboxStore;
  readonly controls: MemoryControlStore;
  readonly console: MemoryConsoleStore;
  readonly privacy: MemoryPrivacyStore;
  readonly actions: MemoryActionLog;
  private readonly otps = new Map<string, OtpRecord>();
  private readonly sendRows = new Map<string, SendRecord[]>();
  private readonly events = new Map<string, OtpEvent[]>();
  private readonly seenReports = new Set<string>();
  private readonly versions = new WeakMap<OtpRecord, string>();
  private versionCount = 0;
  private readonly cooldowns = new Map<string, Cooldown>();
  private readonly failures = new Map<string, Failures>();
  private readonly limits = new Map<string, Limit>();

  constructor(private readonly clock: Clock) {
    super();
    this.outbox = new MemoryOutboxStore(clock);
    this.actions = new MemoryActionLog(clock);
    const withSends = (): (readonly [OtpRecord, readonly SendRecord[]])[] =>
      [...this.otps.values()].map((otp) => [otp, this.sendRows.get(otp.id) ?? []]);
    this.console = new MemoryConsoleStore(clock, withSends);
    this.controls = new MemoryControlStore(clock, {
      otps: withSends,
      forgetFailures: (key) => this.forgetFailures(key),
    });
    this.privacy = new MemoryPrivacyStore(clock, {
      otps: () => this.otps.values(),
      put: (otp) => this.otps.set(otp.id, otp),
      save: (otp, type, at, data = {}) => this.write(otp, type, data, at),
      scrub: (id) => {
        this.scrub(id);
      },
    });
  }

  preCheck(key: AskKey, limits: CountedLimits): Promise<PreCheck> {
    return this.atomic((now) => ({
      ...this.limitCheck(limits, now),
      live: this.live(key),
      cooldownUntil: this.cooldownOf(key, now),
      lockedUntil: this.lockOf(key, now),
      now,
    }));
  }

  checkLimits(limits: CountedLimits): Promise<LimitCheck> {
    return this.atomic((now) => this.limitCheck(limits, now));
  }

  reserveRequest(command: ReserveRequest): Promise<ReserveRequestResult> {
    return this.atomic((now): ReserveRequestResult => {
      const old = command.replaces === null ? undefined : this.otps.get(command.replaces);
      const ended = old ? makeWay(old, now) : null;
      const live = this.live(command.otp);
      if (live && live.id !== ended?.id) return { kind: 'taken' };
      const counted = { keys: command.otp.limitKeys, rules: command.limits };
      if (this.cooldownOf(command.otp, now) || this.limitCheck(counted, now).usedUp)
        return { kind: 'over' };
      this.takeLimits(counted, budgetUnits(command.otp.channel), now);
      const until = this.startCooldown(command.otp, command.cooldownSteps, now);
      if (ended) this.write(ended, ended.status as OtpEventType, {}, now);
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
        // Until its answer it lives no longer than a call to the provider can take.
        expiresAt: after(now, STALE_SENDING_SECONDS),
        createdAt: now,
        verifiedAt: null,
        consumedAt: null,
        revokedAt: null,
        errorCode: null,
        eventCount: 0,
      };
      this.sendRows.set(otp.id, [newSend(otp, 1, now)]);
      const reserved = this.write(otp, 'requested', command.data, now);
      return { kind: 'reserved', otp: reserved, resendAvailableAt: until };
    });
  }

  settleRequest(id: string, answer: SendSettlement, data: OtpEventData): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.otps.get(id);
      const settled = otp ? settleRequest(otp, answer, now) : null;
      if (!settled) return this.settleLate(id, 1, answer, data, now);
      this.settleSend(settled, 1, answer, now);
      const event = answer.kind === 'sent' ? 'sent' : (settled.status as OtpEventType);
      return { otp: this.write(settled, event, data, now), now };
    });
  }

  reserveResend(command: ReserveResend): Promise<ReserveResendResult> {
    return this.atomic((now): ReserveResendResult => {
      const otp = this.held(command.id, command.instance, command.holder);
      const taken = otp ? reserveResend(otp, now) : null;
      const reserved = taken && {
        ...taken,
        limitKeys: keysOfDay(taken.limitKeys, taken.instance, now),
      };
      if (!reserved || this.lockOf(reserved, now) || this.isStopped(reserved, now))
        return { kind: 'refused' };
      const ofAny = ofPurpose(command.cooldowns, reserved.purpose) ?? [];
      const steps = cooldownSteps(reserved.channel, ofAny);
      const lastSendAt = this.sendRows.get(command.id)?.at(-1)?.requestedAt ?? null;
      const cooldownUntil = this.cooldownOf(reserved, now);
      const rules = ofPurpose(command.limits, reserved.purpose) ?? {};
      const counted = { keys: reserved.limitKeys, rules };
      const early = otp && resendOpensAt(otp, cooldownUntil, lastSendAt, now);
      if (early || this.limitCheck(counted, now).usedUp) return { kind: 'over' };
      this.takeLimits(counted, budgetUnits(reserved.channel), now);
      const until = this.startCooldown(reserved, steps, now);
      const sendNo = reserved.sends;
      this.sendRows.get(reserved.id)?.push(newSend(reserved, sendNo, now));
      const saved = this.write(reserved, 'resend_requested', { send: sendNo }, now);
      return { kind: 'reserved', otp: saved, sendNo, resendAvailableAt: until };
    });
  }

  settleResend(
    id: string,
    sendNo: number,
    answer: SendSettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.otps.get(id);
      const before = reportable(this.sendRows.get(id) ?? []).find(
        (send) => send.sendNo < sendNo,
      )?.delivery;
      const open = this.sendRows.get(id)?.[sendNo - 1]?.outcome === 'sending';
      const settled = otp && open ? settleResend(otp, sendNo, answer, now, before) : null;
      if (!settled) return this.settleLate(id, sendNo, answer, data, now);
      this.settleSend(settled, sendNo, answer, now);
      const event = answer.kind === 'sent' ? 'resent' : (`resend_${answer.kind}` as const);
      return { otp: this.write(settled, event, data, now), now };
    });
  }

  reserveTry(command: ReserveTry): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.held(command.id, command.instance, command.holder);
      const reserved = otp ? reserveTry(otp, command.codeMac, now) : null;
      if (!reserved) return null;
      if (!wasRecheck(reserved)) {
        const budget = ofPurpose(command.budgets, reserved.purpose);
        if (this.lockOf(reserved, now) || !budget) return null;
        this.takeFailure(reserved, budget, now);
      }
      this.otps.set(reserved.id, reserved);
      return { otp: reserved, now };
    });
  }

  settleTry(
    id: string,
    asked: AskedTry,
    answer: TrySettlement,
    data: OtpEventData,
  ): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const otp = this.otps.get(id);
      const resending = isInFlight(this.sendRows.get(id)?.at(-1), now);
      const settled = otp ? settleTry(otp, asked, answer, now, resending) : null;
      if (!otp || !settled) return null;
      if (settled.status === 'verified') this.returnUnverified(settled);
      const locks = this.settleFailure(otp, isFailure(otp, asked, answer, resending), now);
      const saved = this.write(settled, tryEvent(settled, answer), data, now);
      return { otp: locks ? this.write(saved, 'locked', {}, now) : saved, now };
    });
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

  loadReported({ instance, id, dedupeKey }: ReportQuery): Promise<Loaded<ReportedOtp> | null> {
    return this.atomic((now) => {
      const otp = this.held(id, instance);
      if (!otp || isErased(otp)) return null;
      const sends = (this.sendRows.get(id) ?? []).map((send) => ({ ...send }));
      const isDuplicate = this.seenReports.has(`${id}:${dedupeKey}`);
      return { version: this.versionOf(otp, now), state: { otp, sends, isDuplicate } };
    });
  }

  save(
    { id, xmin, readAt }: Version,
    { otp, send, events, maxAge }: Change,
  ): Promise<'saved' | 'conflict'> {
    return this.atomic((now) => {
      const current = this.otps.get(id);
      if (
        !current ||
        this.versionOf(current, now).xmin !== xmin ||
        (maxAge !== undefined && after(readAt, maxAge) < now)
      )
        return 'conflict';
      let next: OtpRecord = { ...current, ...otp };
      this.otps.set(id, next);
      if (send) {
        const others = (this.sendRows.get(id) ?? []).filter(({ sendNo }) => sendNo !== send.sendNo);
        this.sendRows.set(
          id,
          [...others, send].sort((a, b) => a.sendNo - b.sendNo),
        );
      }
      for (const { type, data, dedupeKey } of events) {
        next = this.write(next, type, data, now);
        if (dedupeKey !== undefined) this.seenReports.add(`${id}:${dedupeKey}`);
      }
      return 'saved';
    });
  }

  reportReadings(instance: string): Promise<ReportReadings> {
    return this.atomic((now) => {
      const newest = [...this.otps.values()]
        .filter((otp) => otp.instance === instance)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, 1000);
      const reports = newest
        .flatMap(({ id }) => this.events.get(id) ?? [])
        .filter(({ type, at }) => REPORT_EVENTS.includes(type) && after(at, 24 * 3600) > now)
        .sort((a, b) => b.at.getTime() - a.at.getTime());
      const isUnreadable = ({ type }: OtpEvent): boolean => type === 'report_unreadable';
      const last = reports.find(isUnreadable);
      return {
        unreadable: new Set(reports.filter(isUnreadable).map(({ otpId }) => otpId)).size,
        lastUnreadable: last ? { at: last.at, reason: String(last.data['reason']) } : null,
        lastRead: reports.find((event) => !isUnreadable(event))?.at ?? null,
      };
    });
  }

  find(instance: string, query: OtpQuery, limit: number): Promise<Found[]> {
    return this.newest(instance, (otp) => this.matches(otp, query), limit);
  }

  async findHeld(instance: string, id: string, holder: Holder): Promise<Found | null> {
    const isHeld = (otp: OtpRecord): boolean => otp === this.held(id, instance, holder);
    const [found] = await this.newest(instance, isHeld, 1);
    return found ?? null;
  }

  findMany(instance: string, ids: readonly string[]): Promise<Found[]> {
    return this.newest(instance, ({ id }) => ids.includes(id), ids.length);
  }

  private newest(
    instance: string,
    matches: (otp: OtpRecord) => boolean,
    limit: number,
  ): Promise<Found[]> {
    return this.atomic((now) =>
      [...this.otps.values()]
        .filter((otp) => otp.instance === instance && matches(otp))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit)
        .map((otp) => ({
          otp,
          now,
          messageId: reportable(this.sendRows.get(otp.id) ?? [])[0]?.messageId ?? null,
          lastSendAt: this.sendRows.get(otp.id)?.at(-1)?.requestedAt ?? null,
          cooldownUntil: this.cooldownOf(otp, now),
          lockedUntil: this.lockOf(otp, now),
        })),
    );
  }

  sends(id: string): Promise<SendRecord[]> {
    return this.atomic((now) =>
      (this.sendRows.get(id) ?? []).map((send) => {
        const lost = send.outcome === 'sending' && !isInFlight(send, now);
        return { ...send, outcome: lost ? 'unknown' : send.outcome };
      }),
    );
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

  purge(instance: string, kind: PurgeKind, days: number, batch: number): Promise<number> {
    return this.atomic((now) => {
      const before = now.getTime() - days * 24 * HOUR_MS;
      switch (kind) {
        case 'otps': {
          const due = [...this.otps.values()]
            .filter((otp) => otp.instance === instance && otp.createdAt.getTime() < before)
            .filter((otp) => this.isOver(otp, now))
            .slice(0, batch);
          for (const { id } of due) {
            for (const rows of [this.otps, this.sendRows, this.events]) rows.delete(id);
            this.outbox.drop(({ otpId }) => otpId === id);
          }
          return due.length;
        }
        case 'history': {
          const due = [...this.events.values()]
            .flat()
            .filter(({ otpId, at }) => this.held(otpId, instance) && at.getTime() < before)
            .filter(({ otpId, eventNo }) => !this.outbox.isOwed(otpId, eventNo))
            .slice(0, batch);
          for (const event of due) {
            const { otpId, eventNo } = event;
            const kept = (this.events.get(otpId) ?? []).filter((other) => other !== event);
            this.events.set(otpId, kept);
            this.outbox.drop((row) => row.otpId === otpId && row.eventNo === eventNo);
          }
          return due.length;
        }
        case 'limits': {
          const due = [this.cooldowns, this.failures].flatMap((limits) =>
            [...limits]
              .filter(([, { hits, until }]) => {
                const recent = hits.some((hit) => hit.getTime() >= before);
                return !recent && (until === null || until <= now);
              })
              .map(
                ([key]) =>
                  () =>
                    limits.delete(key),
              ),
          );
          for (const [key, { hits }] of this.limits)
            if (!hits.some((hit) => hit.getTime() >= before) && !keptDay(key, now))
              due.push(() => this.limits.delete(key));
          return due.slice(0, batch).filter((remove) => remove()).length;
        }
      }
    });
  }

  private isOver(otp: OtpRecord, now: Date): boolean {
    const live: readonly string[] = LIVE_STATUSES;
    const lastSend = this.sendRows.get(otp.id)?.at(-1)?.requestedAt ?? otp.createdAt;
    const reportsMayCome = after(lastSend, REPORTS_END_SECONDS) > now;
    return !live.includes(otp.status) && !reportsMayCome && !this.outbox.isOwed(otp.id);
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
        this.write(otp, otp.status as OtpEventType, { by: 'sweeper' }, now);
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
    data: OtpEventData = {},
  ): Promise<Snapshot | null> {
    return this.atomic((now) => {
      const moved = otp ? move(this.otps.get(otp.id) ?? otp, now) : null;
      return moved && { otp: this.write(moved, event(moved), data, now), now };
    });
  }

  private held(id: string, instance: string, holder?: Holder): OtpRecord | undefined {
    const otp = this.otps.get(id);
    if (otp?.instance !== instance) return undefined;
    if (holder?.by === 'subject' && otp.subject !== holder.subject) return undefined;
    return holder?.purpose !== undefined && otp.purpose !== holder.purpose ? undefined : otp;
  }

  private live(key: NumberKey): OtpRecord | null {
    const states: readonly string[] = LIVE_STATUSES;
    for (const otp of this.otps.values())
      if (numberOf(otp) === numberOf(key) && states.includes(otp.status)) return otp;
    return null;
  }

  private write(
    otp: OtpRecord,
    type: OtpEventType,
    data: Record<string, unknown>,
    at: Date,
  ): OtpRecord {
    const saved = { ...otp, eventCount: otp.eventCount + 1 };
    this.otps.set(otp.id, saved);
    const events = this.events.get(otp.id) ?? [];
    const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
    const event = { otpId: otp.id, eventNo: saved.eventCount, type, at, data: plain };
    events.push(event);
    this.events.set(otp.id, events);
    this.outbox.owe(saved, event);
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
      for (const key of otp.limitKeys)
        this.giveBack(key, [send.requestedAt], budgetUnits(otp.channel));
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
    data: OtpEventData,
    now: Date,
  ): null {
    const otp = this.otps.get(id);
    const send = this.sendRows.get(id)?.find((row) => row.sendNo === sendNo);
    if (!otp || !send) return null;
    const named = answer.kind === 'sent' && !isErased(otp) ? answer : null;
    send.outcome = answer.kind;
    send.providerOtpId = named?.providerOtpId ?? null;
    send.referenceCode = named?.referenceCode ?? null;
    const told = { ...data, send: sendNo, outcome: answer.kind };
    this.write(otp, 'late_answer', isErased(otp) ? countedData(told) : told, now);
    return null;
  }

  private scrub(id: string): void {
    this.sendRows.set(id, (this.sendRows.get(id) ?? []).map(eraseSend));
    this.events.set(id, (this.events.get(id) ?? []).map(eraseEvent));
    this.outbox.erase(id);
    for (const copy of this.seenReports)
      if (copy.startsWith(`${id}:`)) this.seenReports.delete(copy);
  }

  /** Records are replaced and never changed. */
  private versionOf(otp: OtpRecord, readAt: Date): Version {
    let xmin = this.versions.get(otp);
    if (xmin === undefined) this.versions.set(otp, (xmin = String((this.versionCount += 1))));
    return { id: otp.id, xmin, readAt };
  }

  private cooldownOf(key: NumberKey, now: Date): Date | null {
    const until = this.cooldowns.get(numberOf(key))?.until;
    return until && until > now ? until : null;
  }

  private startCooldown(key: NumberKey, steps: readonly number[], now: Date): Date {
    const hits = (this.cooldowns.get(numberOf(key))?.hits ?? []).filter(
      (hit) => hit.getTime() > now.getTime() - HOUR_MS,
    );
    const until = after(now, steps[Math.min(hits.length, steps.length - 1)] ?? 0);
    this.cooldowns.set(numberOf(key), { hits: [...hits, now].slice(-steps.length), until });
    return until;
  }

  private limitCheck({ keys, rules }: CountedLimits, now: Date): LimitCheck {
    const ends = keys.flatMap((key) => {
      const kind = kindOf(key);
      if (isStop(kind)) {
        const stop = this.controls.stopOf(key, now);
        return stop ? [{ ...stop, enforced: true }] : [];
      }
      const { hits, count } = this.limits.get(key) ?? { hits: [], count: 0 };
      const rule = rules[kind];
      if (!rule) return [];
      const spent = rule.budget !== undefined && count >= rule.budget;
      const until = spent ? endOfDay(now) : opensAt(hits, rule.rates, now);
      return until ? [{ kind, until, enforced: rule.enforced }] : [];
    });
    const enforced = ends.filter((end) => end.enforced);
    const [last] = enforced.sort((a, b) => b.until.getTime() - a.until.getTime());
    const used = keys.flatMap((key) => {
      const budget = ruleOf(rules, key)?.budget;
      const count = this.limits.get(key)?.count;
      return budget === undefined || count === undefined ? [] : [count / budget];
    });
    return {
      usedUp: last ? { kind: last.kind, until: last.until } : null,
      watched: ends.filter((end) => !end.enforced).map(({ kind }) => kind as LimitKind),
      budgetUsed: used[0] ?? null,
    };
  }

  private takeLimits({ keys, rules }: CountedLimits, units: number, now: Date): void {
    for (const key of keys) {
      const rule = ruleOf(rules, key);
      if (!rule) continue;
      const { hits, count } = this.limits.get(key) ?? { hits: [], count: 0 };
      const counts = rule.budget !== undefined;
      this.limits.set(key, {
        hits: counts ? hits : addHit(hits, rule.rates, now),
        count: count + (counts ? units : 0),
      });
    }
  }

  private giveBack(key: string, times: readonly Date[], units = 1): void {
    const limit = this.limits.get(key);
    if (!limit) return;
    for (const time of times) {
      const own = limit.hits.map((hit) => hit.getTime()).lastIndexOf(time.getTime());
      limit.hits = limit.hits.filter((_, n) => n !== own);
    }
    if (kindOf(key) === 'day') limit.count = Math.max(0, limit.count - units);
  }

  private returnUnverified(otp: OtpRecord): void {
    const kinds: readonly string[] = UNVERIFIED_KINDS;
    const times = (this.sendRows.get(otp.id) ?? []).map(({ requestedAt }) => requestedAt);
    for (const key of otp.limitKeys) if (kinds.includes(kindOf(key))) this.giveBack(key, times);
  }

  private isStopped(otp: OtpRecord, now: Date): boolean {
    return otp.limitKeys.some((key) => this.controls.stopOf(key, now) !== null);
  }

  private forgetFailures(key: NumberKey): boolean {
    const prefix = `${numberOf(key)}:`;
    const due = [...this.failures.keys()].filter((asker) => asker.startsWith(prefix));
    for (const asker of due) this.failures.delete(asker);
    return due.length > 0;
  }

  private lockOf(key: AskKey, now: Date): Date | null {
    const until = this.failures.get(askerOf(key))?.until ?? null;
    return until && until > now ? until : null;
  }

  private takeFailure(otp: OtpRecord, budget: FailureBudget, now: Date): void {
    const hits = addFailure(this.failures.get(askerOf(otp))?.hits ?? [], budget, now);
    this.failures.set(askerOf(otp), { hits, until: lockedUntil(hits, budget) });
  }

  /** Whether the failure stays and locks the number; one that was none is given back. */
  private settleFailure(otp: OtpRecord, failed: boolean, now: Date): boolean {
    if (wasRecheck(otp)) return false;
    if (failed) return this.lockOf(otp, now) !== null;
    const hits = this.failures.get(askerOf(otp))?.hits ?? [];
    const triedAt = (otp.leaseUntil?.getTime() ?? 0) - LEASE_SECONDS * 1000;
    const own = hits.map((hit) => hit.getTime()).lastIndexOf(triedAt);
    this.failures.set(askerOf(otp), { hits: hits.filter((_, n) => n !== own), until: null });
    return false;
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

/** A day's counter has no hits: it goes with its day. */
const keptDay = (key: string, now: Date): boolean => key.endsWith(dayOf(now));

const askerOf = (key: AskKey): string => `${numberOf(key)}:${key.subject ?? ''}`;

function ruleOf(rules: LimitTable, key: string): LimitRule | undefined {
  const kind = kindOf(key);
  return isStop(kind) ? undefined : rules[kind];
}

function ofPurpose<T>(table: Readonly<Record<string, T>>, purpose: string): T | undefined {
  return table[Object.hasOwn(table, purpose) ? purpose : ''];
}

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
