import type { OtpEventType } from '../../domain/otp.js';
import { OTP_EVENT_TYPES } from '../../domain/otp.js';
import { checkNames } from '../../options/check-names.js';
import type { NamesOf } from '../../options/check-names.js';
import type { OtpEventOf } from './otp-event.js';

/** A fixed string: the dispatcher of one build must find what the decorator of the other wrote. */
export const ON_OTP_EVENT_METADATA = 'nestjs-ants-otp:on-event';

/** How a handler is known. */
export interface OnOtpEventOptions {
  /**
   * What the database knows the handler by: keep it when you rename the class or the method.
   *
   * @default 'ClassName.methodName'
   */
  name?: string;
  /** Name, or names, of the modules whose events it gets. @default the module without a name */
  instance?: string | readonly string[];
}

const NAMES: NamesOf<OnOtpEventOptions> = { name: null, instance: null };

/** What `@OnOtpEvent` writes for the dispatcher. */
export interface OtpEventSubscription extends OnOtpEventOptions {
  types: readonly OtpEventType[];
}

type HandlerDecorator<T extends OtpEventType> = <F extends (event: OtpEventOf<T>) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
) => void;

/**
 * Calls this method of a provider or controller for each event of these types: after its commit, in
 * order per OTP, at least once, whatever crashes. A throw (or 25 s without an end) is tried again.
 *
 * @param types one type, a list, or `'*'` for all
 * @throws Error for a type that does not exist; OtpConfigError for such an option
 * @example
 * \@OnOtpEvent('delivered')
 * async onDelivered(event: OtpDelivered): Promise<void> { … }
 */
export function OnOtpEvent<const T extends OtpEventType = OtpEventType>(
  types: T | readonly T[] | '*',
  options: OnOtpEventOptions = {},
): HandlerDecorator<T> {
  checkNames(options, NAMES, '@OnOtpEvent.');
  const wanted: readonly string[] =
    types === '*' ? OTP_EVENT_TYPES : typeof types === 'string' ? [types] : types;
  const known: readonly string[] = OTP_EVENT_TYPES;
  const wrong = wanted.find((type) => !known.includes(type));
  if (wrong !== undefined || wanted.length === 0)
    throw new Error(
      `@OnOtpEvent: "${wrong ?? ''}" is no event; use '*' or some of ${known.join(', ')}.`,
    );
  return (target, method, { value }) => {
    const place = `${target.constructor.name}.${String(method)}`;
    if (typeof value !== 'function') throw new Error(`@OnOtpEvent: ${place} is no method.`);
    if (Reflect.hasOwnMetadata(ON_OTP_EVENT_METADATA, value))
      throw new Error(`@OnOtpEvent: give ${place} one decorator with a list of events.`);
    const subscription: OtpEventSubscription = { ...options, types: wanted as OtpEventType[] };
    Reflect.defineMetadata(ON_OTP_EVENT_METADATA, subscription, value);
  };
}
