import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { fail } from '../options/config-error.js';
import { OtpSettings } from '../options/otp.settings.js';
import { ON_OTP_EVENT_METADATA } from '../service/events/on-otp-event.decorator.js';
import type { OtpEventSubscription } from '../service/events/on-otp-event.decorator.js';
import { DEFAULT_INSTANCE, InstanceName } from '../service/instance-name.js';
import { WebhookPath } from './mounted-webhook.js';
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
    private readonly name: InstanceName,
    private readonly webhook: WebhookPath,
    app: ModuleRef,
  ) {
    this.instances = new OtpInstances(app);
  }

  /**
   * @throws OtpConfigError for two modules of one instance or webhook, and for an option that only the module
   *   without a name can have; Error for a mark that names no module
   */
  onModuleInit(): void {
    const providers = this.discovery.getProviders();
    const { instance, proof } = this.settings;
    const others = (token: unknown): unknown[] =>
      providers
        .filter((wrapper) => wrapper.token === token)
        .map((wrapper) => wrapper.instance as unknown);
    const settings = others(OtpSettings) as OtpSettings[];
    if (settings.filter((other) => other.instance === instance).length > 1)
      fail(
        'instance',
        instance,
        'one that no other OtpModule of the app has: give this one a name, OtpModule.forRoot({ name: "staff", … })',
      );
    // By the end of its route each module knows its own; Express makes no difference between A and a.
    const route = ({ value }: WebhookPath): string => `/${value}`.toLowerCase();
    const paths = (others(WebhookPath) as WebhookPath[]).map(route);
    if (paths.filter((path) => path.endsWith(route(this.webhook))).length > 1)
      fail(
        'webhook.path',
        this.webhook.value,
        'one that no path of another OtpModule of the app ends with',
      );
    if (proof.required && this.name.value !== DEFAULT_INSTANCE)
      fail(
        'proof.required',
        this.name.value,
        'left to the module without a name (it may say { instance }): it is what routes without a mark demand',
      );
    if (proof.required) this.find(proof.required.instance, 'Option "proof.required"');
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
    if (mark) this.find(mark.instance, `The mark on ${place}`);
    const handler = Reflect.getMetadata(ON_OTP_EVENT_METADATA, marked ?? {}) as
      OtpEventSubscription | undefined;
    if (handler)
      for (const name of [handler.instance].flat()) this.find(name, `The handler ${place}`);
  }

  private find(instance: string = DEFAULT_INSTANCE, who: string): void {
    try {
      this.instances.of(instance);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`${message} ${who} asks for it: name one of them as { instance }.`, {
        cause,
      });
    }
  }
}
