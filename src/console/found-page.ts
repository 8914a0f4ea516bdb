import { words } from '../domain/words.js';
import type { OtpView } from '../service/otp.api.js';
import { badge, DELIVERY_TONES, STATUS_TONES } from './badge.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { layout } from './layout.js';
import type { Place } from './place.js';
import { timeOf } from './time.js';

const HEADING = words('Found', 'ผลการค้นหา');
const NONE = words('No OTP is stored under this.', 'ไม่พบ OTP ที่ตรงกับคำค้นนี้');
const NEWEST = words('The newest are first, at most 50.', 'เรียงจากใหม่ไปเก่า ไม่เกิน 50 รายการ');
const HEADS = [
  words('Asked at', 'เวลาที่ขอ'),
  words('Status', 'สถานะ'),
  words('Delivery', 'การส่งถึง'),
  words('Number', 'หมายเลข'),
  words('Ref', 'รหัสอ้างอิง'),
  words('Purpose', 'วัตถุประสงค์'),
];

/** What a search found. What was searched for stays away from it: it may be a whole number. */
export function foundPage(place: Place, found: readonly OtpView[]): Html {
  const { language } = place;
  if (found.length === 0)
    return layout(place, HEADING, html`<p class="empty">${NONE[language]}</p>`);
  return layout(
    place,
    HEADING,
    html`<p>${NEWEST[language]}</p>
      <div class="wide card" tabindex="0" role="region" aria-label="${HEADING[language]}">
        <table>
          <thead>
            <tr>
              ${HEADS.map((head) => html`<th scope="col">${head[language]}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${found.map((view) => row(place, view))}
          </tbody>
        </table>
      </div>`,
  );
}

const row = (place: Place, view: OtpView): Html =>
  html`<tr>
    <th scope="row"><a href="${otpHref(place, view.id)}">${timeOf(view.createdAt)}</a></th>
    <td>${badge(view.status, STATUS_TONES[view.status])}</td>
    <td>${badge(view.delivery, DELIVERY_TONES[view.delivery])}</td>
    <td>${view.mobileMask}</td>
    <td>${view.referenceCode}</td>
    <td>${view.purpose}</td>
  </tr> `;

export const otpHref = ({ root, query }: Place, id: string): string =>
  `${root}otps/${encodeURIComponent(id)}${query}`;

/** Ids are no secret, as what was searched for may be. */
export function foundHref({ root, query }: Place, found: readonly OtpView[]): string {
  const ids = found.map(({ id }) => id).join(',');
  return `${root}find${query === '' ? '?' : `${query}&`}otps=${ids}`;
}
