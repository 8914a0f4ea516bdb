import { ForbiddenException } from '@nestjs/common';
import { isActor } from '../domain/operator-action.js';
import type { OtpConsoleOptions } from './otp-console.options.js';

/** Who sends a request. @throws ForbiddenException for whom the app has no id: nothing is done by nobody */
export function actorOf({ actor }: OtpConsoleOptions, request: unknown): string {
  const id: unknown = actor?.(request as never);
  if (isActor(id)) return id;
  throw new ForbiddenException(
    'Nobody is known as the sender: "actor" of OtpConsoleModule.forRoot must give an id of 1 to 64 characters.',
  );
}
