import type { RankedDelivery } from '../domain/delivery.js';
import type { OtpErrorCode } from '../domain/errors.js';
import type { SendSettlement, TrySettlement } from '../domain/lifecycle.js';
import type { LimitKind, StopKind } from '../domain/limits.js';
import type { OtpChannel } from '../domain/otp.js';
import type { ReportResult } from '../domain/report.js';
import type { UnreadableReason } from '../domain/unreadable-report.js';

/** What the module does, one span each. */
export type WorkName = 'request' | 'resend' | 'verify' | 'report' | 'sweep' | 'purge';

/** How a piece of work ended. */
export interface WorkEnd {
  /** `error`: a fault of the database or of our own. */
  outcome: 'ok' | 'error' | OtpErrorCode;
  /** Whether an operator should care: an outage or a fault, no refusal of a user. */
  failed: boolean;
}

/** One try of a call to the provider over HTTP; it is always a POST. */
export interface HttpCall {
  name: string;
  /** Whole, and without credentials. */
  url: string;
  /** The part of it that is the same in every installation. */
  path: string;
  /** How many tries of the same call came before. */
  resends: number;
}

/** What is known of a call's end beside its outcome: a status, or the name of what broke it. */
export type HttpEnd = { status: number } | { error: string };

/** Something that was counted. Every text is of a small set that the code or the options know. */
export type TelemetryFact =
  /** The work that runs is about an OTP of this purpose. */
  | { kind: 'purpose'; purpose: string }
  | {
      kind: 'sms';
      /** `null`: the OTP ended before the answer. */
      purpose: string | null;
      channel: OtpChannel | null;
      send: 'first' | 'resend';
      outcome: SendSettlement['kind'];
    }
  | { kind: 'check'; purpose: string; channel: OtpChannel; outcome: TrySettlement }
  /** `seconds`: since the OTP was asked for. */
  | { kind: 'verified'; purpose: string; seconds: number }
  | { kind: 'report'; outcome: ReportResult | 'not_found'; delivery: RankedDelivery }
  /** A report with a good token that could not be read. */
  | { kind: 'unreadable'; reason: UnreadableReason }
  /** `seconds`: from the SMS being asked for to the report. */
  | { kind: 'delivered'; purpose: string; seconds: number }
  /** What the sweep has ended. */
  | { kind: 'swept'; status: 'expired' | 'send_unknown'; count: number }
  | { kind: 'limit'; limit: LimitKind | StopKind; enforced: boolean }
  | { kind: 'alarm'; alarm: string };

/** The state of the provider, whenever somebody looks. */
export interface ProviderState {
  circuit: 'closed' | 'half-open' | 'open';
  /** What the account has left; `null` = not known, or it pays afterwards. */
  credit: number | null;
}

/**
 * Is told what the module does, for traces and metrics. Nothing that it is told names a person or an
 * OTP: no number, code, ticket, token or id. Its methods never throw by themselves.
 */
export abstract class Telemetry {
  /** Runs a piece of work; what it throws goes on to the caller, and `endOf` says what that means. */
  abstract work<T>(
    name: WorkName,
    run: () => Promise<T>,
    endOf: (error: unknown) => WorkEnd,
  ): Promise<T>;

  /** Makes a call, which tells how it ended before it resolves. */
  abstract call<T extends { kind: string }>(
    call: HttpCall,
    make: (ended: (end: HttpEnd) => void) => Promise<T>,
  ): Promise<T>;

  abstract note(fact: TelemetryFact): void;

  /** Looks at the state whenever metrics are collected. @returns what ends that */
  abstract watch(state: () => ProviderState): () => void;
}

/** Makes the telemetry of one instance of the module, at boot. */
export type TelemetryFactory = (instance: string) => Telemetry;
