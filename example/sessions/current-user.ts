import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { User } from '../users/user.js';

/** What the session reads of an Express or Fastify request. */
export interface SessionRequest {
  headers: IncomingHttpHeaders;
}

const users = new WeakMap<object, User>();

/** Remembers who sent a request, for as long as the request lives. */
export function keepUser(request: SessionRequest, user: User): void {
  users.set(request, user);
}

/** Who is signed in, on a route behind `SessionGuard`. */
export function currentUser(context: ExecutionContext): User {
  const user = users.get(context.switchToHttp().getRequest<SessionRequest>());
  if (!user) throw new Error('This route needs @UseGuards(SessionGuard).');
  return user;
}
