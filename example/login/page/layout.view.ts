import type { Language } from './language.js';
import { LOGIN_WORDS } from './login.words.js';
import { markup, NOTHING } from './markup.js';
import type { Markup } from './markup.js';

export interface PageParts {
  language: Language;
  title: string;
  /** What was refused: it stands in the title too, which a screen reader says first. */
  refusal?: string | undefined;
  body: Markup;
  /** Beside the form, while ANTS is simulated. */
  phone?: Markup | undefined;
}

/** The page around a form. */
export function layout({ language, title, refusal, body, phone = NOTHING }: PageParts): string {
  const { brand, error, other } = LOGIN_WORDS[language];
  return markup`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${refusal === undefined ? '' : `${error}: `}${title} · ${brand}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/login.css">
    <script type="module" src="/login.js"></script>
  </head>
  <body>
    <header>
      <span class="brand">${brand}</span>
      <a href="?lang=${other.language}" lang="${other.language}" hreflang="${other.language}">${other.name}</a>
    </header>
    <div class="stage">
      <main>${body}</main>
      ${phone}
    </div>
  </body>
</html>
`.text;
}

/** What was refused, next to the input that it is about. */
export function refusalView(refusal: string | undefined): Markup {
  return refusal === undefined
    ? NOTHING
    : markup`<p class="refusal" id="refusal" role="alert">${refusal}</p>`;
}
