import { Body, Get, Header, NotFoundException, Post, Redirect } from '@nestjs/common';
import { OtpLanguages } from 'nestjs-ants-otp';
import { PhoneService } from '../../phone/phone.service.js';
import { writeSessionCookie } from '../../sessions/session.cookie.js';
import { SESSION_LIFETIME } from '../../sessions/session.service.js';
import { LoginService } from '../login.service.js';
import { dropChallenge, heldChallenge, holdChallenge } from './challenge.cookie.js';
import type { HeldChallenge } from './challenge.cookie.js';
import { CodeStates } from './code-states.js';
import type { CodeState } from './code-states.js';
import { codePage } from './code.view.js';
import { CodeForm } from './dto/code.form.js';
import { languageOf } from './language.js';
import { LOGIN_WORDS } from './login.words.js';
import { Page, PageController } from './page.decorator.js';
import { messagesView } from './phone.view.js';
import type { PhoneScreen } from './phone.view.js';
import { Refusals } from './refusals.js';
import { SeeOther } from './see-other.js';
import { Visitor } from './visit.js';
import type { Visit } from './visit.js';

/** What the script of the page asks for again and again. */
interface Followed extends Pick<
  CodeState,
  'open' | 'news' | 'tone' | 'resends' | 'wait' | 'referenceCode'
> {
  /** The screen of the simulated phone. */
  messages: string;
}

/** The SMS did not reach the phone. */
const LOST = new Set<CodeState['delivery']>(['expired', 'rejected', 'undelivered']);

/** The second page: the code. Every form leads to a page by a redirect, so a reload sends nothing twice. */
@PageController('code')
export class CodeController {
  constructor(
    private readonly logins: LoginService,
    private readonly states: CodeStates,
    private readonly refusals: Refusals,
    private readonly languages: OtpLanguages,
    private readonly phone: PhoneService,
  ) {}

  @Get()
  @Page()
  async show(@Visitor() visit: Visit): Promise<string> {
    const language = languageOf(visit, this.languages);
    const held = heldChallenge(visit);
    const state = held && (await this.states.of(held, language));
    // Verified: by this browser, which is signed in then, or by whoever else has the ticket.
    if (!state || state.verified) throw new SeeOther('/');
    const refusal = this.refusals.take(visit, language)?.message;
    return codePage({ language, refusal, state, phone: this.screen(state) });
  }

  /** The page's news, without the page. */
  @Get('state')
  @Header('Cache-Control', 'no-store')
  async follow(@Visitor() visit: Visit): Promise<Followed> {
    const language = languageOf(visit, this.languages);
    const held = heldChallenge(visit);
    const state = held && (await this.states.of(held, language));
    if (!state) throw new NotFoundException();
    const { open, news, tone, resends, wait, referenceCode } = state;
    const screen = this.screen(state);
    const messages = screen ? messagesView(screen, LOGIN_WORDS[language].phone).text : '';
    return { open, news, tone, resends, wait, referenceCode, messages };
  }

  @Post()
  @Redirect('/account', 303)
  async enter(
    @Body() { code }: CodeForm,
    @Visitor() visit: Visit,
  ): Promise<{ url: string } | undefined> {
    return this.attempt(visit, async ({ id, ticket }) => {
      const { session } = await this.logins.enter(id, ticket, code);
      writeSessionCookie(visit.response, session, SESSION_LIFETIME);
      dropChallenge(visit);
    });
  }

  @Post('resend')
  @Redirect('/code', 303)
  async resend(@Visitor() visit: Visit): Promise<{ url: string } | undefined> {
    return this.attempt(visit, async ({ id, ticket, mobile }) => {
      const challenge = await this.logins.resend(id, ticket);
      holdChallenge(visit, { ...challenge, mobile });
    });
  }

  /** Where to go instead. A refusal leads back to the code; who holds no OTP begins anew. */
  private async attempt(
    visit: Visit,
    action: (held: HeldChallenge) => Promise<void>,
  ): Promise<{ url: string } | undefined> {
    const held = heldChallenge(visit);
    if (!held) return { url: '/' };
    try {
      await action(held);
      return undefined;
    } catch (error) {
      this.refusals.keep(visit, error);
      return { url: '/code' };
    }
  }

  private screen({ callbackData, delivery }: CodeState): PhoneScreen | undefined {
    if (!this.phone.isConnected || callbackData === null) return undefined;
    const messages = this.phone.messages(callbackData, delivery === 'delivered');
    return { messages, reachable: !LOST.has(delivery) };
  }
}
