import { Controller, Delete, Get, HttpCode, Req, Res, UseGuards } from '@nestjs/common';
import type { User } from '../users/user.js';
import { CurrentUser } from './current-user.decorator.js';
import type { SessionRequest } from './current-user.js';
import { clearSessionCookie, readSessionCookie } from './session.cookie.js';
import type { CookieResponse } from '../cookies.js';
import { SessionGuard } from './session.guard.js';
import { SessionService } from './session.service.js';

@Controller('session')
@UseGuards(SessionGuard)
export class SessionController {
  constructor(private readonly sessions: SessionService) {}

  /** Who am I? */
  @Get()
  show(@CurrentUser() user: User): { user: User } {
    return { user };
  }

  /** Signs out. */
  @Delete()
  @HttpCode(204)
  end(@Req() request: SessionRequest, @Res({ passthrough: true }) response: CookieResponse): void {
    this.sessions.end(readSessionCookie(request.headers) ?? '');
    clearSessionCookie(response);
  }
}
