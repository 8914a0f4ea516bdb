import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { OtpConfigError } from '../options/config-error.js';
import { OtpSettings } from '../options/otp.settings.js';
import { DEFAULT_INSTANCE } from '../service/instance-name.js';
import { REQUIRE_OTP_METADATA } from './metadata.js';
import { OtpInstances } from './otp-instances.js';
import type { OtpRequirement } from './require-otp.decorator.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Looks at the start whether the app's modules can be told apart, and whether each route's mark names one
 * of them: else the first customer would find out.
 */
@Injectable()
export class RouteCheck implements OnModuleInit {
  private readonly instances: OtpInstances;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly settings: OtpSettings,
    app: ModuleRef,
  ) {
    this.instances = new OtpInstances(app);
  }

  /** @throws OtpConfigError for two modules of one instance; Error for a mark that names no module */
  onModuleInit(): void {
    const providers = this.discovery.getProviders();
    const { instance } = this.settings;
    const twins = providers.filter((wrapper) => instanceOf(wrapper) === instance);
    if (twins.length > 1)
      throw new OtpConfigError(
        'instance',
        instance,
        'one that no other OtpModule of the app has: give this one a name, OtpModule.forRoot({ name: "staff", … })',
      );
    for (const wrapper of [...providers, ...this.discovery.getControllers()]) this.look(wrapper);
  }

  private look({ metatype }: Wrapper): void {
    const prototype = metatype?.prototype as Record<string, object> | undefined;
    if (!metatype || !prototype) return;
    this.lookAt(metatype, metatype.name);
    for (const method of this.scanner.getAllMethodNames(prototype))
      this.lookAt(prototype[method], `${metatype.name}.${method}`);
  }

  private lookAt(marked: object | undefined, place: string): void {
    const mark = Reflect.getMetadata(REQUIRE_OTP_METADATA, marked ?? {}) as
      OtpRequirement | null | undefined;
    if (!mark) return;
    try {
      this.instances.of(mark.instance ?? DEFAULT_INSTANCE);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(
        `${message} The mark on ${place} asks for it: name one with @RequireOtp('${mark.purpose}', { instance }).`,
        { cause },
      );
    }
  }
}

const instanceOf = ({ token, instance }: Wrapper): string | undefined =>
  token === OtpSettings ? (instance as OtpSettings | null)?.instance : undefined;
