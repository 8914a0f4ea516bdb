import { Inject } from '@nestjs/common';
import type { Abstract, Type } from '@nestjs/common';
import { OtpSettings } from '../options/otp.settings.js';
import { OtpOutbox } from './events/otp-outbox.js';
import { DEFAULT_INSTANCE } from './instance-name.js';
import { OtpActions } from './otp-actions.js';
import { OtpControls } from './otp-controls.js';
import { OtpDoctor } from './otp-doctor.js';
import { OtpFigures } from './otp-figures.js';
import { OtpHealthIndicator } from './otp-health-indicator.js';
import { OtpLanguages } from './otp-languages.js';
import { OtpPrivacy } from './otp-privacy.js';
import { OtpProofs } from './otp-proofs.js';
import { OtpService } from './otp.service.js';
import { Sweeper } from './sweeper.js';

/** What an app calls of a module. */
export const INSTANCE_SERVICES: readonly Type[] = [
  OtpService,
  OtpActions,
  OtpControls,
  OtpDoctor,
  OtpHealthIndicator,
  OtpOutbox,
  OtpPrivacy,
  Sweeper,
];

/** Names that a minifier leaves alone and both builds share. */
const NAMES = new Map<unknown, string>([
  [OtpService, 'OtpService'],
  [OtpActions, 'OtpActions'],
  [OtpControls, 'OtpControls'],
  [OtpDoctor, 'OtpDoctor'],
  [OtpHealthIndicator, 'OtpHealthIndicator'],
  [OtpOutbox, 'OtpOutbox'],
  [OtpPrivacy, 'OtpPrivacy'],
  [Sweeper, 'OtpSweeper'],
  [OtpLanguages, 'OtpLanguages'],
  // For guards alone.
  [OtpSettings, 'OtpSettings'],
  [OtpProofs, 'OtpProofs'],
  // For the console alone.
  [OtpFigures, 'OtpFigures'],
]);

/**
 * The token of one module's service, for tests and factories; in a constructor use `@InjectOtp`.
 *
 * @param name of the module, as `OtpModule.forRoot({ name })` gave it. Default: the module without a name
 * @param service one of the module's exported classes. Default: `OtpService`
 * @throws Error for a class that no module exports
 */
export function getOtpToken(
  name: string = DEFAULT_INSTANCE,
  service: Abstract<unknown> = OtpService,
): string {
  const known = NAMES.get(service);
  if (known === undefined)
    throw new Error(
      `getOtpToken: ${service.name} is none of ${[...NAMES.values()].join(', ')} of this build.`,
    );
  return `nestjs-ants-otp:${name}:${known}`;
}

/**
 * Injects a service of the module of this name.
 *
 * @example
 * constructor(\@InjectOtp('staff') private readonly otps: OtpService) {}
 */
export const InjectOtp = (name?: string, service?: Abstract<unknown>): ParameterDecorator =>
  Inject(getOtpToken(name, service));
