import { Injectable } from '@nestjs/common';
import { RANGE_DIGITS } from '../domain/conversion.js';
import { readIp } from '../domain/ip.js';
import { dayOf } from '../domain/limits.js';
import type { OtpChannel } from '../domain/otp.js';
import { withoutDigits } from '../domain/text.js';
import { OtpSettings } from '../options/otp.settings.js';
import type { OtpAsk, OtpOwnLimit } from '../options/otp.options.js';
import { Clock } from '../ports/clock.js';
import { KeyRing } from './key-ring.js';
import { messageOf } from './message-of.js';

/** A block of 10,000 numbers: who runs through a range of numbers stays in it for long. */
const BLOCK_DIGITS = 4;

/** The rows of `otp_limits` that a send looks at, by their keys; nobody is named in them. */
@Injectable()
export class SendKeys {
  constructor(
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
  ) {}

  /** What an ask's SMS count on, and what can stop them; a number for tests only an operator can. */
  of(ask: OtpAsk, channel: OtpChannel): string[] {
    const byHand = this.stopsByHand(ask);
    return channel === 'test'
      ? byHand
      : [...this.limits(ask, channel), ...byHand, ...this.guards(ask)];
  }

  /** `null`: of every purpose. */
  pause(purpose: string | null): string {
    return `pause:${this.settings.instance}:${purpose ?? ''}`;
  }

  blocked(mobile: string): string {
    const mac = this.keys.mobileMac(mobile).toString('hex');
    return `blocked:${this.settings.instance}:${mac}`;
  }

  /** Asks with a subject count apart: nobody without one can use up what they need. */
  guard(purpose: string, range: string, withSubject: boolean): string {
    const { instance } = this.settings;
    const about = `${purpose} ${withSubject ? 'subject ' : ''}${range}`;
    return `guard:${instance}:${this.keys.limitMac('guard', about)}`;
  }

  private limits(ask: OtpAsk, channel: OtpChannel): string[] {
    const { keys, settings } = this;
    const own = settings.limits.flatMap((rule) => {
      const value = ownKey(rule, ask);
      return value === undefined ? [] : [keys.limitKey(`own.${rule.name}`, value)];
    });
    const day = `day:${settings.instance}:${dayOf(new Date(this.clock.now()))}`;
    return [
      ...(isListed(ask.mobile, settings.safeNumbers) ? [] : this.shared(ask, channel)),
      ...own,
      ...(settings.dailyBudget === false ? [] : [day]),
    ];
  }

  private shared({ mobile, subject, ip }: OtpAsk, channel: OtpChannel): string[] {
    const { keys } = this;
    const network = ip === null ? null : readIp(ip);
    // Nobody verifies a decoy: in a row of their own they do not close the block to its owners.
    const block = `${channel === 'decoy' ? 'decoy ' : ''}${mobile.slice(0, -BLOCK_DIGITS)}`;
    return [
      ...(subject === null
        ? [keys.limitKey('number', mobile), keys.limitKey('block', block)]
        : [keys.limitKey('subject', subject), keys.limitKey('block', `subject ${block}`)]),
      ...(network ? [keys.limitKey(network.kind, network.network)] : []),
    ];
  }

  private stopsByHand({ mobile, purpose }: OtpAsk): string[] {
    return [this.pause(null), this.pause(purpose), this.blocked(mobile)];
  }

  private guards({ mobile, purpose, subject }: OtpAsk): string[] {
    const { conversionGuard, safeNumbers } = this.settings;
    const guarded = conversionGuard !== false && !isListed(mobile, safeNumbers);
    return guarded ? [this.guard(purpose, rangeOf(mobile), subject !== null)] : [];
  }
}

/**
 * A key that is no text would count on one row for all. What the app's own code throws may quote the ask,
 * which holds the whole number.
 */
function ownKey({ name, key }: OtpOwnLimit, ask: OtpAsk): string | undefined {
  let fault = 'must be a text that is not empty, or undefined';
  try {
    const value: unknown = key(ask);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  } catch (error) {
    fault = `failed: ${withoutDigits(messageOf(error))}`;
  }
  throw new Error(`The key of limits rule "${name}" ${fault}.`);
}

/** Whether a number (E.164) begins with one of these. */
export const isListed = (mobile: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => mobile.startsWith(prefix));

/** `+66812345678` is in `08123`. */
export const rangeOf = (mobile: string): string =>
  `0${mobile.slice('+66'.length)}`.slice(0, RANGE_DIGITS);
