import type { Provider, Type } from '@nestjs/common';
import { OTP_ERRORS } from '../domain/errors.js';
import { Telemetry } from '../ports/telemetry.js';
import type { WorkEnd, WorkName } from '../ports/telemetry.js';
import { NoTelemetry } from './no-telemetry.js';
import { LimitHits } from './limit-hits.js';
import { isOtpException } from './otp.exception.js';

interface UseCase {
  execute(...given: never[]): Promise<unknown>;
}

/**
 * A use case that everybody gets with its telemetry around it, and with its refusals counted, so that neither it nor its
 * callers know of any.
 */
export function observedUseCase(useCase: Type<UseCase>, name: WorkName): Provider[] {
  const bare = Symbol(name);
  return [
    { provide: bare, useClass: useCase },
    {
      provide: useCase,
      useFactory: (inner: UseCase, telemetry: Telemetry, hits: LimitHits) =>
        observed(inner, name, telemetry, hits),
      inject: [bare, Telemetry, LimitHits],
    },
  ];
}

function observed(
  useCase: UseCase,
  name: WorkName,
  telemetry: Telemetry,
  hits: LimitHits,
): UseCase {
  const counted = async (...given: never[]): Promise<unknown> => {
    try {
      return await useCase.execute(...given);
    } catch (error) {
      hits.tell(error);
      throw error;
    }
  };
  const execute =
    telemetry instanceof NoTelemetry
      ? counted
      : (...given: never[]): Promise<unknown> =>
          telemetry.work(name, () => counted(...given), endOf);
  return new Proxy(useCase, {
    get: (target, member) =>
      member === 'execute' ? execute : (Reflect.get(target, member, target) as unknown),
  });
}

/** What an error of a use case means to its caller. */
export function endOf(error: unknown): WorkEnd {
  if (!isOtpException(error)) return { outcome: 'error', failed: true };
  return { outcome: error.code, failed: OTP_ERRORS[error.code].status >= 500 };
}
