import { Injectable } from '@nestjs/common';
import type { PrivacyWork } from './privacy-work.js';
import { RekeyMacs } from './rekey-macs.js';
import type { Rekeyed } from './rekey-macs.js';
import { ResealNumbers } from './reseal-numbers.js';
import type { Resealed } from './reseal-numbers.js';

/**
 * For operators: gives what is stored new keys. Each call goes over all rows in small statements, beside
 * running apps and beside a second copy of itself; killed at any point, it is simply run again. Run it in
 * a process of its own.
 *
 * @hideconstructor
 * @example
 * const app = await NestFactory.createApplicationContext(AppModule);
 * console.log(await app.get(OtpPrivacy).reseal());
 * await app.close();
 */
@Injectable()
export class OtpPrivacy {
  constructor(
    private readonly reseals: ResealNumbers,
    private readonly rekeys: RekeyMacs,
  ) {}

  /**
   * Seals every number that an older secret sealed with the newest one. After it has counted no
   * `unopened`, and every process seals with the newest secret, the older ones may leave the ring.
   *
   * @throws OtpException `invalid_request`; or what the database reports, then run it again
   */
  reseal(work: PrivacyWork<Resealed> = {}): Promise<Resealed> {
    return this.reseals.execute(work);
  }

  /**
   * Takes every look-up MAC from the former `lookupSecret` to the newest, with all that is counted and
   * stopped under it. Sends of every purpose must be paused (`OtpControls.pauseSends()`) until it has
   * left nothing and every process has the new configuration; codes can be entered throughout.
   *
   * @throws OtpException `invalid_request` without a pause or former secrets; or what the database reports,
   *   then run it again
   */
  rekey(work: PrivacyWork<Rekeyed> = {}): Promise<Rekeyed> {
    return this.rekeys.execute(work);
  }
}
