import { Injectable } from '@nestjs/common';
import { foldThaiDigits, parseMobile } from '../domain/mobile.js';
import { readGiven } from '../domain/read-given.js';
import { isStorable } from '../domain/text.js';
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
   * @param options.seconds how long @default until `resumeSends` with the same purpose
   * @throws OtpException `invalid_request`, `unavailable`
   */
  pauseSends(purpose?: string, options: { seconds?: number } = {}): Promise<void> {
    return this.stop(() => this.pauseOf(purpose), options);
  }

  /** @returns `false` when they were not paused. @throws OtpException `invalid_request`, `unavailable` */
  resumeSends(purpose?: string): Promise<boolean> {
    return orUnavailable(async () => this.store.lift(this.pauseOf(purpose)));
  }

  /**
   * Refuses SMS to one number with `number_rejected`, as ANTS does with a bad one.
   *
   * @param mobile in any spelling
   * @param options.seconds how long @default until `unblock`
   * @throws OtpException `invalid_mobile`, `invalid_request`, `unavailable`
   */
  block(mobile: string, options: { seconds?: number } = {}): Promise<void> {
    return this.stop(() => this.sendKeys.blocked(e164(mobile)), options);
  }

  /**
   * Lets a blocked number, or a range that the conversion guard has stopped, have SMS again. The guard
   * leaves the range alone for an hour.
   *
   * @returns `false` when it was not stopped
   * @throws OtpException `invalid_mobile`, `invalid_request`, `unavailable`
   */
  unblock(what: OtpUnblock): Promise<boolean> {
    return orUnavailable(async () => {
      const { mobile, range, purpose = DEFAULT_PURPOSE } = readGiven(what, unblockFields) ?? {};
      const keys =
        mobile === undefined
          ? this.guardsOf(readRange(range), readPurpose(purpose))
          : [this.sendKeys.blocked(e164(mobile))];
      return (await Promise.all(keys.map((key) => this.store.lift(key)))).includes(true);
    });
  }

  /**
   * Forgets the wrong codes of a number, whoever entered them: it is no longer locked.
   *
   * @param mobile in any spelling
   * @returns `false` when there were none
   * @throws OtpException `invalid_mobile`, `invalid_request`, `unavailable`
   */
  unlock(mobile: string, purpose: string = DEFAULT_PURPOSE): Promise<boolean> {
    return orUnavailable(async () => {
      const { instance } = this.settings;
      const of = { instance, purpose: readPurpose(purpose) };
      const unlocked = this.keys
        .mobileMacs(e164(mobile))
        .map((mobileMac) => this.store.unlock({ ...of, mobileMac }));
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

  private stop(keyOf: () => string, options: unknown): Promise<void> {
    return orUnavailable(async () => {
      const key = keyOf();
      await this.store.stop(key, readSeconds(options));
    });
  }

  private pauseOf(purpose: unknown): string {
    return this.sendKeys.pause(purpose == null ? null : readPurpose(purpose));
  }

  /** Requests with a subject and without one are stopped apart. */
  private guardsOf(range: string, purpose: string): string[] {
    return [false, true].map((withSubject) => this.sendKeys.guard(purpose, range, withSubject));
  }
}

const unblockFields = (what: { mobile?: unknown; range?: unknown; purpose?: unknown }) => {
  const { mobile, range, purpose } = what;
  return { mobile, range, purpose };
};

function readSeconds(options: unknown): number | null {
  // A misspelled one would stop sends without an end.
  const read = readGiven(options, ({ seconds, ...others }: { seconds?: unknown }) => ({
    seconds,
    isKnown: Object.keys(others).length === 0,
  }));
  if (read?.isKnown) {
    const { seconds } = read;
    if (seconds === undefined) return null;
    if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) return seconds;
  }
  throw new OtpException({
    code: 'invalid_request',
    detail: 'The only option is seconds: a number above 0, or left out.',
  });
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

function e164(mobile: unknown): string {
  const read = typeof mobile === 'string' ? parseMobile(mobile) : null;
  if (!read) throw new OtpException({ code: 'invalid_mobile' });
  return read.e164;
}

/**
 * The range that a text means: its first five digits, or a whole number of it.
 *
 * @throws OtpException `invalid_mobile`
 */
export function readRange(text: unknown): string {
  const beginning = typeof text === 'string' ? foldThaiDigits(text) : '';
  return /^0\d{4}$/.test(beginning) ? beginning : rangeOf(e164(text));
}

/** @throws OtpException `invalid_request` for anything but a text */
export function readPurpose(purpose: unknown): string {
  if (typeof purpose === 'string' && purpose !== '' && isStorable(purpose)) return purpose;
  throw new OtpException({ code: 'invalid_request', detail: 'purpose must be a text.' });
}
