import { Logger } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { OTP_EVENT_TYPES } from '../../domain/otp.js';
import { LogEntry } from '../../ports/log-entry.js';
import { DEFAULT_INSTANCE } from '../instance-name.js';
import { messageOf } from '../message-of.js';
import type { EventHandler } from './event-handlers.js';

const logger = new Logger('OtpModule');

/** The parts of `@nestjs/event-emitter` that are used; the package itself is not imported. */
interface Emitter {
  emit(name: string, event: unknown): unknown;
}
interface ReadinessWatcher {
  waitUntilReady(): Promise<void>;
}

/**
 * The app's `EventEmitter2`, if it has one, as one more handler: it gets every event as `otp.<type>`,
 * of a module with a name as `otp.<name>.<type>`.
 * What its listeners do with it is not waited for.
 */
export function emitterHandler(
  providers: ReturnType<DiscoveryService['getProviders']>,
  instance: string,
): EventHandler | null {
  const instances = providers.map((wrapper) => wrapper.instance as unknown);
  const emitter = instances.find(isEmitter);
  if (!emitter) return null;
  const watcher = instances.find(isWatcher);
  const prefix = instance === DEFAULT_INSTANCE ? 'otp' : `otp.${instance}`;
  return {
    name: 'event-emitter',
    types: OTP_EVENT_TYPES,
    place: 'the EventEmitter2 of @nestjs/event-emitter',
    async call(event) {
      // Its listeners are bound while the app starts; before that, an event would reach nobody.
      await watcher?.waitUntilReady();
      try {
        emitter.emit(`${prefix}.${event.type}`, event);
      } catch (error) {
        // The others have heard it, or not: a second emit would tell them twice.
        logger.warn(
          new LogEntry(`A listener of "${prefix}.${event.type}" failed: ${messageOf(error)}`, {
            ...{ event: 'event_listener_failed', type: event.type },
          }),
        );
      }
    },
  };
}

/** The class is called `EventEmitter`, as the one of Node; what tells it apart is its own second name. */
function isEmitter(value: unknown): value is Emitter {
  const made = classOf(value);
  const named = made?.name === 'EventEmitter2' || (made && made['EventEmitter2'] === made);
  return named === true && typeof (value as Partial<Emitter>).emit === 'function';
}

const isWatcher = (value: unknown): value is ReadinessWatcher =>
  classOf(value)?.name === 'EventEmitterReadinessWatcher' &&
  typeof (value as Partial<ReadinessWatcher>).waitUntilReady === 'function';

function classOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return value.constructor as unknown as Record<string, unknown> | undefined;
}
