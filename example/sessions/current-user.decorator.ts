import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { currentUser } from './current-user.js';

/** `@CurrentUser() user: User` on a route behind `SessionGuard`. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) =>
  currentUser(context),
);
