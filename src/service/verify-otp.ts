import { Injectable } from '@nestjs/common';
import { parseCode } from '../domain/code.js';
import {
  attemptsLeft,
  decideTry,
  effectiveStatus,
  endRefusal,
  recoverUsed,
  refuseGuess,
} from '../domain/lifecycle.js';
import type { OtpRecord } from '../domain/otp.js';
import type { Refusal } from '../domain/errors.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Found, Holder } from '../ports/otp-store.js';
import { Channels } from './channels.js';
import { holderOf } from './holders.js';
import { KeyedQueue, QueueTimeout } from './keyed-queue.js';
import { KeyRing } from './key-ring.js';
import { OtpProofs } from './otp-proofs.js';
import type { OtpHolder, OtpVerification } from './otp.api.js';
import { OtpException } from './otp.exception.js';
import { ProviderGate } from './provider-gate.js';
import { settleCheck } from './otp.settlements.js';
import { secondsUntil } from './seconds-until.js';

/** How long a check waits for another one of the same OTP; longer than the provider's time-out. */
const TURN_WAIT_MS = 12_000;
const POLL_MS = 150;

/**
 * Checks a code. One check of an OTP is in flight at a time: others wait for its end, because
 * refusing them at once would lose a right code, and running them in parallel would let many
 * guesses through. In this process they stand in line; another process's check is polled for.
 */
@Injectable()
export class VerifyOtp {
  private readonly queue: KeyedQueue;

  constructor(
    private readonly store: OtpStore,
    private readonly channels: Channels,
    private readonly keys: KeyRing,
    private readonly proofs: OtpProofs,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
    private readonly gate: ProviderGate,
  ) {
    this.queue = new KeyedQueue(clock);
  }

  async execute(id: string, typed: string, given: OtpHolder): Promise<OtpVerification> {
    const code = typeof typed === 'string' ? parseCode(typed) : null;
    if (!code) throw new OtpException({ code: 'invalid_code' });
    const holder = holderOf(this.keys, id, given);
    if (!holder) throw new OtpException({ code: 'not_found' });
    const deadline = this.clock.now() + TURN_WAIT_MS;
    try {
      return await this.queue.run(lineOf(id, holder), TURN_WAIT_MS, () =>
        this.tryCode(id, code, holder, deadline),
      );
    } catch (error) {
      throw error instanceof QueueTimeout
        ? new OtpException({ code: 'busy', retryAfter: 1 })
        : error;
    }
  }

  private async tryCode(
    id: string,
    code: string,
    holder: Holder,
    deadline: number,
  ): Promise<OtpVerification> {
    const { instance, lockouts: budgets } = this.settings;
    const codeMac = this.keys.codeMac(id, code);
    for (;;) {
      const checked = await this.gate.enter('check', async () => {
        const reserved = await this.store.reserveTry({
          ...{ id, instance, holder, codeMac, budgets },
        });
        return reserved && this.check(reserved.otp, code);
      });
      if (checked) return checked;
      const { otp, now, lockedUntil } = await this.own(id, holder);
      const decision = decideTry(otp, codeMac, now);
      if (decision.kind === 'repeat') return this.success(otp, true);
      if (decision.kind === 'refused') {
        if (refuseGuess(otp, codeMac, now)) await this.store.refuseGuess(id, codeMac);
        throw new OtpException(decision.refusal);
      }
      if (decision.kind === 'go' && lockedUntil)
        throw new OtpException({ code: 'locked', retryAfter: secondsUntil(lockedUntil, now) });
      if (this.clock.now() >= deadline) throw new OtpException({ code: 'busy', retryAfter: 1 });
      await this.clock.sleep(POLL_MS);
    }
  }

  /** Asks the provider about a reserved try and settles it. */
  private async check(reserved: OtpRecord, code: string): Promise<OtpVerification> {
    const { id, leaseNo, providerOtpId } = reserved;
    const read = settleCheck(await this.channels.verify(reserved, code));
    const answer = recoverUsed(reserved, read.answer);
    const refusal = answer === 'right' ? null : read.refusal;
    const data = answer === read.answer ? read.data : { ...read.data, recovered: true };
    const settled = await this.store.settleTry(id, { leaseNo, providerOtpId }, answer, data);
    if (!settled) throw new OtpException(await this.endOf(id));
    if (refusal) throw new OtpException(withCounters(refusal, settled.otp));
    return this.success(settled.otp, false);
  }

  private success(otp: OtpRecord, repeated: boolean): OtpVerification {
    const mobile = this.keys.open(otp.keyId, otp.mobileSealed ?? Buffer.alloc(0), otp.id);
    const verifiedAt = otp.verifiedAt ?? new Date(NaN);
    return {
      proof: this.proofs.issue(otp, mobile, verifiedAt),
      mobile,
      subject: otp.subject,
      purpose: otp.purpose,
      callbackData: otp.callbackData,
      verifiedAt,
      repeated,
    };
  }

  /** Somebody else's OTP looks like none. */
  private async own(id: string, holder: Holder): Promise<Found> {
    const found = await this.store.findHeld(this.settings.instance, id, holder);
    if (!found) throw new OtpException({ code: 'not_found' });
    return found;
  }

  /** The OTP ended during the check: canceled, superseded, or its lease was taken over. */
  private async endOf(id: string): Promise<Refusal> {
    const [found] = await this.store.find(this.settings.instance, { id }, 1);
    return found ? endRefusal(effectiveStatus(found.otp, found.now)) : { code: 'not_found' };
  }
}

const ENDS: readonly Refusal['code'][] = ['expired', 'max_attempts_reached'];

/** Strangers who only know the id stand in lines of their own. */
const lineOf = (id: string, holder: Holder): string =>
  holder.by === 'subject' ? `${id} ${holder.subject}` : id;

/** A wrong code tells what is left, and after a resend which SMS counts. */
function withCounters(refusal: Refusal, otp: OtpRecord): Refusal {
  if (otp.status === 'max_attempts_reached')
    return { ...refusal, code: 'max_attempts_reached', attemptsLeft: 0 };
  // The provider ended an OTP that a resend has replaced meanwhile: the new one is open.
  const replaced = otp.status === 'pending' && ENDS.includes(refusal.code);
  const counted = {
    ...refusal,
    ...(replaced && { code: 'wrong_code' as const }),
    attemptsLeft: attemptsLeft(otp),
  };
  return otp.sends > 1 && otp.referenceCode
    ? { ...counted, referenceCode: otp.referenceCode }
    : counted;
}
