import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Refusal } from '../domain/errors.js';
import {
  compareAsk,
  effectiveStatus,
  endRefusal,
  isStaleSending,
  isTimedOut,
} from '../domain/lifecycle.js';
import { parseMobile } from '../domain/mobile.js';
import type { OtpRecord } from '../domain/otp.js';
import { MAX_CALLBACK_DATA, notifyUrlProblem, OtpSettings } from '../otp.options.js';
import { Clock } from '../ports/clock.js';
import { OtpProvider } from '../ports/otp-provider.js';
import type { SendRequest } from '../ports/otp-provider.js';
import { OtpStore } from '../ports/otp-store.js';
import type { ReserveRequest } from '../ports/otp-store.js';
import { WebhookAddress } from '../ports/webhook-address.js';
import { KeyRing } from './key-ring.js';
import { challengeOf } from './otp-views.js';
import type { OtpChallenge, OtpRequest } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { settleSend } from './otp.settlements.js';
import { secondsUntil } from './seconds-until.js';

/** The name of an ask that names no purpose. */
export const DEFAULT_PURPOSE = 'default';

/** How long a repeat of an ask waits for the first one's answer; longer than the provider's time-out. */
const REPEAT_WAIT_MS = 12_000;
const POLL_MS = 150;
/** Two asks of one number can race once or twice; more rounds would be a fault. */
const RESERVE_ROUNDS = 4;
const SWEEP_BATCH = 100;

interface Order {
  row: ReserveRequest;
  send: SendRequest;
}

interface Place {
  /** `same`: an earlier, equal ask holds the number's place. */
  kind: 'new' | 'same';
  otp: OtpRecord;
  resendAvailableAt: Date;
}

/** Asks for an OTP: reads the ask, takes the number's place, sends, settles. */
@Injectable()
export class RequestOtp {
  private readonly logger = new Logger('OtpModule');

  constructor(
    private readonly store: OtpStore,
    private readonly provider: OtpProvider,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly webhook: WebhookAddress,
    private readonly clock: Clock,
  ) {}

  async execute(ask: OtpRequest): Promise<OtpChallenge> {
    const order = this.read(ask);
    const place = await this.takePlace(order);
    return place.kind === 'same' ? this.joinRunning(place) : this.send(order, place);
  }

  /** Checks the whole ask before any I/O. */
  private read(ask: OtpRequest): Order {
    const mobile = typeof ask.mobile === 'string' ? parseMobile(ask.mobile) : null;
    if (!mobile) throw new OtpException({ code: 'invalid_mobile' });
    const purpose = ask.purpose ?? DEFAULT_PURPOSE;
    checkText('purpose', purpose, 64);
    checkText('subject', ask.subject, 200);
    checkText('idempotencyKey', ask.idempotencyKey, 200);
    checkText('otcId', ask.otcId, 100);
    if (ask.callbackData !== undefined)
      checkLength('callbackData', ask.callbackData, MAX_CALLBACK_DATA);
    if (ask.notifyUrl !== undefined) this.checkNotifyUrl(ask.notifyUrl);
    const policy = this.settings.policy(purpose);
    const id = uuidv7({ msecs: this.clock.now() });
    const { keyId, sealed } = this.keys.seal(mobile.e164, id);
    const ownNotifyUrl = ask.notifyUrl ?? policy.notifyUrl;
    const notifyUrl = ownNotifyUrl ?? this.webhook.notifyUrl(id) ?? undefined;
    const callbackData = ask.callbackData ?? policy.callbackData;
    const otcId = ask.otcId ?? policy.otcId;
    return {
      row: {
        otp: {
          id,
          instance: this.settings.instance,
          purpose,
          subject: ask.subject ?? null,
          keyId,
          mobileMac: this.keys.mobileMac(mobile.e164),
          mobileSealed: sealed,
          mobileMask: mobile.mask,
          delivery: ownNotifyUrl ? 'external' : 'none',
          otcId,
          callbackData: callbackData ?? null,
          bindingMac: ask.binding === undefined ? null : this.bindingMac(ask.binding),
          maxAttempts: policy.maxAttempts,
          maxSends: policy.maxResends + 1,
          idempotencyKey: ask.idempotencyKey ?? null,
          ttlSeconds: policy.ttl,
          ipMac: ask.ip ? this.keys.ipMac(ask.ip) : null,
        },
        replaces: null,
        cooldownSteps: policy.cooldown,
        data: { mobile: mobile.mask, purpose },
      },
      send: {
        otcId,
        mobile: mobile.wire,
        ...(notifyUrl !== undefined && {
          notifyUrl,
          notifyContentType: ask.notifyContentType ?? policy.notifyContentType,
        }),
        ...(callbackData !== undefined && { callbackData }),
      },
    };
  }

  /** One read and one statement; a lost race reads again and then sees the winner. */
  private async takePlace(order: Order): Promise<Place> {
    const { otp, cooldownSteps, data } = order.row;
    for (let round = 0; round < RESERVE_ROUNDS; round++) {
      const { live, cooldownUntil, now } = await this.store.preCheck(otp);
      if (live && isStaleSending(live, now)) {
        await this.store.sweep(SWEEP_BATCH);
        continue;
      }
      const resendAvailableAt = cooldownUntil ?? now;
      if (live && !isTimedOut(live, now)) {
        const asked = compareAsk(live, otp, cooldownUntil !== null);
        if (asked === 'same') return { kind: 'same', otp: live, resendAvailableAt };
        if (asked === 'mismatch') throw new OtpException({ code: 'idempotency_mismatch' });
      }
      if (cooldownUntil)
        throw new OtpException({ code: 'cooldown', retryAfter: secondsUntil(cooldownUntil, now) });
      const replaces = live?.id ?? null;
      const result = await this.store.reserveRequest({ otp, replaces, cooldownSteps, data });
      if (result.kind === 'reserved') return { ...result, kind: 'new' };
    }
    throw new OtpException({ code: 'busy', retryAfter: 1 });
  }

  private async send(order: Order, place: Place): Promise<OtpChallenge> {
    const outcome = await this.provider.send(order.send);
    const { answer, data, refusal } = settleSend(outcome);
    const settled = await this.store.settleRequest(place.otp.id, answer, data);
    if (outcome.kind === 'refused' && refusal?.code === 'send_failed')
      this.logger.error(`ANTS refused to send (${outcome.reason}): ${outcome.detail}`);
    if (refusal) throw new OtpException(refusal);
    if (!settled) throw new OtpException(await this.endOf(place.otp.id));
    return this.challenge(settled.otp, place.resendAvailableAt);
  }

  /** The same ask is already on its way: wait for its answer and give the same. */
  private async joinRunning(place: Place): Promise<OtpChallenge> {
    const deadline = this.clock.now() + REPEAT_WAIT_MS;
    let { otp } = place;
    while (otp.status === 'sending') {
      if (this.clock.now() >= deadline) throw new OtpException({ code: 'busy', retryAfter: 1 });
      await this.clock.sleep(POLL_MS);
      const [found] = await this.store.find(otp.instance, { id: otp.id }, 1);
      if (!found) throw new OtpException({ code: 'not_found' });
      otp = found.otp;
    }
    if (otp.status !== 'pending') throw new OtpException(endRefusal(otp.status));
    return this.challenge(otp, place.resendAvailableAt);
  }

  /** The OTP ended while its SMS was on the way (canceled, or a sweep gave it up). */
  private async endOf(id: string): Promise<Refusal> {
    const [found] = await this.store.find(this.settings.instance, { id }, 1);
    return found ? endRefusal(effectiveStatus(found.otp, found.now)) : { code: 'not_found' };
  }

  private challenge(otp: OtpRecord, resendAvailableAt: Date): OtpChallenge {
    return challengeOf(otp, this.keys.ticket(otp.id), resendAvailableAt);
  }

  private checkNotifyUrl(notifyUrl: string): void {
    const problem = notifyUrlProblem(notifyUrl, this.settings.notifyHosts);
    if (problem)
      throw new OtpException({ code: 'invalid_request', detail: `notifyUrl must be ${problem}.` });
  }

  private bindingMac(binding: unknown): Buffer {
    try {
      return this.keys.bindingMac(binding);
    } catch (cause) {
      throw new OtpException(
        { code: 'invalid_request', detail: 'binding must be plain JSON.' },
        { cause },
      );
    }
  }
}

function checkText(field: string, value: unknown, max: number): void {
  if (value === undefined) return;
  if (value === '')
    throw new OtpException({ code: 'invalid_request', detail: `${field} must not be empty.` });
  checkLength(field, value, max);
}

function checkLength(field: string, value: unknown, max: number): void {
  if (typeof value !== 'string' || value.length > max || value.includes('\0'))
    throw new OtpException({
      code: 'invalid_request',
      detail: `${field} must be a text of at most ${max} characters.`,
    });
}
