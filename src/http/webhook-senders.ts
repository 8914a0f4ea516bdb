import { Injectable, Logger } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';

/** A refused sender is reported this often at most. Milliseconds. */
const WARN_EVERY_MS = 60_000;

/** Which of the options a sender does not meet. */
export type SenderFault = 'webhookAddresses' | 'webhookAuth';

/** Who may push reports, beside holding a token: from which addresses and with which credential. */
@Injectable()
export class WebhookSenders {
  private readonly logger = new Logger('OtpModule');
  private readonly warnedAt = new Map<SenderFault, number>();
  private readonly credential: Buffer | null;

  constructor(
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
  ) {
    const { webhookAuth } = settings;
    this.credential = webhookAuth && digest(`${webhookAuth.username}:${webhookAuth.password}`);
  }

  /** Why a sender may not report, or `null`. Both are looked at, so that time tells nothing. No I/O. */
  faultOf(ip: string | undefined, authorization: string | undefined): SenderFault | null {
    const listed = this.isListed(ip ?? '');
    const known = this.isKnown(authorization ?? '');
    if (!listed) return 'webhookAddresses';
    return known ? null : 'webhookAuth';
  }

  /** Whoever holds a good token and is refused is most likely ANTS: an operator must hear of it. */
  warn(fault: SenderFault, ip: string | undefined): void {
    const now = this.clock.now();
    if (now - (this.warnedAt.get(fault) ?? -Infinity) < WARN_EVERY_MS) return;
    this.warnedAt.set(fault, now);
    this.logger.warn(
      new LogEntry(`A delivery report with a good token was refused: ${reason(fault, ip ?? '')}`, {
        ...{ event: 'sender_refused', option: fault },
      }),
    );
  }

  private isListed(ip: string): boolean {
    const { webhookAddresses } = this.settings;
    if (webhookAddresses === null) return true;
    const version = isIP(ip);
    return version !== 0 && webhookAddresses.check(ip, version === 6 ? 'ipv6' : 'ipv4');
  }

  private isKnown(authorization: string): boolean {
    if (this.credential === null) return true;
    const [, encoded = ''] = /^basic +([\w+/-]+=*)$/i.exec(authorization) ?? [];
    // Digests are of one length, so the comparison tells nothing, not even the credential's length.
    return timingSafeEqual(digest(Buffer.from(encoded, 'base64')), this.credential);
  }
}

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

function reason(fault: SenderFault, ip: string): string {
  switch (fault) {
    case 'webhookAddresses':
      return `it came from ${isIP(ip) ? ip : 'no address'}, which is not in "webhookAddresses". If that is your proxy, let the app trust it.`;
    case 'webhookAuth':
      return 'it does not carry the credential of "webhookAuth". ANTS sends one only if its support has set it for your account; else let your proxy add it.';
  }
}
