import { ERASED_MASK } from '../domain/erasure.js';
import type { OperatorAction } from '../domain/operator-action.js';
import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpStop } from '../service/otp-controls.js';
import type { OtpView } from '../service/otp.api.js';
import { OtpException } from '../service/otp.exception.js';
import { ACTION_WORDS, OTP_ACTIONS } from './actions.js';
import type { OtpActionName } from './actions.js';
import { html } from './html.js';
import type { Html, Part } from './html.js';
import type { Place } from './place.js';
import { timeOf } from './time.js';

/** What the readers of the console may ask for; the guards decide anew when they do. */
export interface Permissions {
  act: boolean;
  unmask: boolean;
}

const HEADING = words('Actions', 'การดำเนินการ');
const DIGITS = words(
  'To be sure, enter the last four digits of the number',
  'เพื่อยืนยัน กรอกเลข 4 ตัวท้ายของหมายเลข',
);
const DONE_BY = words('Done by hand', 'ดำเนินการโดยเจ้าหน้าที่');

/** Each behind a fold with what it will do, so that no single click changes anything; it works without a script. */
export function actionForms(place: Place, view: OtpView, { act, unmask }: Permissions): Part {
  if (!act && !unmask) return null;
  const { language, root, query } = place;
  const fold = (name: OtpActionName | 'unmask', more: Part = null): Html => {
    const { name: title, about } = ACTION_WORDS[name];
    return html`<details class="action">
      <summary>${title[language]}</summary>
      <form method="post" action="${root}otps/${view.id}/${name}${query}">
        <p>${about[language]}</p>
        ${more}
        <button${name === 'erase' ? html` class="danger"` : null}>${title[language]}</button>
      </form>
    </details>`;
  };
  const isErased = view.mobileMask === ERASED_MASK;
  const offered = OTP_ACTIONS.filter(
    (name) => act && !(name === 'cancel' && !isLive(view)) && !(name === 'erase' && isErased),
  );
  return html`<section aria-labelledby="actions">
    <h2 id="actions">${HEADING[language]}</h2>
    ${unmask && !isErased ? fold('unmask') : null}
    ${offered.map((name) => fold(name, name === 'erase' ? digits(language) : null))}
  </section>`;
}

/**
 * Whether who erases knows whom. A person who is erased already has no digits left: sent twice, the second finds nobody.
 *
 * @throws OtpException `invalid_request`
 */
export function checkDigits({ mobileMask }: OtpView, digits: unknown): void {
  if (mobileMask !== ERASED_MASK && digits !== mobileMask.slice(-4))
    throw new OtpException({
      code: 'invalid_request',
      detail: 'Those are not the last four digits of the number; nobody was erased.',
    });
}

/** For each range that the conversion guard has stopped, if its name is known. */
export function unblockForms(place: Place, stops: readonly OtpStop[]): Part {
  const { root, query, language } = place;
  const ranges = stops.flatMap((stop) =>
    stop.kind === 'guard' && /^\d+$/.test(stop.range) ? [stop] : [],
  );
  if (ranges.length === 0) return null;
  const { name, about } = ACTION_WORDS.unblock;
  return html`<section aria-labelledby="actions">
    <h2 id="actions">${HEADING[language]}</h2>
    ${ranges.map(({ range, purpose }) => {
      const title = `${name[language]} ${range} (${purpose})`;
      return html`<details class="action">
        <summary>${title}</summary>
        <form method="post" action="${root}unblock${query}">
          <p>${about[language]}</p>
          <input type="hidden" name="range" value="${range}" />
          <input type="hidden" name="purpose" value="${purpose}" />
          <button>${title}</button>
        </form>
      </details>`;
    })}
  </section>`;
}

/** What operators did, the newest first. @param href leads to the OTP of one */
export function actionList(
  { language }: Place,
  actions: readonly OperatorAction[],
  href: (otpId: string) => string | null,
): Part {
  if (actions.length === 0) return null;
  return html`<section aria-labelledby="done">
    <h2 id="done">${DONE_BY[language]}</h2>
    <ul class="done">
      ${actions.map(({ at, actor, action, otpId }) => {
        const link = otpId === null ? null : href(otpId);
        const what = ACTION_WORDS[action].name[language];
        return html`<li>
          ${timeOf(at)} <strong>${actor}</strong>:
          ${link === null ? what : html`<a href="${link}">${what}</a>`}
        </li>`;
      })}
    </ul>
  </section>`;
}

const isLive = ({ status }: OtpView): boolean => status === 'sending' || status === 'pending';

const digits = (language: keyof Words): Html =>
  html`<label for="digits">${DIGITS[language]}</label>
    <input
      id="digits"
      name="digits"
      required
      inputmode="numeric"
      pattern="[0-9]{4}"
      maxlength="4"
      autocomplete="off"
    />`;
