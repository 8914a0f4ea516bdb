import { layout, refusalView } from './layout.view.js';
import type { Language } from './language.js';
import { LOGIN_WORDS } from './login.words.js';
import { markup } from './markup.js';
import { phoneView, triesView } from './phone.view.js';

export interface NumberPage {
  language: Language;
  refusal: string | undefined;
  mobile: string;
  /** Equal for the repeats of this form. */
  key: string;
  simulated: boolean;
}

export function numberPage({ language, refusal, mobile, key, simulated }: NumberPage): string {
  const words = LOGIN_WORDS[language];
  const { title, lead, label, send } = words.number;
  const invalid =
    refusal === undefined ? '' : markup` aria-invalid="true" aria-describedby="refusal"`;
  return layout({
    language,
    title,
    refusal,
    body: markup`
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      <form method="post" action="/">
        <input type="hidden" name="key" value="${key}">
        <label for="mobile">${label}</label>
        <input id="mobile" name="mobile" type="tel" autocomplete="tel" placeholder="081-234-5678"
          maxlength="64" value="${mobile}" required autofocus${invalid}>
        ${refusalView(refusal)}
        <button>${send}</button>
      </form>
      ${simulated ? triesView(words) : ''}`,
    phone: simulated ? phoneView({ messages: [], reachable: true }, words) : undefined,
  });
}
