import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { LimitHits } from '../ports/console-store.js';
import { html } from './html.js';
import type { Html } from './html.js';

export const LIMITS = words('Limits hit', 'การชนขีดจำกัด');
const LIMIT = words('Limit', 'ขีดจำกัด');
const REFUSED = words('Refused', 'ปฏิเสธ');
const WATCHED = words('Only watched', 'เฝ้าดูเท่านั้น');
const NONE = words('None.', 'ไม่มี');

/** How often limits spoke, by the names of the options and of the error codes. */
export const limitsTable = (hits: readonly LimitHits[], say: (text: Words) => string): Html =>
  hits.length === 0
    ? html`<p>${say(NONE)}</p>`
    : html`<table>
        <thead>
          <tr>
            <th scope="col">${say(LIMIT)}</th>
            <th scope="col">${say(REFUSED)}</th>
            <th scope="col">${say(WATCHED)}</th>
          </tr>
        </thead>
        <tbody>
          ${hits.map(
            ({ name, refused, watched }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${refused}</td>
                <td>${watched}</td>
              </tr> `,
          )}
        </tbody>
      </table>`;
