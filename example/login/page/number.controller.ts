import { randomUUID } from 'node:crypto';
import { Body, Get, Ip, Post, Redirect } from '@nestjs/common';
import { OtpLanguages } from 'nestjs-ants-otp';
import { PhoneService } from '../../phone/phone.service.js';
import { readSessionCookie } from '../../sessions/session.cookie.js';
import { SessionService } from '../../sessions/session.service.js';
import { LoginService } from '../login.service.js';
import { heldChallenge, holdChallenge } from './challenge.cookie.js';
import { NumberForm } from './dto/number.form.js';
import { languageOf } from './language.js';
import { numberPage } from './number.view.js';
import { Page, PageController } from './page.decorator.js';
import { triedNumber } from './phone.view.js';
import { Refusals } from './refusals.js';
import { SeeOther } from './see-other.js';
import { Visitor } from './visit.js';
import type { Visit } from './visit.js';

/** The first page: which number? */
@PageController('')
export class NumberController {
  constructor(
    private readonly logins: LoginService,
    private readonly sessions: SessionService,
    private readonly refusals: Refusals,
    private readonly languages: OtpLanguages,
    private readonly phone: PhoneService,
  ) {}

  @Get()
  @Page()
  show(@Visitor() visit: Visit): string {
    if (this.sessions.userOf(readSessionCookie(visit.headers) ?? ''))
      throw new SeeOther('/account');
    const language = languageOf(visit, this.languages);
    const refused = this.refusals.take(visit, language);
    const typed = refused?.typed ?? triedNumber(visit.query('try'));
    return numberPage({
      language,
      refusal: refused?.message,
      mobile: typed ?? heldChallenge(visit)?.mobile ?? '',
      key: randomUUID(),
      simulated: this.phone.isConnected,
    });
  }

  @Post()
  @Redirect('/code', 303)
  async send(
    @Body() { mobile, key }: NumberForm,
    @Visitor() visit: Visit,
    @Ip() ip: string,
  ): Promise<{ url: string } | undefined> {
    try {
      const { id, ticket } = await this.logins.request({ mobile, ip, idempotencyKey: key });
      holdChallenge(visit, { id, ticket, mobile });
      return undefined;
    } catch (error) {
      const code = this.refusals.keep(visit, error, mobile);
      // The code that was just sent to this number is this browser's own: it can still be entered.
      const isHeld = code === 'cooldown' && heldChallenge(visit)?.mobile === mobile;
      return { url: isHeld ? '/code' : '/' };
    }
  }
}
