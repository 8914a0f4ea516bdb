import { Injectable, Logger } from '@nestjs/common';
import { withoutDigits } from '../domain/text.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpVerdict } from '../options/otp.options.js';
import { Clock } from '../ports/clock.js';
import { LogEntry } from '../ports/log-entry.js';
import { messageOf } from './message-of.js';
import { OtpException } from './otp.exception.js';
import type { Order } from './read-request.js';
import { SendKeys } from './send-keys.js';

/** What the app asks may take so long; then nobody waits for it. Milliseconds. */
const PATIENCE_MS = 3_000;

/** Lets the app's own `beforeSend` look at an ask before anything is written. */
@Injectable()
export class Screening {
  private readonly logger = new Logger('OtpModule');

  constructor(
    private readonly settings: OtpSettings,
    private readonly sendKeys: SendKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the order, or the decoy it becomes
   * @throws OtpException `send_denied`, `challenge_required`, `unavailable`
   */
  async screen(order: Order): Promise<Order> {
    const { beforeSend } = this.settings;
    if (!beforeSend || order.row.otp.channel === 'test') return order;
    const verdict = await this.verdict(() => beforeSend(order.facts));
    switch (verdict) {
      case 'allow':
        return order;
      case 'suppress':
        return this.decoy(order);
      case 'deny':
        throw new OtpException({ code: 'send_denied' });
      case 'challenge':
        throw new OtpException({ code: 'challenge_required' });
      default:
        throw new OtpException({ code: 'challenge_required', challenge: verdict.challenge });
    }
  }

  private decoy({ facts, row, send }: Order): Order {
    const channel = 'decoy';
    return {
      facts,
      send,
      row: {
        ...row,
        otp: { ...row.otp, channel, limitKeys: this.sendKeys.of(facts, channel) },
        data: { ...row.data, channel },
      },
    };
  }

  /** Fails closed: an app that cannot judge an ask sends nothing. */
  private async verdict(ask: () => OtpVerdict | Promise<OtpVerdict>): Promise<OtpVerdict> {
    const patience = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, patience.signal).then(() => {
      throw new Error(`it took longer than ${PATIENCE_MS} ms`);
    });
    try {
      return known(await Promise.race([(async () => ask())(), late]));
    } catch (cause) {
      this.logger.error(
        new LogEntry(
          `"beforeSend" failed, so nothing is sent: ${withoutDigits(messageOf(cause))}`,
          {
            event: 'before_send_failed',
          },
        ),
      );
      throw new OtpException({ code: 'unavailable', retryAfter: 1 }, { cause });
    } finally {
      patience.abort();
    }
  }
}

/** The hook can be plain JavaScript. */
function known(verdict: OtpVerdict): OtpVerdict {
  const given: unknown = verdict;
  const words: unknown[] = ['allow', 'deny', 'suppress', 'challenge'];
  if (words.includes(given)) return verdict;
  if (typeof given === 'object' && given !== null && 'challenge' in given) return verdict;
  throw new Error(`it must answer ${words.join(', ')} or { challenge }`);
}
