import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { STALE_SENDING_SECONDS } from '../domain/lifecycle.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { RekeyStore } from '../ports/rekey-store.js';
import type { KeyedOtp, RekeyedOtp } from '../ports/rekey-store.js';
import { KeyRing } from './key-ring.js';
import { OtpException } from './otp.exception.js';
import { readWork } from './privacy-work.js';
import type { PrivacyWork } from './privacy-work.js';
import { rekeyedLimitKey } from './rekeyed-limit-key.js';
import { SendKeys } from './send-keys.js';

/** What `OtpPrivacy.rekey` counts. */
export interface Rekeyed {
  /** OTPs whose MACs are now under the newest look-up secret. */
  otps: number;
  /** Limits and stops that were not moved together with an OTP. */
  limits: number;
  /**
   * OTPs that could not be: of a look-up secret that "formerLookupSecrets" does not name, or of a number
   * that has a live OTP under the newest one too, which ends within ten minutes. 0 = it is done.
   */
  left: number;
}

/** Takes what is stored to the newest look-up secret, number by number; what is done is not done again. */
@Injectable()
export class RekeyMacs {
  constructor(
    private readonly store: RekeyStore,
    private readonly keys: KeyRing,
    private readonly sendKeys: SendKeys,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
  ) {}

  async execute(work: PrivacyWork<Rekeyed>): Promise<Rekeyed> {
    const { batch, onProgress } = readWork(work);
    if (this.keys.formerLookupIds.length === 0)
      throw refused('rekey() needs the old "lookupSecret" in "formerLookupSecrets".');
    // A send that began before the pause may still write under the old secret.
    const wait = STALE_SENDING_SECONDS - (await this.pausedFor());
    if (wait > 0) await this.clock.sleep(wait * 1000);
    const total: Rekeyed = { otps: 0, limits: 0, left: 0 };
    const tell = async (): Promise<void> => {
      await onProgress?.({ ...total });
    };
    let before: ReadonlyMap<string, string> = new Map();
    for (;;) {
      const { rekeyed, stuck, unknown } = await this.rekeyNumbers(batch, total, tell);
      // An OTP that changed under a pass is tried again; one that did not change is stuck.
      const hasChanged = [...stuck].some(([id, version]) => before.get(id) !== version);
      before = stuck;
      if (rekeyed > 0 || hasChanged) continue;
      total.left = stuck.size + unknown;
      // Their locks go with them, so the rest of the limits waits too.
      if (stuck.size > 0) return total;
      if ((await this.rekeyLimits(batch, total, tell)) === 0) return total;
    }
  }

  /** One pass over all OTPs. */
  private async rekeyNumbers(
    batch: number,
    total: Rekeyed,
    tell: () => Promise<void>,
  ): Promise<{ rekeyed: number; stuck: ReadonlyMap<string, string>; unknown: number }> {
    const { lookupId, formerLookupIds } = this.keys;
    const { instance } = this.settings;
    const known = [...formerLookupIds, lookupId];
    const stuck = new Map<string, string>();
    let [rekeyed, unknown] = [0, 0];
    for (let last: string | null = NIL; last !== null;) {
      await this.pausedFor();
      const page = await this.store.numbersAfter(instance, formerLookupIds, known, last, batch);
      const otps = page.rows.map((otp) => this.rekeyed(otp));
      const done = otps.length > 0 ? await this.store.rekeyNumbers(instance, lookupId, otps) : 0;
      if (done < otps.length)
        for (const { id, eventCount, leaseNo } of page.rows)
          stuck.set(id, `${eventCount}/${leaseNo}`);
      rekeyed += done;
      unknown += page.unknown;
      total.otps += done;
      await tell();
      last = page.last;
    }
    return { rekeyed, stuck, unknown };
  }

  /** One pass over the limits that no OTP has taken along. */
  private async rekeyLimits(
    batch: number,
    total: Rekeyed,
    tell: () => Promise<void>,
  ): Promise<number> {
    const { lookupId, formerLookupIds } = this.keys;
    let rekeyed = 0;
    for (let last: string | null = ''; last !== null;) {
      await this.pausedFor();
      const page = await this.store.limitsAfter(formerLookupIds, last, batch);
      const moves = page.rows.map(({ key, lookupId: from }) => ({
        key,
        becomes: rekeyedLimitKey(key, (mac) => this.keys.rekeyed(mac, from)),
      }));
      const done = moves.length > 0 ? await this.store.rekeyLimits(lookupId, moves) : 0;
      rekeyed += done;
      total.limits += done;
      await tell();
      last = page.last;
    }
    return rekeyed;
  }

  private rekeyed(was: KeyedOtp): RekeyedOtp {
    const anew = (mac: Buffer): Buffer => this.keys.rekeyed(mac, was.lookupId);
    const reports = Object.entries(was.reports).map(([no, mac]) => [
      no,
      anew(Buffer.from(mac, 'base64url')).toString('base64url'),
    ]);
    const { bindingMac, ipMac, tryMac, unknownMac } = was;
    return {
      was,
      macs: {
        mobileMac: anew(was.mobileMac),
        bindingMac: bindingMac && anew(bindingMac),
        ipMac: ipMac && anew(ipMac),
        tryMac: tryMac && anew(tryMac),
        unknownMac: unknownMac && anew(unknownMac),
        limitKeys: was.limitKeys.map((key) => rekeyedLimitKey(key, anew)),
        reports: Object.fromEntries(reports) as Record<string, string>,
      },
    };
  }

  /** Seconds. A number that is asked for meanwhile would begin anew under another key. */
  private async pausedFor(): Promise<number> {
    const seconds = await this.store.stoppedFor(this.sendKeys.pause(null));
    if (seconds !== null) return seconds;
    throw refused(
      'rekey() needs a pause of all sends: call OtpControls.pauseSends() before it, and resumeSends() when it is done and every process has the new configuration.',
    );
  }
}

const refused = (detail: string): OtpException =>
  new OtpException({ code: 'invalid_request', detail });
