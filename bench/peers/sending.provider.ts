import { randomInt, randomUUID } from 'node:crypto';
import { OtpProvider } from 'nestjs-ants-otp';
import type { ReportReading, SendOutcome, VerifyOutcome } from 'nestjs-ants-otp';
import type { SendRequest, VerifyRequest } from 'nestjs-ants-otp';
import type { Sender } from './sender.js';

/** Makes and checks the codes itself, in memory, and only sends by the sender: there is no ANTS to ask. */
export class SendingProvider extends OtpProvider {
  private readonly codes = new Map<string, string>();

  constructor(private readonly sender: Sender) {
    super();
  }

  async send({ mobile }: SendRequest): Promise<SendOutcome> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const providerOtpId = randomUUID();
    this.codes.set(providerOtpId, code);
    await this.sender.send(`+${mobile}`, code);
    return { kind: 'sent', providerOtpId, referenceCode: 'Mc90XlkyB' };
  }

  resend(): Promise<SendOutcome> {
    return Promise.resolve({ kind: 'not_reached', detail: 'Nothing is sent twice here.' });
  }

  verify({ otpId, otpCode }: VerifyRequest): Promise<VerifyOutcome> {
    const right = this.codes.get(otpId) === otpCode;
    if (right) this.codes.delete(otpId);
    return Promise.resolve({ kind: right ? 'right' : 'wrong' });
  }

  readReports(): ReportReading {
    return { kind: 'unreadable', detail: 'No reports here.' };
  }
}
