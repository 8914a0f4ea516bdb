import { Injectable } from '@nestjs/common';
import { foldThaiDigits, parseMobile } from '../domain/mobile.js';
import { OtpSettings } from '../options/otp.settings.js';
import { ControlStore } from '../ports/control-store.js';
import type { Stop } from '../ports/control-store.js';
import { DEFAULT_PURPOSE } from './default-purpose.js';
import { KeyRing } from './key-ring.js';
import { NamedRanges } from './named-ranges.js';
import type { NamedRange } from './named-ranges.js';
import { orUnavailable } from './otp-faults.js';
import { OtpException } from './otp.exception.js';
import { rangeOf, SendKeys } from './send-keys.js';

/** What `unblock` lets go: a number, or a range that the conversion guard has stopped. */
export type OtpUnblock =
  | { mobile: string }
  /** The first five digits, such as `08123`, or a whole number of the range. */
  | { range: string; purpose?: string };

/** Something that refuses sends now. */
export type OtpStop = { until: Date | null } & (
  | { kind: 'pause'; purpose: string | null }
  | { kind: 'guard'; purpose: string; range: string }
  | { kind: 'blocked'; mobileMask: string | null }
);

/**
 * For operators: what stops sends, and lets them go again. Each call holds for every process with this
 * database and instance, from its next send on. Over your own admin routes, never open ones.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpControls {
  constructor(
    private readonly store: ControlStore,
    private readonly keys: KeyRing,
    private readonly sendKeys: SendKeys,
    private readonly ranges: NamedRanges,
    private readonly settings: OtpSettings,
  ) {}

  /**
   * Refuses new and repeated SMS with `unavailable`; codes that are out can still be entered.
   *
   * @param purpose which ones @default all
   * @param seconds how long @default until `resumeSends` with the same purpose
   * @throws OtpException `invalid_request`, `unavailable`
   */
  pauseSends(purpose?: string, { seconds }: { seconds?: number } = {}): Promise<void> {
    return this.stop(this.sendKeys.pause(purpose ?? null), seconds);
  }

  /** @returns `false` when they were not paused. @throws OtpException `unavailable` */
  resumeSends(purpose?: string): Promise<boolean> {
    return orUnavailable(() => this.store.lift(this.sendKeys.pause(purpose ?? null)));
  }

  /**
   * Refuses SMS to one number with `number_rejected`, as ANTS does with a bad one.
   *
   * @param mobile in any spelling
   * @param seconds how long @default until `unblock`
   * @throws OtpException `invalid_mobile`, `invalid_request`, `unavailable`
   */
  async block(mobile: string, { seconds }: { seconds?: number } = {}): Promise<void> {
    return this.stop(this.sendKeys.blocked(e164(mobile)), seconds);
  }

  /**
   * Lets a blocked number, or a range that the conversion guard has stopped, have SMS again. The guard
   * leaves the range alone for an hour.
   *
   * @returns `false` when it was not stopped
   * @throws OtpException `invalid_mobile`, `invalid_request`, `unavailable`
   */
  async unblock(what: OtpUnblock): Promise<boolean> {
    if ('mobile' in what) {
      const key = this.sendKeys.blocked(e164(what.mobile));
      return orUnavailable(() => this.store.lift(key));
    }
    const { purpose = DEFAULT_PURPOSE } = what;
    const range = readRange(what.range);
    return orUnavailable(async () => {
      const lifted = [false, true].map((withSubject) =>
        this.store.lift(this.sendKeys.guard(purpose, range, withSubject)),
      );
      return (await Promise.all(lifted)).includes(true);
    });
  }

  /**
   * Forgets the wrong codes of a number, whoever entered them: it is no longer locked.
   *
   * @param mobile in any spelling
   * @returns `false` when there were none
   * @throws OtpException `invalid_mobile`, `unavailable`
   */
  async unlock(mobile: string, purpose: string = DEFAULT_PURPOSE): Promise<boolean> {
    const macs = this.keys.mobileMacs(e164(mobile));
    const { instance } = this.settings;
    return orUnavailable(async () => {
      const unlocked = macs.map((mobileMac) => this.store.unlock({ instance, purpose, mobileMac }));
      return (await Promise.all(unlocked)).includes(true);
    });
  }

  /** What is stopped now: pauses, blocked numbers, and ranges that the guard has stopped. */
  stops(): Promise<OtpStop[]> {
    return orUnavailable(async () => {
      const stops = await this.store.stops(this.settings.instance);
      const ranges = stops.filter(({ kind }) => kind === 'guard').map(({ key }) => key);
      const names = await this.ranges.names(ranges);
      return stops.map((stop) => shown(stop, names.get(stop.key)));
    });
  }

  private async stop(key: string, seconds: number | undefined): Promise<void> {
    if (seconds !== undefined && !(Number.isFinite(seconds) && seconds > 0))
      throw new OtpException({
        code: 'invalid_request',
        detail: 'seconds must be a number above 0, or left out.',
      });
    await orUnavailable(() => this.store.stop(key, seconds ?? null));
  }
}

function shown({ kind, key, until, mobileMask }: Stop, named: NamedRange | undefined): OtpStop {
  const unknown = { purpose: 'unknown', range: 'unknown' };
  switch (kind) {
    case 'pause':
      return { kind, until, purpose: key.split(':').slice(2).join(':') || null };
    case 'guard':
      return { kind, until, ...(named ?? unknown) };
    case 'blocked':
      return { kind, until, mobileMask };
  }
}

function e164(mobile: string): string {
  const read = typeof mobile === 'string' ? parseMobile(mobile) : null;
  if (!read) throw new OtpException({ code: 'invalid_mobile' });
  return read.e164;
}

/**
 * The range that a text means: its first five digits, or a whole number of it.
 *
 * @throws OtpException `invalid_mobile`
 */
export function readRange(text: string): string {
  const beginning = foldThaiDigits(text);
  return /^0\d{4}$/.test(beginning) ? beginning : rangeOf(e164(text));
}
