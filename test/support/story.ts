import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { stringify as formatUuid } from 'uuid';
import { isOtpException, OtpSweeper } from 'nestjs-ants-otp';
import type {
  OtpChallenge,
  OtpErrorCode,
  OtpHolder,
  OtpOptions,
  OtpRequest,
  OtpService,
  OtpVerification,
  PurgeResult,
} from 'nestjs-ants-otp';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type {
  AntsCall,
  AntsFault,
  AntsReportStatus,
  AntsSimulatorOptions,
  SentSms,
} from 'nestjs-ants-otp/testing';
import { SystemClock } from '../../src/service/system-clock.js';
import { OtpProofs } from '../../src/service/otp-proofs.js';
import { bootApp } from './app.js';
import type { TestApp } from './app.js';
import type { TestDatabase } from './database.js';
import { recordedSimulator } from './leaks/recorded-simulator.js';
import { letTimePass } from './let-time-pass.js';

/** Which of the two apps. */
export type AppNo = 0 | 1;
/** `subject` is the ticket for an OTP without a subject; `nobody` names neither. */
export type By = 'ticket' | 'subject' | 'stranger' | 'nobody';

/** One thing that happens. `otp` counts back from the newest one that somebody was told of. */
export type Step =
  | {
      do: 'request';
      app: AppNo;
      number: number;
      purpose?: string;
      subject?: string;
      key?: string;
      ip?: string;
    }
  | { do: 'resend'; app: AppNo; otp: number; by: By }
  | {
      do: 'verify';
      app: AppNo;
      otp: number;
      by: By;
      code: 'right' | 'old' | 'wrong';
      guess: number;
    }
  | { do: 'cancel'; app: AppNo; otp: number; by: By | 'server' }
  | { do: 'consume'; app: AppNo; otp: number; within: 'statement' | 'commit' | 'rollback' }
  | { do: 'revoke'; app: AppNo; otp: number }
  | {
      do: 'report';
      otp: number;
      sms: 'newest' | 'first';
      status: AntsReportStatus;
      times: number;
      astray: boolean;
    }
  | { do: 'pass'; seconds: number }
  | { do: 'sweep' | 'purge'; app: AppNo }
  | { do: 'fault'; call: Exclude<AntsCall, 'balance'>; fault: AntsFault };

type VerifyStep = Extract<Step, { do: 'verify' }>;

/** What became of a step: its answer, or the code it was refused with. */
export interface Answer {
  code: OtpErrorCode | null;
  value?: unknown;
}

/** An OTP as the one who asked for it knows it. */
export interface Told {
  id: string;
  ticket: string;
  mobile: string;
  purpose: string;
  subject: string | null;
  key: string | null;
}

export interface Try {
  id: string;
  code: string;
  /** Whether it was typed by a holder. */
  own: boolean;
  answer: Answer;
}

const ENDS = [
  ...['send_failed', 'send_unknown', 'max_attempts_reached', 'expired', 'canceled', 'superseded'],
  'already_used',
];
/** What a step may be refused with (docs/errors.md). */
const REFUSALS: Partial<Record<Step['do'], readonly string[]>> = {
  request: [...ENDS, 'idempotency_mismatch', 'cooldown', 'locked', 'number_rejected', 'busy'],
  resend: [
    ...[...ENDS, 'not_found', 'cooldown', 'locked', 'max_sends_reached', 'too_late_to_resend'],
    ...['still_sending', 'number_rejected', 'busy'],
  ],
  verify: [...ENDS, 'not_found', 'wrong_code', 'locked', 'verify_unknown', 'still_sending', 'busy'],
  cancel: [...ENDS, 'not_found'],
  consume: ['proof_consumed'],
};

/** Codes that people try; one that happens to be right is made wrong. */
const GUESSES = ['111111', '222222', '333333', '444444', '555555', '666666'];
/** Losses of answers in a row that the gate before ANTS forgives, less one. */
const OUTAGES = 4;
const DAY_MS = 86_400_000;

/**
 * The apps' clock: 30 days behind, so that the ids it makes are old enough for the purge, and with
 * short sleeps, so that one app polls often for what the other does.
 */
class StoryClock extends SystemClock {
  override now(): number {
    return super.now() - 30 * DAY_MS;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(ms < 1_000 ? ms / 10 : ms, signal);
  }
}

export interface StoryOptions {
  numbers: readonly string[];
  options?: Partial<OtpOptions>;
  simulator?: AntsSimulatorOptions;
  /** Handlers of events, in both apps. */
  providers?: Provider[];
}

/** Counted like all sends, and never used up. */
export const MANY_SENDS = {
  sendLimit: { perHour: 10_000, perDay: 10_000 },
  subjectSendLimit: { perHour: 10_000, perDay: 10_000 },
  blockLimit: 10_000,
};

/** Two apps over one database and one ANTS, and everything that was ever asked, told and answered. */
export class Story {
  readonly told: Told[] = [];
  readonly tries: Try[] = [];
  readonly verified: { id: string; answer: OtpVerification }[] = [];
  /** Ids whose proof was used up, revoked; OTPs that were canceled. */
  readonly consumed: string[] = [];
  readonly revoked: string[] = [];
  readonly canceled: string[] = [];
  /** Calls made, by number. */
  readonly asks = new Map<string, number>();
  /** Calls made, by OTP. */
  readonly resends = new Map<string, number>();
  /** Purges begun: a row is gone for other workers as soon as its batch is committed. */
  purges = 0;
  /** OTPs that they said they had deleted. */
  purged = 0;
  private readonly faults = new Map<AntsCall, { left: number; seen: number }>();
  private outages = 0;

  private constructor(
    readonly numbers: readonly string[],
    readonly apps: readonly [TestApp, TestApp],
    readonly simulator: AntsSimulator,
    /** Every SMS, by the OTP that its address for reports names. */
    readonly sms: Map<string, SentSms[]>,
  ) {}

  static async start({
    numbers,
    options,
    simulator: ants,
    providers,
  }: StoryOptions): Promise<Story> {
    const sms = new Map<string, SentSms[]>();
    const simulator = recordedSimulator({
      ...{ latencyMs: [0, 6], seed: 11, ...ants },
      onSms: (sent) => sms.set(otpOf(sent), [...(sms.get(otpOf(sent)) ?? []), sent]),
    });
    await simulator.start();
    const boot = { simulator, options, providers, clock: new StoryClock(), poolSize: 20 };
    const one = await bootApp(boot);
    const two = await bootApp({ ...boot, database: one.database });
    return new Story(numbers, [one, two], simulator, sms);
  }

  get database(): TestDatabase {
    return this.apps[0].database;
  }

  /** Forgets everything, and lets both apps see that ANTS is well. */
  async reset(): Promise<void> {
    const empty =
      'DELETE FROM otp_limits; DELETE FROM otp_sends; DELETE FROM otp_events; DELETE FROM otps';
    await this.simulator.reportsSettled();
    this.simulator.reset();
    await this.database.query(empty);
    for (const [n, { otps }] of this.apps.entries())
      await otps.request({ mobile: `081999000${n}` });
    await this.simulator.reportsSettled();
    await this.database.query(empty);
    this.simulator.reset();
    for (const list of [
      this.told,
      this.tries,
      this.verified,
      this.consumed,
      this.revoked,
      this.canceled,
    ])
      list.length = 0;
    for (const map of [this.asks, this.resends, this.sms, this.faults]) map.clear();
    this.purges = 0;
    this.purged = 0;
    this.outages = 0;
  }

  async closeApps(): Promise<void> {
    await this.apps[1].app.close();
    await this.apps[0].app.close();
  }

  async close(): Promise<void> {
    await this.closeApps();
    await this.simulator.stop();
    await this.database.drop();
  }

  smsOf(id: string): readonly SentSms[] {
    return this.sms.get(id) ?? [];
  }

  /** The OTP that a step is about, if anybody was told of one. */
  toldOf(otp: number): Told | undefined {
    return this.told.at(-1 - (otp % Math.max(1, this.told.length)));
  }

  /** What a step of `verify` types. */
  codeOf({ id }: Told, { code, guess }: Pick<VerifyStep, 'code' | 'guess'>): string {
    const sent = this.smsOf(id).map((sms) => sms.code);
    const newest = sent.at(-1);
    if (code === 'right' && newest !== undefined) return newest;
    if (code === 'old' && sent[0] !== undefined) return sent[0];
    const wrong = GUESSES[guess % GUESSES.length]!;
    return sent.includes(wrong) ? wrong.replace(/^./, '0') : wrong;
  }

  /** Whether the next call of this kind will fail. */
  isFaulty(call: AntsCall): boolean {
    const faults = this.faults.get(call) ?? { left: 0, seen: 0 };
    const came = this.simulator.count(call);
    const left = Math.max(0, faults.left - (came - faults.seen));
    this.faults.set(call, { left, seen: came });
    return left > 0;
  }

  /** @throws Error for whatever is no refusal of a documented kind */
  async play(step: Step): Promise<Answer> {
    try {
      return { code: null, value: await this.run(step) };
    } catch (error) {
      if (isOtpException(error)) {
        const { code, antsCode } = error;
        const known =
          code === 'unavailable'
            ? antsCode !== undefined // Without a word of ANTS it would be a fault of ours.
            : REFUSALS[step.do]?.includes(code) === true ||
              // Days have passed during the call.
              (code === 'not_found' && this.purges > 0);
        if (known) return { code };
      }
      throw new Error(`${JSON.stringify(step)} failed: ${reasons(error)}`, { cause: error });
    }
  }

  private async run(step: Step): Promise<unknown> {
    switch (step.do) {
      case 'pass':
        this.simulator.advance(step.seconds);
        return letTimePass(this.database, step.seconds);
      case 'sweep':
        return this.sweeper(step.app).sweep();
      case 'purge':
        return this.purge(step.app);
      case 'fault':
        this.addFault(step.call, step.fault);
        return null;
      case 'request':
        return this.request(step);
      case 'resend':
      case 'verify':
      case 'cancel':
      case 'consume':
      case 'revoke':
      case 'report': {
        const told = this.toldOf(step.otp);
        return told ? this.act(told, step) : null;
      }
    }
  }

  private async act(told: Told, step: Extract<Step, { otp: number }>): Promise<unknown> {
    const { id } = told;
    if (step.do === 'report') return this.report(told, step);
    const { otps } = this.apps[step.app];
    switch (step.do) {
      case 'resend':
        this.resends.set(id, (this.resends.get(id) ?? 0) + 1);
        return otps.resend(id, holder(told, step.by));
      case 'verify':
        return this.verify(otps, told, step);
      case 'cancel':
        await (step.by === 'server' ? otps.cancel(id) : otps.cancel(id, holder(told, step.by)));
        return this.canceled.push(id);
      case 'consume':
        return this.consume(step.app, id, step.within);
      case 'revoke': {
        const revoked = await otps.revoke(id);
        if (revoked) this.revoked.push(id);
        return revoked;
      }
    }
  }

  private async request({
    app,
    number,
    purpose,
    subject,
    key,
    ip,
  }: Extract<Step, { do: 'request' }>): Promise<OtpChallenge> {
    const mobile = this.numbers[number % this.numbers.length]!;
    this.asks.set(mobile, (this.asks.get(mobile) ?? 0) + 1);
    const ask: OtpRequest = {
      mobile: spelled(mobile, number),
      purpose,
      subject,
      idempotencyKey: key,
      ip,
    };
    const otp = await this.apps[app].otps.request(ask);
    const { id, ticket } = otp;
    const known = this.told.find((told) => told.id === id);
    const owner = { purpose: purpose ?? 'default', subject: subject ?? null };
    if (!known) this.told.push({ id, ticket, mobile, ...owner, key: key ?? null });
    else if (
      known.subject !== owner.subject ||
      known.purpose !== owner.purpose ||
      known.mobile !== mobile
    )
      throw new Error(`The OTP ${id} was given to somebody else.`);
    return otp;
  }

  private async verify(otps: OtpService, told: Told, step: VerifyStep): Promise<OtpVerification> {
    const { id } = told;
    const code = this.codeOf(told, step);
    const own = step.by === 'ticket' || step.by === 'subject';
    const tried: Try = { id, code, own, answer: { code: null } };
    this.tries.push(tried);
    try {
      const answer = await otps.verify(id, code, holder(told, step.by));
      this.verified.push({ id, answer });
      tried.answer.value = answer;
      return answer;
    } catch (error) {
      tried.answer.code = isOtpException(error) ? error.code : 'unavailable';
      throw error;
    }
  }

  /** `rollback`: the app's own transaction gives the proof back. */
  private async consume(
    app: AppNo,
    id: string,
    within: 'statement' | 'commit' | 'rollback',
  ): Promise<boolean> {
    const proofs = this.apps[app].app.get(OtpProofs);
    if (within === 'statement') await proofs.consume(id);
    else {
      const runner = this.apps[app].app.get(DataSource).createQueryRunner();
      try {
        await runner.startTransaction();
        await proofs.consume(id, runner);
        if (within === 'commit') await runner.commitTransaction();
        else await runner.rollbackTransaction();
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction();
        throw error;
      } finally {
        await runner.release();
      }
    }
    if (within !== 'rollback') this.consumed.push(id);
    return true;
  }

  private async report(
    { id, mobile }: Told,
    { sms: which, status, times, astray }: Extract<Step, { do: 'report' }>,
  ): Promise<number[] | null> {
    const sms = this.smsOf(id).at(which === 'newest' ? -1 : 0);
    if (!sms) return null;
    const other = this.numbers.find((number) => number !== mobile)!;
    const statuses = await this.simulator.report(sms, {
      status,
      times,
      ...(astray && { patch: (detail) => ({ ...detail, to: `66${other.slice(1)}` }) }),
    });
    const taken = this.purges > 0 ? [200, 404] : [200];
    if (statuses.some((answer) => !taken.includes(answer)))
      throw new Error(`A delivery report was answered ${statuses.join(', ')}.`);
    return statuses;
  }

  private addFault(call: AntsCall, fault: AntsFault): void {
    if (fault.cut || fault.drop) {
      if (this.outages >= OUTAGES) return;
      this.outages += 1;
    }
    this.isFaulty(call);
    this.faults.get(call)!.left += 1;
    this.simulator.next(call, fault);
  }

  private async purge(app: AppNo): Promise<PurgeResult> {
    this.purges += 1;
    const purged = await this.sweeper(app).purge();
    this.purged += purged.otps;
    return purged;
  }

  private sweeper(app: AppNo): OtpSweeper {
    return this.apps[app].app.get(OtpSweeper);
  }
}

/** The messages of an error and of what caused it. */
function reasons(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} ${reasons(error.cause)}`;
}

function holder({ ticket, subject }: Told, by: By): OtpHolder {
  switch (by) {
    case 'ticket':
      return { ticket };
    case 'subject':
      return subject === null ? { ticket } : { subject };
    case 'stranger':
      return {
        ticket: ticket.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
        subject: 'mallory',
      };
    case 'nobody':
      return {};
  }
}

/** The OTP that an SMS belongs to: the first half of the token in its address for reports. */
function otpOf({ notifyUrl = '' }: SentSms): string {
  return formatUuid(Buffer.from(notifyUrl.split('/').at(-1)!, 'base64url').subarray(0, 16));
}

/** The same number as different people write it. */
function spelled(mobile: string, n: number): string {
  const digits = mobile.slice(1);
  return [
    mobile,
    `+66${digits}`,
    `66${digits}`,
    `0${digits.slice(0, 2)}-${digits.slice(2, 5)}-${digits.slice(5)}`,
  ][n % 4]!;
}
