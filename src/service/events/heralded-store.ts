import type { EventHerald } from '../../ports/event-herald.js';
import type { OtpStore, SweepResult } from '../../ports/otp-store.js';
import type { PrivacyStore } from '../../ports/privacy-store.js';

/** Methods that write no event. */
const SILENT: readonly string[] = [
  'preCheck',
  'loadReported',
  'reserveTry',
  'checkLimits',
  'find',
  'findHeld',
  'findMany',
  'sends',
  'history',
  'reportReadings',
  'purge',
  'sealedAfter',
  'reseal',
] satisfies (keyof OtpStore | keyof PrivacyStore)[];

/**
 * A store that tells the herald of every write, so that no use case has to. Methods that it does not
 * know count as writes: a nudge too many costs one look, one too few would delay an event.
 */
export function heralded<T extends OtpStore | PrivacyStore>(store: T, herald: EventHerald): T {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string' || name === 'constructor')
        return member;
      return async (...values: unknown[]): Promise<unknown> => {
        const result = (await Reflect.apply(member, target, values)) as unknown;
        tell(herald, name, values, result);
        return result;
      };
    },
  });
}

function tell(herald: EventHerald, method: string, values: unknown[], result: unknown): void {
  if (
    SILENT.includes(method) ||
    result === null ||
    result === 'conflict' ||
    sweptNothing(method, result)
  )
    return;
  // With a runner of the app's, the event is not committed yet.
  if (method === 'consume' && values[2] !== undefined) herald.expect();
  else herald.nudge();
}

function sweptNothing(method: string, result: unknown): boolean {
  if (method !== 'sweep') return false;
  const { expired, unknown } = result as SweepResult;
  return expired + unknown === 0;
}
