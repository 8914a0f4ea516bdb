import type { Provider, Type } from '@nestjs/common';
import { OTP_ERRORS } from '../domain/errors.js';
import { Telemetry } from '../ports/telemetry.js';
import type { WorkEnd, WorkName } from '../ports/telemetry.js';
import { NoTelemetry } from './no-telemetry.js';
import { isOtpException } from './otp.exception.js';

interface UseCase {
  execute(...given: never[]): Promise<unknown>;
}

/**
 * A use case that everybody gets with its telemetry around it, so that neither it nor its callers know
 * of any. Without telemetry they get the bare one.
 */
export function observedUseCase(useCase: Type<UseCase>, name: WorkName): Provider[] {
  const bare = Symbol(name);
  return [
    { provide: bare, useClass: useCase },
    {
      provide: useCase,
      useFactory: (inner: UseCase, telemetry: Telemetry) => observed(inner, name, telemetry),
      inject: [bare, Telemetry],
    },
  ];
}

function observed(useCase: UseCase, name: WorkName, telemetry: Telemetry): UseCase {
  if (telemetry instanceof NoTelemetry) return useCase;
  const execute = (...given: never[]): Promise<unknown> =>
    telemetry.work(name, () => useCase.execute(...given), endOf);
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
