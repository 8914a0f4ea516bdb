import { Injectable } from '@nestjs/common';
import { resendOpensAt, resendRefusal } from '../domain/lifecycle.js';
import { OtpSettings } from '../options/otp.settings.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Holder, ReserveResendResult } from '../ports/otp-store.js';
import { Channels } from './channels.js';
import { holderOf } from './holders.js';
import { KeyRing } from './key-ring.js';
import { LimitWatch } from './limit-watch.js';
import { challengeOf } from './otp-views.js';
import type { OtpChallenge, OtpHolder } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { ProviderGate } from './provider-gate.js';
import { settleSend } from './otp.settlements.js';
import { secondsUntil } from './seconds-until.js';

type Reserved = Extract<ReserveResendResult, { kind: 'reserved' }>;

/** Sends another SMS for the same OTP: enters the gate, takes one send, sends, settles. */
@Injectable()
export class ResendOtp {
  constructor(
    private readonly store: OtpStore,
    private readonly channels: Channels,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly gate: ProviderGate,
    private readonly watch: LimitWatch,
  ) {}

  async execute(id: string, given: OtpHolder): Promise<OtpChallenge> {
    const { instance, cooldowns, sendRules: limits } = this.settings;
    const holder = holderOf(this.keys, id, given);
    if (!holder) throw new OtpException({ code: 'not_found' });
    return this.gate.enter('send', async () => {
      const result = await this.store.reserveResend({
        ...{ id, instance, holder, cooldowns, limits },
      });
      return result.kind === 'reserved' ? this.send(result) : this.refuse(id, holder);
    });
  }

  private async send({ otp, sendNo, resendAvailableAt }: Reserved): Promise<OtpChallenge> {
    const { answer, data, refusal } = settleSend(await this.channels.resend(otp));
    const settled = await this.store.settleResend(otp.id, sendNo, answer, {
      ...data,
      send: sendNo,
    });
    if (refusal) throw new OtpException(refusal);
    if (!settled) return this.refuse(otp.id, { by: 'ticket' });
    return challengeOf(settled.otp, this.keys.ticket(otp.id), resendAvailableAt);
  }

  /** Reads the row to say why: a rule of the lifecycle, the cool-down, or somebody else's OTP. */
  private async refuse(id: string, holder: Holder): Promise<never> {
    const found = await this.store.findHeld(this.settings.instance, id, holder);
    if (!found) throw new OtpException({ code: 'not_found' });
    const refusal = resendRefusal(found.otp, found.now);
    if (refusal) throw new OtpException(refusal);
    const { otp, cooldownUntil, lastSendAt, lockedUntil, now } = found;
    if (lockedUntil)
      throw new OtpException({ code: 'locked', retryAfter: secondsUntil(lockedUntil, now) });
    const counted = { keys: otp.limitKeys, rules: this.settings.limitsOf(otp.purpose) };
    const limited = this.watch.judge(await this.store.checkLimits(counted), now);
    if (limited) throw new OtpException(limited);
    const opensAt = resendOpensAt(otp, cooldownUntil, lastSendAt, now);
    if (opensAt)
      throw new OtpException({ code: 'cooldown', retryAfter: secondsUntil(opensAt, now) });
    throw new OtpException({ code: 'busy', retryAfter: 1 });
  }
}
