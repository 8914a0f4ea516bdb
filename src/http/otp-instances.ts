import type { ModuleRef } from '@nestjs/core';
import { OtpSettings } from '../options/otp.settings.js';
import { getOtpToken } from '../service/instances.js';
import { OtpProofs } from '../service/otp-proofs.js';

/** What a guard needs of a module. */
export interface OtpInstance {
  readonly proofs: OtpProofs;
  readonly settings: OtpSettings;
}

/** The modules of the app by their names; each is looked up once. */
export class OtpInstances {
  private readonly known = new Map<string, OtpInstance>();

  constructor(private readonly app: ModuleRef) {}

  /** @throws Error when the app has no module of this name */
  of(name: string): OtpInstance {
    const instance = this.find(name);
    if (!instance) throw new Error(`No OtpModule of this app has the name "${name}".`);
    return instance;
  }

  find(name: string): OtpInstance | undefined {
    let instance = this.known.get(name);
    if (!instance && (instance = this.lookUp(name))) this.known.set(name, instance);
    return instance;
  }

  private lookUp(name: string): OtpInstance | undefined {
    const get = <T>(service: abstract new (...given: never[]) => T): T =>
      this.app.get<T>(getOtpToken(name, service), { strict: false });
    try {
      return { proofs: get(OtpProofs), settings: get(OtpSettings) };
    } catch {
      return undefined;
    }
  }
}
