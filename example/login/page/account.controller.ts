import { Get, Post, Redirect } from '@nestjs/common';
import { OtpLanguages } from 'nestjs-ants-otp';
import { clearSessionCookie, readSessionCookie } from '../../sessions/session.cookie.js';
import { SessionService } from '../../sessions/session.service.js';
import { accountPage } from './account.view.js';
import { languageOf } from './language.js';
import { Page, PageController } from './page.decorator.js';
import { SeeOther } from './see-other.js';
import { Visitor } from './visit.js';
import type { Visit } from './visit.js';

/** The protected page. */
@PageController('account')
export class AccountController {
  constructor(
    private readonly sessions: SessionService,
    private readonly languages: OtpLanguages,
  ) {}

  @Get()
  @Page()
  show(@Visitor() visit: Visit): string {
    const user = this.sessions.userOf(readSessionCookie(visit.headers) ?? '');
    if (!user) throw new SeeOther('/');
    return accountPage(languageOf(visit, this.languages), user);
  }

  @Post('sign-out')
  @Redirect('/', 303)
  signOut(@Visitor() visit: Visit): void {
    this.sessions.end(readSessionCookie(visit.headers) ?? '');
    clearSessionCookie(visit.response);
  }
}
