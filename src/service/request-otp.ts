import { Injectable } from '@nestjs/common';
import type { Refusal } from '../domain/errors.js';
import {
  compareAsk,
  effectiveStatus,
  endRefusal,
  isStaleSending,
  isTimedOut,
  UNKNOWN_SEND_COOLDOWN_SECONDS,
} from '../domain/lifecycle.js';
import type { OtpRecord } from '../domain/otp.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import { Channels } from './channels.js';
import { KeyRing } from './key-ring.js';
import { LimitWatch } from './limit-watch.js';
import { asHolderSees, challengeOf } from './otp-views.js';
import type { OtpChallenge, OtpRequest } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { ProviderGate } from './provider-gate.js';
import { RequestReader } from './read-request.js';
import type { Order } from './read-request.js';
import { Screening } from './screening.js';
import { settleSend } from './otp.settlements.js';
import { secondsUntil } from './seconds-until.js';

/** How long a repeat of an ask waits for the first one's answer; longer than the provider's time-out. */
const REPEAT_WAIT_MS = 12_000;
const POLL_MS = 150;
/** Two asks of one number can race once or twice; more rounds would be a fault. */
const RESERVE_ROUNDS = 4;

interface Place {
  /** `same`: an earlier, equal ask holds the number's place. */
  kind: 'new' | 'same';
  otp: OtpRecord;
  resendAvailableAt: Date;
}

/** Asks for an OTP: reads the ask, lets the app screen it, enters the gate, takes the number's place, sends, settles. */
@Injectable()
export class RequestOtp {
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: OtpStore,
    private readonly channels: Channels,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly reader: RequestReader,
    private readonly screening: Screening,
    private readonly gate: ProviderGate,
    private readonly clock: Clock,
    private readonly limits: LimitWatch,
  ) {}

  async execute(ask: OtpRequest): Promise<OtpChallenge> {
    const order = await this.screening.screen(this.reader.read(ask));
    const step = await this.track(order.row.otp.id, () =>
      this.gate.enter('send', async () => {
        const place = await this.takePlace(order);
        return place.kind === 'new' ? this.send(order, place) : place;
      }),
    );
    return 'ticket' in step ? step : this.joinRunning(step);
  }

  /** Lets repeats in this process wait for the very ask they repeat. */
  private async track<T>(id: string, ask: () => Promise<T>): Promise<T> {
    const run = ask();
    this.running.set(id, run);
    try {
      return await run;
    } finally {
      this.running.delete(id);
    }
  }

  /** One read and one statement; a lost race reads again and then sees the winner. */
  private async takePlace(order: Order): Promise<Place> {
    const { otp, cooldownSteps, limits, data } = order.row;
    const counted = { keys: otp.limitKeys, rules: limits };
    for (let round = 0; round < RESERVE_ROUNDS; round++) {
      const check = await this.store.preCheck(otp, counted);
      const { live, cooldownUntil, lockedUntil, now } = check;
      if (live && isStaleSending(live, now)) {
        await this.store.sweepOne(live.id);
        continue;
      }
      const resendAvailableAt = cooldownUntil ?? now;
      if (live && !isTimedOut(live, now)) {
        const asked = compareAsk(live, otp, cooldownUntil !== null);
        if (asked === 'same') return { kind: 'same', otp: live, resendAvailableAt };
        if (asked === 'mismatch') throw new OtpException({ code: 'idempotency_mismatch' });
      }
      if (lockedUntil)
        throw new OtpException({ code: 'locked', retryAfter: secondsUntil(lockedUntil, now) });
      const limited = this.limits.judge(check, now);
      if (limited) throw new OtpException(limited);
      if (cooldownUntil)
        throw new OtpException({ code: 'cooldown', retryAfter: secondsUntil(cooldownUntil, now) });
      const replaces = live?.id ?? null;
      const result = await this.store.reserveRequest({
        ...{ otp, replaces, cooldownSteps, limits, data },
      });
      if (result.kind === 'reserved') return { ...result, kind: 'new' };
    }
    throw new OtpException({ code: 'busy', retryAfter: 1 });
  }

  private async send(order: Order, place: Place): Promise<OtpChallenge> {
    const outcome = await this.channels.send(place.otp, order.send);
    const { answer, data, refusal } = settleSend(outcome);
    const settled = await this.store.settleRequest(place.otp.id, answer, data);
    if (refusal) throw new OtpException(refusal);
    if (!settled) throw new OtpException(await this.endOf(place.otp.id));
    return this.challenge(settled.otp, place.resendAvailableAt);
  }

  /** The same ask was made before: waits for its answer if that is still on its way, and gives the same. */
  private async joinRunning({
    otp: { id, status },
    resendAvailableAt,
  }: Place): Promise<OtpChallenge> {
    const { instance, publicUrl } = this.settings;
    const deadline = this.clock.now() + REPEAT_WAIT_MS;
    for (let seen = status; ;) {
      if (seen === 'sending') {
        if (this.clock.now() >= deadline) throw new OtpException({ code: 'busy', retryAfter: 1 });
        // Another process's ask is polled for.
        await (this.running.get(id)?.catch(() => undefined) ?? this.clock.sleep(POLL_MS));
      }
      const [found] = await this.store.find(instance, { id }, 1);
      if (!found) throw new OtpException({ code: 'not_found' });
      // A repeat tells of the delivery what the status tells, of a decoy as well.
      const { otp, now } = asHolderSees(found, publicUrl !== null);
      seen = effectiveStatus(otp, now);
      if (seen === 'pending') return this.challenge(otp, resendAvailableAt);
      if (seen !== 'sending') throw new OtpException(endRefusal(seen));
    }
  }

  /** The OTP ended while its SMS was on the way (canceled, or a sweep gave it up). */
  private async endOf(id: string): Promise<Refusal> {
    const [found] = await this.store.find(this.settings.instance, { id }, 1);
    if (!found) return { code: 'not_found' };
    const refusal = endRefusal(effectiveStatus(found.otp, found.now));
    return refusal.code === 'send_unknown'
      ? { ...refusal, retryAfter: UNKNOWN_SEND_COOLDOWN_SECONDS }
      : refusal;
  }

  private challenge(otp: OtpRecord, resendAvailableAt: Date): OtpChallenge {
    return challengeOf(otp, this.keys.ticket(otp.id), resendAvailableAt);
  }
}
