import { Injectable, UnauthorizedException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { keepUser } from './current-user.js';
import type { SessionRequest } from './current-user.js';
import { readSessionCookie } from './session.cookie.js';
import { SessionService } from './session.service.js';

/** Lets in who is signed in. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly sessions: SessionService) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<SessionRequest>();
    const user = this.sessions.userOf(readSessionCookie(request.headers) ?? '');
    if (!user) throw new UnauthorizedException('Sign in first.');
    keepUser(request, user);
    return true;
  }
}
