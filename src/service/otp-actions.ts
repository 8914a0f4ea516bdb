import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { endRefusal, effectiveStatus } from '../domain/lifecycle.js';
import { isActor, MOST_ACTOR } from '../domain/operator-action.js';
import type { OperatorAction, OperatorActionName } from '../domain/operator-action.js';
import type { OtpRecord } from '../domain/otp.js';
import { readGiven } from '../domain/read-given.js';
import { OtpSettings } from '../options/otp.settings.js';
import { ActionLog } from '../ports/action-log.js';
import { ControlStore } from '../ports/control-store.js';
import { OtpStore } from '../ports/otp-store.js';
import type { Found } from '../ports/otp-store.js';
import { PrivacyStore } from '../ports/privacy-store.js';
import { EraseNumber } from './erase-number.js';
import { isOtpId } from './holders.js';
import { KeyRing } from './key-ring.js';
import { readPurpose, readRange } from './otp-controls.js';
import { orUnavailable } from './otp-faults.js';
import { OtpException } from './otp.exception.js';
import { SendKeys } from './send-keys.js';

/** Who reads the log is shown the newest so many. */
const SHOWN = 50;

/**
 * What a person of your staff does by hand, each with a line in `otp_actions` that says who. The line is
 * written before the thing is done: nothing is done unrecorded, and what then fails was at least tried.
 * For routes behind your own guards; the console's buttons call it.
 *
 * `actor` is your own id of that person, 1 to 64 characters without control characters. It is kept for
 * good, also when the OTP's person is erased: use an id, no name and no e-mail address.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpActions {
  constructor(
    private readonly log: ActionLog,
    private readonly store: OtpStore,
    private readonly controls: ControlStore,
    private readonly privacy: PrivacyStore,
    private readonly erases: EraseNumber,
    private readonly sendKeys: SendKeys,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
  ) {}

  /**
   * Ends a live OTP.
   *
   * @throws OtpException `invalid_request` for what is no actor, `not_found`, its end if it already ended, `unavailable`
   */
  cancel(id: string, actor: string): Promise<void> {
    return this.doing('cancel', id, actor, async () => {
      if (await this.store.cancel(id, this.settings.instance, { by: 'server' })) return;
      const { otp, now } = await this.own(id);
      throw new OtpException(endRefusal(effectiveStatus(otp, now)));
    });
  }

  /**
   * Forgets the wrong codes of the OTP's number for its purpose, whoever entered them: it is no longer locked.
   *
   * @returns `false` when there were none
   * @throws OtpException `invalid_request` for what is no actor, `not_found`, `unavailable`
   */
  unlock(id: string, actor: string): Promise<boolean> {
    return this.doing('unlock', id, actor, ({ instance, purpose, mobileMac }) =>
      this.controls.unlock({ instance, purpose, mobileMac }),
    );
  }

  /**
   * Lets a range of numbers that the conversion guard has stopped have SMS again. The guard leaves it alone for an hour.
   *
   * @param what.range its first five digits, such as `08123`, or a whole number of it
   * @returns `false` when it was not stopped; then nothing is recorded
   * @throws OtpException `invalid_request` for what is no actor, `invalid_mobile` for what is no range, `unavailable`
   */
  unblock(what: { range: string; purpose: string }, actor: string): Promise<boolean> {
    return orUnavailable(async () => {
      checkActor(actor);
      const given = readGiven(what, ({ range, purpose }: Partial<typeof what>) => ({
        range,
        purpose,
      }));
      const beginning = readRange(given?.range);
      const purpose = readPurpose(given?.purpose);
      const stops = await this.controls.stops(this.settings.instance);
      const keys = [false, true]
        .map((withSubject) => this.sendKeys.guard(purpose, beginning, withSubject))
        .filter((key) => stops.some((stop) => stop.key === key));
      for (const stopKey of keys) {
        await this.record('unblock', actor, { stopKey });
        await this.controls.lift(stopKey);
      }
      return keys.length > 0;
    });
  }

  /**
   * Removes what identifies the OTP's person from every OTP of that number, as `OtpService.erase` does.
   *
   * @returns how many OTPs were erased; 0 when the person was erased before
   * @throws OtpException `invalid_request` for what is no actor, `not_found`, `unavailable`
   */
  erase(id: string, actor: string): Promise<number> {
    return this.doing('erase', id, actor, (otp) =>
      otp.mobileSealed === null ? 0 : this.erases.execute(this.opened(otp, otp.mobileSealed)),
    );
  }

  /**
   * The whole number of an OTP, in E.164. It leaves an event `unmasked` in the history of the OTP.
   *
   * @returns `null` when its person is erased
   * @throws OtpException `invalid_request` for what is no actor, `not_found`, `unavailable`
   */
  unmask(id: string, actor: string): Promise<string | null> {
    return this.doing('unmask', id, actor, async ({ instance }) => {
      const number = await this.privacy.unmask(instance, id, actor);
      return number?.sealed ? this.opened(number, number.sealed) : null;
    });
  }

  /** What was done, the newest first, at most 50. @throws OtpException `unavailable` */
  newest(): Promise<OperatorAction[]> {
    return orUnavailable(() => this.log.newest(this.settings.instance, SHOWN));
  }

  /** What was done to one OTP, the newest first, at most 50. @throws OtpException `unavailable` */
  about(id: string): Promise<OperatorAction[]> {
    return orUnavailable(async () =>
      isOtpId(id) ? this.log.about(this.settings.instance, id, SHOWN) : [],
    );
  }

  private doing<T>(
    action: OperatorActionName,
    id: string,
    actor: string,
    act: (otp: OtpRecord) => T | Promise<T>,
  ): Promise<T> {
    return orUnavailable(async () => {
      checkActor(actor);
      const { otp } = await this.own(id);
      await this.record(action, actor, { otpId: otp.id });
      return act(otp);
    });
  }

  private record(
    action: OperatorActionName,
    actor: string,
    { otpId = null, stopKey = null }: Partial<Pick<OperatorAction, 'otpId' | 'stopKey'>>,
  ): Promise<void> {
    const { instance } = this.settings;
    return this.log.record({ id: uuidv7(), instance, actor, action, otpId, stopKey });
  }

  private async own(id: string): Promise<Found> {
    const holder = { by: 'server' } as const;
    const found = isOtpId(id)
      ? await this.store.findHeld(this.settings.instance, id, holder)
      : null;
    if (!found) throw new OtpException({ code: 'not_found' });
    return found;
  }

  private opened({ id, keyId }: Pick<OtpRecord, 'id' | 'keyId'>, sealed: Buffer): string {
    return this.keys.open(keyId, sealed, id);
  }
}

function checkActor(actor: unknown): void {
  if (!isActor(actor))
    throw new OtpException({
      code: 'invalid_request',
      detail: `actor must be an id of 1 to ${MOST_ACTOR} characters without control characters.`,
    });
}
