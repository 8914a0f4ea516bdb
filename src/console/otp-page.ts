import type { OtpExplanation } from '../domain/explain.js';
import type { OperatorAction } from '../domain/operator-action.js';
import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpHistoryEntry, OtpView } from '../service/otp.api.js';
import { actionForms, actionList } from './action-forms.js';
import type { Permissions } from './action-forms.js';
import { badge, DELIVERY_TONES, STATUS_TONES } from './badge.js';
import { html } from './html.js';
import type { Html, Part } from './html.js';
import { layout, noticeOf } from './layout.js';
import type { Place } from './place.js';
import { timeOf } from './time.js';
import { timeline } from './timeline.js';

/** Everything that a page about one OTP shows. */
export interface ShownOtp {
  view: OtpView;
  explanation: OtpExplanation;
  history: readonly OtpHistoryEntry[];
  /** What operators did to it. */
  actions: readonly OperatorAction[];
  may: Permissions;
  /** What was just done. */
  done: Words | null;
}

const FACTS = words('Facts', 'ข้อมูล');
const HISTORY = words('What happened', 'สิ่งที่เกิดขึ้น');

const date = (at: Date | null): Part => at && timeOf(at);

/** What stands in a row of the table, by the names of the API that developers know. */
const ROWS: readonly (readonly [name: string, value: (view: OtpView) => Part])[] = [
  ['id', ({ id }) => id],
  ['purpose', ({ purpose }) => purpose],
  ['status', ({ status }) => status],
  ['delivery', ({ delivery }) => delivery],
  ['channel', ({ channel }) => channel],
  ['referenceCode', ({ referenceCode }) => referenceCode],
  ['otpId', ({ otpId }) => otpId],
  ['messageId', ({ messageId }) => messageId],
  ['otcId', ({ otcId }) => otcId],
  ['subject', ({ subject }) => subject],
  ['callbackData', ({ callbackData }) => callbackData],
  ['sends', ({ sends }) => sends],
  ['attemptsLeft', ({ attemptsLeft }) => attemptsLeft],
  ['errorCode', ({ errorCode }) => errorCode],
  ['createdAt', ({ createdAt }) => date(createdAt)],
  ['expiresAt', ({ expiresAt }) => date(expiresAt)],
  ['lockedUntil', ({ lockedUntil }) => date(lockedUntil)],
  ['verifiedAt', ({ verifiedAt }) => date(verifiedAt)],
  ['consumedAt', ({ consumedAt }) => date(consumedAt)],
  ['revokedAt', ({ revokedAt }) => date(revokedAt)],
];

export function otpPage(place: Place, shown: ShownOtp): Html {
  const { view, explanation, history, actions, may, done } = shown;
  const say = (text: Words): string => text[place.language];
  const heading = words(`OTP of ${view.mobileMask}`, `OTP ของ ${view.mobileMask}`);
  return layout(
    place,
    heading,
    html`${noticeOf(done, place)}
      <div id="otp" data-live>
        <p class="badges">
          ${badge(view.status, STATUS_TONES[view.status])}
          ${badge(`SMS ${view.delivery}`, DELIVERY_TONES[view.delivery])}
          ${view.lockedUntil && badge('locked', 'bad')}
        </p>
        <p class="summary">${say(explanation.summary)}</p>
        <section aria-labelledby="history">
          <h2 id="history">${say(HISTORY)}</h2>
          ${timeline(explanation, history, place.language)}
        </section>
        <section aria-labelledby="facts">
          <h2 id="facts">${say(FACTS)}</h2>
          <dl>${ROWS.map(([name, value]) => row(name, value(view)))}</dl>
        </section>
        ${actionList(place, actions, () => null)}
      </div>
      ${actionForms(place, view, may)}`,
  );
}

const row = (name: string, value: Part): Html | null =>
  value === null
    ? null
    : html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
