import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import { html } from './html.js';
import type { Html, Part } from './html.js';
import type { Place } from './place.js';

const TITLE = words('OTP console', 'คอนโซล OTP');
const SKIP = words('Skip to the content', 'ข้ามไปยังเนื้อหา');
const OVERVIEW = words('Overview', 'ภาพรวม');
const FIND = words('Find an OTP', 'ค้นหา OTP');
const FIND_BY = words(
  'Number in any spelling, id, reference code, otpId, messageId, callbackData or subject',
  'หมายเลขโทรศัพท์ (เขียนแบบใดก็ได้) id รหัสอ้างอิง otpId messageId callbackData หรือ subject',
);
const GO = words('Find', 'ค้นหา');
const NAMES = { en: 'English', th: 'ไทย' };
const ZONE = words('Times are those of Bangkok.', 'เวลาทั้งหมดเป็นเวลากรุงเทพฯ');

/** Says what was just done; `null`: nothing was. */
export const noticeOf = (done: Words | null, { language }: Place): Part =>
  done && html`<p class="notice good" role="status">${done[language]}</p>`;

/** The frame of every page. */
export function layout(place: Place, heading: Words, content: Part): Html {
  const { root, home, language, query, switched } = place;
  const say = (text: Words): string => text[language];
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${say(heading)} – ${say(TITLE)}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${root}console.css" />
        <script src="${root}console.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#content">${say(SKIP)}</a>
        <header>
          <nav aria-label="${say(TITLE)}">
            <strong>${say(TITLE)}</strong>
            <a href="${home}">${say(OVERVIEW)}</a>
            <a href="${switched.query}" hreflang="${switched.to}" lang="${switched.to}"
              >${NAMES[switched.to]}</a
            >
          </nav>
          <form class="find" role="search" method="post" action="${root}find${query}">
            <label for="q">${say(FIND)}</label>
            <input
              id="q"
              name="q"
              type="search"
              required
              maxlength="500"
              autocomplete="off"
              aria-describedby="q-by"
            />
            <button>${say(GO)}</button>
            <p id="q-by">${say(FIND_BY)}</p>
          </form>
        </header>
        <main id="content" tabindex="-1">
          <h1>${say(heading)}</h1>
          ${content}
        </main>
        <footer><p>${say(ZONE)}</p></footer>
      </body>
    </html> `;
}
