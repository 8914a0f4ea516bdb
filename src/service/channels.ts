import { Injectable } from '@nestjs/common';
import { namesCode } from '../domain/ants-code.js';
import type { OtpRecord } from '../domain/otp.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { OtpProvider } from '../ports/otp-provider.js';
import type { SendOutcome, SendRequest, VerifyOutcome } from '../ports/otp-provider.js';
import { KeyRing } from './key-ring.js';
import { ProviderGate } from './provider-gate.js';
import { RecentCalls } from './recent-calls.js';
import type { Call, Trouble } from './recent-calls.js';

/** What the "Ref" of a test number says, so that nobody waits for an SMS. */
const TEST_REFERENCE = 'TEST';

/**
 * Sends and checks by an OTP's channel: ANTS; nobody, in a way that takes as long and looks the same
 * (`decoy`); or this module itself (`test`).
 */
@Injectable()
export class Channels {
  constructor(
    private readonly gate: ProviderGate,
    private readonly provider: OtpProvider,
    private readonly recent: RecentCalls,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
  ) {}

  send(otp: OtpRecord, request: SendRequest): Promise<SendOutcome> {
    return this.sent(otp, 'send', () => this.provider.send(request));
  }

  resend(otp: OtpRecord): Promise<SendOutcome> {
    const { otcId, providerOtpId } = otp;
    return this.sent(otp, 'resend', () =>
      this.provider.resend({ otcId, otpId: providerOtpId ?? '' }),
    );
  }

  async verify(otp: OtpRecord, code: string): Promise<VerifyOutcome> {
    switch (otp.channel) {
      case 'provider': {
        const otpId = otp.providerOtpId ?? '';
        return this.timed('verify', () => this.provider.verify({ otpId, otpCode: code }));
      }
      case 'decoy': {
        const trouble = this.recent.troubleLike('verify');
        if (trouble) return trouble;
        await this.recent.waitLike('verify');
        return { kind: 'wrong' };
      }
      case 'test':
        return { kind: this.isTestCode(otp, code) ? 'right' : 'wrong' };
    }
  }

  private async sent(
    otp: OtpRecord,
    call: 'send' | 'resend',
    send: () => Promise<SendOutcome>,
  ): Promise<SendOutcome> {
    // No id of ANTS: it says for itself that ANTS never heard of it.
    const providerOtpId = `${otp.channel}-${otp.id}`;
    switch (otp.channel) {
      case 'provider': {
        const outcome = await this.timed(call, send);
        if (outcome.kind === 'sent') this.recent.noteReference(outcome.referenceCode);
        return outcome;
      }
      case 'decoy': {
        // At once: while the circuit is half open, who waits keeps those out who would close it.
        const trouble = this.recent.troubleLike(call);
        if (trouble) return trouble;
        await this.recent.waitLike(call);
        return { kind: 'sent', providerOtpId, referenceCode: this.recent.referenceLike() };
      }
      case 'test':
        return { kind: 'sent', providerOtpId, referenceCode: TEST_REFERENCE };
    }
  }

  /** Calls that ANTS answered as usual are worth imitating, and the trouble that it has with all. */
  private async timed<T extends SendOutcome | VerifyOutcome>(
    call: Call,
    make: () => Promise<T>,
  ): Promise<T | { kind: 'not_reached'; detail: string }> {
    const begun = this.clock.now();
    const outcome = await this.gate.call(make);
    if (outcome.kind === 'sent' || outcome.kind === 'right' || outcome.kind === 'wrong')
      this.recent.note(call, this.clock.now() - begun);
    const trouble = troubleOf(outcome);
    if (trouble) this.recent.noteTrouble(call, trouble);
    return outcome;
  }

  private isTestCode({ id, keyId, mobileSealed }: OtpRecord, code: string): boolean {
    const mobile = this.keys.open(keyId, mobileSealed ?? Buffer.alloc(0), id);
    const right = this.settings.testCode(mobile, this.clock.now());
    return right !== null && this.keys.codeMac(id, right).equals(this.keys.codeMac(id, code));
  }
}

function troubleOf(outcome: SendOutcome | VerifyOutcome): Trouble | null {
  if (outcome.kind === 'not_reached') return outcome;
  if (outcome.kind === 'unknown') return namesCode(outcome) ? null : outcome;
  if (outcome.kind !== 'refused') return null;
  const { reason } = outcome;
  const ofTheAccount = reason === 'credentials' || reason === 'config' || reason === 'credit';
  return ofTheAccount ? { ...outcome, reason } : null;
}
