import type { OtpRecord } from '../domain/otp.js';
import type { OtpStore } from '../ports/otp-store.js';
import type { Telemetry, TelemetryFact, WorkName } from '../ports/telemetry.js';
import { NoTelemetry } from './no-telemetry.js';
import { endOf } from './observed-use-case.js';

type Facts = TelemetryFact[] | Promise<TelemetryFact[]>;
/** What a method of the store was given and what it answered, as facts. */
type Reader<M extends keyof OtpStore> = (
  given: Parameters<OtpStore[M]>,
  answer: Awaited<ReturnType<OtpStore[M]>>,
  store: OtpStore,
) => Facts;
/** The same for a method that is known by its name only. */
type AnyReader = (given: unknown[], answer: unknown, store: OtpStore) => Facts;

const READERS: { readonly [M in keyof OtpStore]?: Reader<M> } = {
  reserveRequest: (_, answer) => (answer.kind === 'reserved' ? [about(answer.otp)] : []),
  reserveResend: (_, answer) => (answer.kind === 'reserved' ? [about(answer.otp)] : []),
  reserveTry: (_, answer) => (answer ? [about(answer.otp)] : []),
  settleRequest: ([, { kind: outcome }], answer) => [sms(answer?.otp, 'first', outcome)],
  settleResend: ([, , { kind: outcome }], answer) => [sms(answer?.otp, 'resend', outcome)],
  settleTry: ([, , outcome], answer) => (answer ? checked(answer.otp, outcome) : []),
  sweep: (_, { expired, unknown }) => [
    { kind: 'swept', status: 'expired', count: expired },
    { kind: 'swept', status: 'send_unknown', count: unknown },
  ],
};

/** Work that no use case does: the store is all of it. */
const WORK: Readonly<Partial<Record<keyof OtpStore, WorkName>>> = {
  sweep: 'sweep',
  purge: 'purge',
};

/**
 * A store whose answers are counted, where purpose and times are known, so that no use case has to.
 * Without telemetry it is the store itself.
 */
export function observedStore(store: OtpStore, telemetry: Telemetry): OtpStore {
  if (telemetry instanceof NoTelemetry) return store;
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      const read = READERS[name as keyof OtpStore] as AnyReader | undefined;
      const work = WORK[name as keyof OtpStore];
      if (typeof member !== 'function' || (!read && !work)) return member;
      const call = async (...given: unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(member, target, given);
        if (!read) return answer;
        for (const fact of await facts(() => read(given, answer, target))) telemetry.note(fact);
        return answer;
      };
      if (!work) return call;
      return (...given: unknown[]) => telemetry.work(work, () => call(...given), endOf);
    },
  });
}

/** What was written is written: a read that fails only leaves a gap in the figures. */
async function facts(read: () => Facts): Promise<TelemetryFact[]> {
  try {
    return await read();
  } catch {
    return [];
  }
}

const about = ({ purpose }: OtpRecord): TelemetryFact => ({ kind: 'purpose', purpose });

const sms = (
  otp: OtpRecord | undefined,
  send: 'first' | 'resend',
  outcome: 'sent' | 'failed' | 'unknown',
): TelemetryFact => {
  const { purpose = null, channel = null } = otp ?? {};
  return { kind: 'sms', purpose, channel, send, outcome };
};

function checked(otp: OtpRecord, outcome: Parameters<OtpStore['settleTry']>[2]): TelemetryFact[] {
  const { purpose, channel, createdAt, verifiedAt } = otp;
  const check: TelemetryFact = { kind: 'check', purpose, channel, outcome };
  if (outcome !== 'right' || channel !== 'provider' || !verifiedAt) return [check];
  return [check, { kind: 'verified', purpose, seconds: secondsBetween(createdAt, verifiedAt) }];
}

const secondsBetween = (from: Date, to: Date): number =>
  Math.max(0, to.getTime() - from.getTime()) / 1000;
