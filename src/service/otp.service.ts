import { Injectable } from '@nestjs/common';
import { explain } from '../domain/explain.js';
import type { OtpExplanation } from '../domain/explain.js';
import { endRefusal, effectiveStatus } from '../domain/lifecycle.js';
import { parseMobile } from '../domain/mobile.js';
import { readGiven } from '../domain/read-given.js';
import { isStorable } from '../domain/text.js';
import { OtpSettings } from '../options/otp.settings.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Found, Holder, OtpQuery } from '../ports/otp-store.js';
import { EraseNumber } from './erase-number.js';
import { holderOf, isOtpId } from './holders.js';
import { KeyRing } from './key-ring.js';
import { asHolderSees, viewOf, waitsOf } from './otp-views.js';
import type {
  OtpChallenge,
  OtpHistoryEntry,
  OtpHolder,
  OtpRequest,
  OtpSearch,
  OtpVerification,
  OtpView,
} from './otp.api.js';
import { orUnavailable } from './otp-faults.js';
import { OtpException } from './otp.exception.js';
import { ProviderGate } from './provider-gate.js';
import type { ProviderHealth } from './provider-gate.js';
import { RequestOtp } from './request-otp.js';
import { ResendOtp } from './resend-otp.js';
import { VerifyOtp } from './verify-otp.js';

/** A search returns at most this many OTPs, newest first. */
const SEARCH_LIMIT = 50;
const SEARCH_KEYS = ['mobile', 'referenceCode', 'otpId', 'messageId', 'callbackData', 'subject'];

/**
 * One-time passwords by SMS. Every method throws `OtpException` (an `HttpException` with a stable
 * `code`) and nothing else. Do not call it inside your own open database transaction.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpService {
  constructor(
    private readonly store: OtpStore,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly requests: RequestOtp,
    private readonly resends: ResendOtp,
    private readonly verifies: VerifyOtp,
    private readonly erases: EraseNumber,
    private readonly gate: ProviderGate,
  ) {}

  /**
   * Sends a code to a Thai mobile number.
   *
   * A repeat with the same `idempotencyKey` (or, while the cool-down runs, the same `subject` and
   * `binding`) gets the same OTP and sends nothing.
   *
   * @returns the OTP with its ticket; give both to the client that asked
   * @throws OtpException `invalid_mobile`, `invalid_request`, `idempotency_mismatch`, `cooldown`, `locked`,
   *   `too_many_sends`, `send_denied`, `challenge_required`, `number_rejected`, `send_failed`, `send_unknown`, `busy`, `unavailable`; an end such
   *   as `expired` or `canceled` when it came while the SMS was on its way
   * @example
   * const otp = await otps.request({ mobile: '081-234-5678', callbackData: 'order-17' });
   */
  request(ask: OtpRequest): Promise<OtpChallenge> {
    return orUnavailable(() => this.requests.execute(ask));
  }

  /**
   * Sends another SMS for the same OTP. The code and the reference code may change: the newest counts.
   *
   * @throws OtpException `not_found` (also for a wrong holder), `still_sending`, `cooldown`, `locked`, `too_many_sends`,
   *   `max_sends_reached`, `too_late_to_resend`, an end such as `expired`, `send_failed`, `send_unknown`, `number_rejected`,
   *   `busy`, `unavailable`
   */
  resend(id: string, holder: OtpHolder): Promise<OtpChallenge> {
    return orUnavailable(() => this.resends.execute(id, holder));
  }

  /**
   * Checks a code with ANTS. Exactly one call per OTP ever answers with `repeated: false`.
   *
   * @param code 4 to 10 digits; Thai digits, spaces and hyphens are accepted
   * @throws OtpException `invalid_code`, `not_found` (also for a wrong holder), `still_sending`, `wrong_code` with
   *   `attemptsLeft`, `locked` (too many wrong codes for this number), an end such as `expired` or `max_attempts_reached`, `already_used`,
   *   `verify_unknown` (enter the same code again), `busy`, `unavailable`
   */
  verify(id: string, code: string, holder: OtpHolder): Promise<OtpVerification> {
    return orUnavailable(() => this.verifies.execute(id, code, holder));
  }

  /**
   * Everything about one OTP. For server code: it asks for no ticket unless you pass a holder.
   *
   * @throws OtpException `not_found`, `unavailable`
   */
  status(id: string, ...holder: [holder?: OtpHolder]): Promise<OtpView> {
    return orUnavailable(async () => viewOf(await this.own(id, this.holder(id, holder))));
  }

  /**
   * Ends a live OTP. Without `holder` it is the server's own decision.
   *
   * @throws OtpException `not_found`, `unavailable`, or its end if it already ended
   */
  cancel(id: string, ...holder: [holder?: OtpHolder]): Promise<OtpView> {
    return orUnavailable(async () => {
      const who = this.holder(id, holder);
      const canceled = await this.store.cancel(id, this.settings.instance, who);
      const found = await this.own(id, who);
      if (canceled) return viewOf(found);
      throw new OtpException(endRefusal(effectiveStatus(found.otp, found.now)));
    });
  }

  /**
   * What happened to one OTP, oldest first. For server code.
   *
   * @throws OtpException `not_found`, `unavailable`
   */
  history(id: string): Promise<OtpHistoryEntry[]> {
    return orUnavailable(async () => {
      const { otp } = await this.own(id, this.holder(id, []));
      const events = await this.store.history(otp.id);
      return events.map(({ eventNo, type, at, data }) => ({ no: eventNo, type, at, data }));
    });
  }

  /**
   * What happened to one OTP and what its customer can do now, in plain English and Thai, for a support
   * desk. For server code. No sentence holds a code, a number, a ticket or a token.
   *
   * @throws OtpException `not_found`, `unavailable`
   */
  explain(id: string): Promise<OtpExplanation> {
    return orUnavailable(async () => {
      const found = await this.own(id, this.holder(id, []));
      const { otp, now } = found;
      const sends = await this.store.sends(otp.id);
      const events = await this.store.history(otp.id);
      return explain({ record: otp, sends, events, waits: waitsOf(found), now });
    });
  }

  /**
   * Looks OTPs up by one key, newest first, at most 50. A number may be in any spelling; reference
   * codes and provider ids of older sends are found as well.
   *
   * @throws OtpException `invalid_mobile`, `invalid_request` when not exactly one key is given, `unavailable`
   */
  find(search: OtpSearch): Promise<OtpView[]> {
    return orUnavailable(async () => {
      const finds = this.queriesOf(search).map((query) =>
        this.store.find(this.settings.instance, query, SEARCH_LIMIT),
      );
      const found = (await Promise.all(finds)).flat();
      found.sort((a, b) => (a.otp.id < b.otp.id ? 1 : -1));
      return found.slice(0, SEARCH_LIMIT).map(viewOf);
    });
  }

  /**
   * Makes a verification's proof worthless, before or after it was used.
   *
   * @returns `false` when there was nothing to revoke
   * @throws OtpException `unavailable`
   */
  revoke(id: string): Promise<boolean> {
    return orUnavailable(
      async () => isOtpId(id) && (await this.store.revoke(id, this.settings.instance)) !== null,
    );
  }

  /**
   * Removes what identifies a person from every OTP of a number, and keeps what is counted: purposes,
   * states, times, counters, deliveries. A live OTP ends as `canceled`, proofs open nothing any more.
   * Limits, locks and blocks of the number go on; their rows hold only MACs.
   *
   * @param mobile in any spelling
   * @returns how many OTPs were erased; call it again after a failure
   * @throws OtpException `invalid_mobile`, `unavailable`
   */
  erase(mobile: string): Promise<number> {
    return orUnavailable(() => this.erases.execute(mobile));
  }

  /** What this process knows of the account at ANTS, from its own calls; no I/O. */
  health(): ProviderHealth {
    return this.gate.health;
  }

  /** No argument at all is the server itself; one that turns out missing or empty is nobody. */
  private holder(id: string, given: [holder?: OtpHolder]): Holder {
    const server: Holder | null = isOtpId(id) ? { by: 'server' } : null;
    const holder = given.length === 0 ? server : holderOf(this.keys, id, given[0]);
    if (!holder) throw new OtpException({ code: 'not_found' });
    return holder;
  }

  private async own(id: string, holder: Holder): Promise<Found> {
    const found = await this.store.findHeld(this.settings.instance, id, holder);
    if (!found) throw new OtpException({ code: 'not_found' });
    return holder.by === 'server' ? found : asHolderSees(found, this.settings.publicUrl !== null);
  }

  /** One, but for a number while rows of a former look-up secret are left. */
  private queriesOf(search: OtpSearch): OtpQuery[] {
    const [[key, value] = ['', undefined], ...more] = (
      readGiven(search, (given) => Object.entries<unknown>({ ...given })) ?? []
    ).filter(([, given]) => given !== undefined);
    if (
      more.length > 0 ||
      typeof value !== 'string' ||
      !SEARCH_KEYS.includes(key) ||
      !isStorable(value)
    )
      throw new OtpException({
        code: 'invalid_request',
        detail: `find() takes exactly one of ${SEARCH_KEYS.join(', ')}.`,
      });
    if (key !== 'mobile') return [{ [key]: value } as OtpQuery];
    const mobile = parseMobile(value);
    if (!mobile) throw new OtpException({ code: 'invalid_mobile' });
    return this.keys.mobileMacs(mobile.e164).map((mobileMac) => ({ mobileMac }));
  }
}
