import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { OutboxHandler } from '../../ports/outbox-store.js';
import { DEFAULT_INSTANCE, InstanceName } from '../instance-name.js';
import { emitterHandler } from './event-emitter-bridge.js';
import { ON_OTP_EVENT_METADATA } from './on-otp-event.decorator.js';
import type { OtpEventSubscription } from './on-otp-event.decorator.js';
import type { AnyOtpEvent } from './otp-event.js';

/** One handler of the app, ready to be called. */
export interface EventHandler extends OutboxHandler {
  /** Where it stands in the code, for messages. */
  readonly place: string;
  call(event: AnyOtpEvent): unknown;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the app's handlers: `@OnOtpEvent` on providers and controllers, and its `EventEmitter2`. */
@Injectable()
export class EventHandlers {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly instance: InstanceName,
  ) {}

  /** @throws Error for two handlers of one name, and for one whose class is made per request */
  find(): EventHandler[] {
    const providers = this.discovery.getProviders();
    const seen = new Set<object>();
    const found = [...providers, ...this.discovery.getControllers()].flatMap((wrapper) => {
      const holder = prototypeOf(wrapper);
      // An alias (useExisting) is the same object once more.
      if (!holder || seen.has(holder.identity)) return [];
      seen.add(holder.identity);
      return this.handlersOf(wrapper, holder);
    });
    const bridge = emitterHandler(providers, this.instance.value);
    return withoutTwins(bridge ? [...found, bridge] : found);
  }

  private isFor({ instance = DEFAULT_INSTANCE }: OtpEventSubscription): boolean {
    return [instance].flat().includes(this.instance.value);
  }

  private handlersOf(wrapper: Wrapper, { identity, prototype }: Holder): EventHandler[] {
    const own = prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const subscription = Reflect.getMetadata(ON_OTP_EVENT_METADATA, own[method] ?? {}) as
        OtpEventSubscription | undefined;
      if (!subscription || !this.isFor(subscription)) return [];
      const place = `${prototype.constructor.name}.${method}`;
      if (isMadePerUse(wrapper))
        throw new Error(
          `OtpModule: @OnOtpEvent on ${place} cannot work: its class is made for each request (Scope.REQUEST or TRANSIENT, its own or of something it injects), and an event has no request. Move the method to a class with the default scope.`,
        );
      const { types, name = place } = subscription;
      const call = (event: AnyOtpEvent): unknown =>
        (identity as Record<string, (event: AnyOtpEvent) => unknown>)[method]?.(event);
      const module = wrapper.host?.metatype.name;
      return [{ name, types, place: module ? `${place} of ${module}` : place, call }];
    });
  }
}

interface Holder {
  identity: object;
  prototype: object;
}

function prototypeOf(wrapper: Wrapper): Holder | null {
  const instance = wrapper.instance as unknown;
  if (typeof instance !== 'object' || instance === null) return null;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return prototype && prototype !== Object.prototype ? { identity: instance, prototype } : null;
}

const isMadePerUse = (wrapper: Wrapper): boolean =>
  wrapper.isTransient || !wrapper.isDependencyTreeStatic();

function withoutTwins(handlers: EventHandler[]): EventHandler[] {
  const byName = new Map<string, EventHandler>();
  for (const handler of handlers) {
    const twin = byName.get(handler.name);
    if (twin)
      throw new Error(
        `OtpModule: two handlers are called "${handler.name}": ${twin.place} and ${handler.place}. Each is owed its own events: give one of them another name, @OnOtpEvent(…, { name }).`,
      );
    byName.set(handler.name, handler);
  }
  return handlers;
}
