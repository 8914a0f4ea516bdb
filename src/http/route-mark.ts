import { REQUIRE_OTP_METADATA } from './metadata.js';
import type { OtpRequirement } from './require-otp.decorator.js';

/** A decorator for a route, a resolver, the handler of a message, or the class of them. */
export type RouteMark = MethodDecorator & ClassDecorator;

/**
 * Writes for the guard what a route demands; `null` opens it. Two marks on one place contradict each
 * other, and which of them counts would hang on their order, so they stop the boot.
 */
export function markRoute(requirement: OtpRequirement | null): RouteMark {
  return (target: object, method?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const marked = (descriptor?.value ?? target) as object;
    if (Reflect.hasOwnMetadata(REQUIRE_OTP_METADATA, marked)) {
      const place =
        method === undefined
          ? (target as { name: string }).name
          : `${target.constructor.name}.${String(method)}`;
      throw new Error(`${place} takes one of @RequireOtp, @OtpOptional and @SkipOtp, not two.`);
    }
    Reflect.defineMetadata(REQUIRE_OTP_METADATA, requirement, marked);
  };
}
