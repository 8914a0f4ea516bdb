import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DELIVERY_RANKS } from '../../src/domain/delivery.js';
import type { DeliveryReport } from '../../src/domain/delivery.js';
import { cooldownSteps } from '../../src/domain/limits.js';
import type { LimitTable } from '../../src/domain/limits.js';
import type { OtpChannel } from '../../src/domain/otp.js';
import type { AskedTry, SendSettlement, TrySettlement } from '../../src/domain/lifecycle.js';
import type { NewOtp, OtpStore } from '../../src/ports/otp-store.js';
import { times } from '../support/counts.js';
import { applyReport, ask, FREE, newOtp, SERVER, STEPS, storeReport } from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

/** So few that stories reach the lock. */
const TIGHT = { '': { perHour: 4, perDay: 6, seconds: 120 } };

const LIMITS: LimitTable = {
  number: { rates: [{ seconds: 600, max: 4 }], enforced: true },
  block: { rates: [{ seconds: 600, max: 3 }], enforced: false },
  day: { rates: [], enforced: true, budget: 8 },
};

/** One step of a story about one number; the same step runs on both stores. */
type Step =
  | { do: 'request'; channel: OtpChannel }
  | { do: 'settleRequest' | 'settleResend'; answer: SendSettlement['kind']; refund: boolean }
  | { do: 'resend' | 'cancel' | 'consume' | 'revoke' | 'sweep' }
  | { do: 'try' | 'guess'; code: string }
  | { do: 'settleTry'; answer: TrySettlement }
  | { do: 'report'; delivery: DeliveryReport['delivery']; messageId?: string }
  | { do: 'pass'; seconds: number };

const oneOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: oneOf('request' as const),
    channel: oneOf<OtpChannel>('provider', 'provider', 'decoy', 'test'),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: oneOf('settleRequest' as const, 'settleResend' as const),
      answer: fc.oneof(
        { weight: 4, arbitrary: fc.constant('sent' as const) },
        oneOf<SendSettlement['kind']>('failed', 'unknown'),
      ),
      refund: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: oneOf(
        'resend' as const,
        'cancel' as const,
        'consume' as const,
        'revoke' as const,
        'sweep' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: oneOf('try' as const, 'try' as const, 'guess' as const),
      code: oneOf('a', 'b'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: oneOf('settleTry' as const),
      answer: oneOf<TrySettlement>(
        'right',
        'wrong',
        'wrong',
        'expired',
        'limit',
        'already_used',
        'unknown',
        'not_reached',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: oneOf('report' as const),
      delivery: oneOf(
        ...DELIVERY_RANKS.filter((rank): rank is DeliveryReport['delivery'] => rank !== 'none'),
      ),
      messageId: oneOf(undefined, 'm-1', 'm-2'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: oneOf('pass' as const), seconds: oneOf(5, 11, 16, 61, 125, 301) }),
  },
);

/** Plays one step; what comes back and what can be read afterwards must not depend on the store. */
class Player {
  private current: NewOtp | null = null;
  private asked: AskedTry = NOTHING_ASKED;
  private sendNo = 0;

  constructor(
    private readonly harness: StoreHarness,
    private readonly ids: readonly NewOtp[],
  ) {}

  async play(step: Step, index: number): Promise<unknown> {
    const { store } = this.harness;
    if (step.do === 'pass') return this.harness.pass(step.seconds);
    if (step.do === 'sweep') return store.sweep(100);
    if (step.do === 'request')
      return this.request(store, { ...this.ids[index]!, channel: step.channel });
    if (!this.current) return null;
    const { id, instance } = this.current;
    switch (step.do) {
      case 'settleRequest':
        return kindOf(await store.settleRequest(id, this.answer(step, index), {}));
      case 'resend': {
        const result = await store.reserveResend({
          id,
          instance,
          holder: SERVER,
          cooldowns: { '': STEPS },
          limits: { '': LIMITS },
        });
        if (result.kind === 'reserved') this.sendNo = result.sendNo;
        return result.kind;
      }
      case 'settleResend':
        if (this.sendNo === 0) return null;
        return kindOf(await store.settleResend(id, this.sendNo, this.answer(step, index), {}));
      case 'try': {
        const codeMac = Buffer.from(step.code);
        const reserved = await store.reserveTry({
          ...{ id, instance, holder: SERVER, codeMac, budgets: TIGHT },
        });
        if (reserved) this.asked = reserved.otp;
        return kindOf(reserved);
      }
      case 'settleTry':
        return kindOf(await store.settleTry(id, this.asked, step.answer, {}));
      case 'guess':
        return store.refuseGuess(id, Buffer.from(step.code));
      case 'cancel':
        return kindOf(await store.cancel(id, instance, SERVER));
      case 'consume':
        return kindOf(await store.consume(id, instance));
      case 'revoke':
        return kindOf(await store.revoke(id, instance));
      case 'report': {
        const [found] = await store.find(instance, { id }, 1);
        const { delivery, messageId } = step;
        const dedupeKey = `${delivery}-${messageId}`;
        return applyReport(store, storeReport(found!.otp, { delivery, messageId }, { dedupeKey }));
      }
    }
  }

  /** Everything that can be read, without the times: the two stores have clocks of their own. */
  async state(): Promise<unknown> {
    const rows = [];
    for (const { id, instance } of this.ids) {
      const [found] = await this.harness.store.find(instance, { id }, 1);
      if (!found) continue;
      const { otp } = found;
      const events = await this.harness.store.history(id);
      rows.push({
        ...otp,
        createdAt: null,
        // Postgres adds the milliseconds that the test itself takes.
        life: Math.floor((otp.expiresAt.getTime() - otp.createdAt.getTime()) / 1000),
        expiresAt: null,
        leaseUntil: otp.leaseUntil !== null,
        verifiedAt: otp.verifiedAt !== null,
        consumedAt: otp.consumedAt !== null,
        revokedAt: otp.revokedAt !== null,
        cooling: found.cooldownUntil !== null,
        locked: found.lockedUntil !== null,
        limits: await this.limits(otp.limitKeys),
        messageId: found.messageId,
        sendRows: (await this.harness.store.sends(id)).map((send) => ({
          ...send,
          requestedAt: null,
        })),
        events: events.map(({ eventNo, type, data }) => ({ eventNo, type, data })),
      });
    }
    return rows;
  }

  private async limits(keys: string[]): Promise<unknown> {
    const { usedUp, ...rest } = await this.harness.store.checkLimits({ keys, rules: LIMITS });
    return { ...rest, usedUp: usedUp?.kind };
  }

  private async request(store: OtpStore, otp: NewOtp): Promise<unknown> {
    const { live } = await store.preCheck(otp, FREE);
    const result = await store.reserveRequest(
      ask(otp, {
        replaces: live?.id ?? null,
        limits: LIMITS,
        cooldownSteps: cooldownSteps(otp.channel, STEPS),
      }),
    );
    if (result.kind === 'reserved') {
      this.current = otp;
      this.asked = NOTHING_ASKED;
      this.sendNo = 0;
    }
    return result.kind;
  }

  private answer(
    { answer, refund }: { answer: SendSettlement['kind']; refund: boolean },
    index: number,
  ): SendSettlement {
    if (answer === 'sent')
      return { kind: 'sent', providerOtpId: `p-${index}`, referenceCode: `r-${index}` };
    return { kind: answer, errorCode: 'x', refund };
  }
}

const NOTHING_ASKED: AskedTry = { leaseNo: 0, providerOtpId: null };
const kindOf = (result: unknown): string => (result === null ? 'refused' : 'done');

describe('the memory store and the Postgres store', () => {
  let memory: StoreHarness;
  let postgres: StoreHarness;

  beforeAll(async () => {
    memory = await memoryHarness();
    postgres = await postgresHarness();
  });
  afterAll(async () => {
    await postgres.close();
    await memory.close();
  });

  it('tell the same story of any sequence of commands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const mobileMac = newOtp().mobileMac;
        // Not the day's: a resend counts on the day of the clock, and the two have clocks of their own.
        const limitKeys = ['number', 'block'].map((kind) => `${kind}:${mobileMac.toString('hex')}`);
        const ids = steps.map(() => newOtp({ mobileMac, limitKeys, maxAttempts: 3, maxSends: 3 }));
        const one = new Player(memory, ids);
        const two = new Player(postgres, ids);
        const all: Step[] = [{ do: 'request', channel: 'provider' }, ...steps.slice(1)];
        for (const [index, current] of all.entries()) {
          const expected = await one.play(current, index);
          expect([current, await two.play(current, index)]).toEqual([current, expected]);
        }
        expect(await two.state()).toEqual(await one.state());
        // Rows of this story must not fall due during the next one.
        await memory.pass(7200);
        await postgres.pass(7200);
        await memory.store.sweep(1000);
        await postgres.store.sweep(1000);
      }),
      { numRuns: times(40, 2_000) },
    );
  });
});
