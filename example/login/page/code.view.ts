import type { CodeState } from './code-states.js';
import { layout, refusalView } from './layout.view.js';
import type { Language } from './language.js';
import { LOGIN_WORDS } from './login.words.js';
import type { LoginWords } from './login.words.js';
import { markup, NOTHING } from './markup.js';
import type { Markup } from './markup.js';
import { phoneView } from './phone.view.js';
import type { PhoneScreen } from './phone.view.js';

export interface CodePage {
  language: Language;
  refusal: string | undefined;
  state: CodeState;
  phone: PhoneScreen | undefined;
}

export function codePage({ language, refusal, state, phone }: CodePage): string {
  const words = LOGIN_WORDS[language];
  return layout({
    language,
    title: state.open ? words.code.title : words.code.ended,
    refusal,
    body: state.open ? openView(state, refusal, words, phone) : endedView(state, words),
    phone: phone && phoneView(phone, words),
  });
}

function openView(
  state: CodeState,
  refusal: string | undefined,
  { code, phone }: LoginWords,
  simulated: PhoneScreen | undefined,
): Markup {
  const invalid =
    refusal === undefined
      ? markup` aria-describedby="hint"`
      : markup` aria-invalid="true" aria-describedby="refusal hint"`;
  // A refusal says it itself.
  const tries =
    refusal === undefined ? markup`<span>${code.left(state.attemptsLeft)}</span>` : NOTHING;
  return markup`
      <h1>${code.title}</h1>
      <p class="lead">${code.sentTo} <b>${state.mobileMask}</b> · <a href="/">${code.change}</a></p>
      <p id="news" class="news" role="status" data-tone="${state.tone}">${state.news}</p>
      <form method="post" action="/code" id="enter">
        <div class="row">
          <label for="code">${code.label}</label>
          <span class="ref">${code.ref} <b id="ref">${state.referenceCode}</b></span>
        </div>
        <input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code"
          maxlength="64" autocapitalize="off" spellcheck="false" required autofocus${invalid}>
        ${refusalView(refusal)}
        <p id="hint" class="hint row"><span>${code.hint}</span>${tries}</p>
        <button>${code.enter}</button>
      </form>
      <form method="post" action="/code/resend" id="again"${hiddenUnless(state.resends)}>
        <button id="resend" class="quiet" data-wait="${state.wait}"
          data-later="${code.resendIn}" data-now="${code.resend}">${code.resend}</button>
      </form>
      <a href="/" class="button quiet" id="restart"${hiddenUnless(!state.resends)}>${code.restart}</a>
      ${simulated ? markup`<a href="/code" class="by-hand">${phone.refresh}</a>` : NOTHING}`;
}

/** Its news say what a refusal would, and when a new code can be had. */
function endedView({ news }: CodeState, { code }: LoginWords): Markup {
  return markup`
      <h1>${code.ended}</h1>
      <p id="news" class="news" role="status" data-tone="bad">${news}</p>
      <a href="/" class="button" autofocus>${code.restart}</a>`;
}

const hiddenUnless = (shown: boolean): Markup => (shown ? NOTHING : markup` hidden`);
