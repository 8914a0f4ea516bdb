import type { User } from '../../users/user.js';
import { layout } from './layout.view.js';
import type { Language } from './language.js';
import { LOGIN_WORDS } from './login.words.js';
import { markup } from './markup.js';

export function accountPage(language: Language, { mobile }: User): string {
  const { title, lead, number, only, signOut } = LOGIN_WORDS[language].account;
  return layout({
    language,
    title,
    body: markup`
      <p class="done" aria-hidden="true"></p>
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      <dl><dt>${number}</dt><dd>${nationalForm(mobile)}</dd></dl>
      <p class="hint">${only}</p>
      <form method="post" action="/account/sign-out">
        <button class="quiet">${signOut}</button>
      </form>`,
  });
}

/** `+66812345678` as `081-234-5678`. */
function nationalForm(mobile: string): string {
  return mobile.replace(/^\+66(\d{2})(\d{3})(\d{4})$/, '0$1-$2-$3');
}
