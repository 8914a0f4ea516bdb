import type { SentSms } from 'nestjs-ants-otp/testing';
import type { LoginWords } from './login.words.js';
import { markup, NOTHING } from './markup.js';
import type { Markup } from './markup.js';

/** What the simulated phone shows. */
export interface PhoneScreen {
  messages: readonly SentSms[];
  /** Whether the newest SMS could reach it. */
  reachable: boolean;
}

/** Magic numbers of the simulator, by what becomes of their SMS. */
const TRIES = { arrives: '080-000-0000', lost: '080-000-0102', late: '080-000-0112' } as const;

/** The phone beside the form; without JavaScript its link asks for the page again. */
export function phoneView(screen: PhoneScreen, { phone }: LoginWords): Markup {
  return markup`<aside class="phone" aria-label="${phone.title}">
      <div class="screen">
        <p class="bar" aria-hidden="true"><span>9:41</span><span class="signal"></span></p>
        <h2>${phone.messages}</h2>
        <div id="messages" aria-live="polite">${messagesView(screen, phone)}</div>
      </div>
    </aside>`;
}

/** The messages alone, for the page that follows them. */
export function messagesView(
  { messages, reachable }: PhoneScreen,
  phone: LoginWords['phone'],
): Markup {
  const state = reachable ? phone.empty : phone.unreachable;
  const none = markup`<p class="none${reachable ? '' : ' unreachable'}">${state}</p>`;
  if (messages.length === 0) return none;
  return markup`<ol>${messages.map((sms) => messageView(sms, phone))}</ol>${reachable ? NOTHING : none}`;
}

function messageView({ from, text, code }: SentSms, phone: LoginWords['phone']): Markup {
  const [before = '', after = ''] = text.split(code);
  return markup`<li>
      <p class="from"><b>${from}</b> <span>${phone.now}</span></p>
      <p class="bubble">${before}<b>${code}</b>${after}</p>
      <button type="button" class="copy" data-copy="${code}" data-done="${phone.copied}" hidden>${phone.copy}</button>
    </li>`;
}

/** What to try while ANTS is simulated. */
export function triesView({ phone }: LoginWords): Markup {
  const rows = Object.entries(TRIES).map(
    ([what, number]) =>
      markup`<li><a href="/?try=${number}">${number}</a> ${phone.tries[what as keyof typeof TRIES]}</li>`,
  );
  return markup`<div class="tries"><p>${phone.lead}</p><ul>${rows}</ul></div>`;
}

/** The number of a link of `triesView`; no other can be put into the form from outside. */
export function triedNumber(number: string | undefined): string | undefined {
  return Object.values(TRIES).find((known) => known === number);
}
