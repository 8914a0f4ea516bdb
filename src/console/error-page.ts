import { words } from '../domain/words.js';
import type { OtpException } from '../service/otp.exception.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { layout } from './layout.js';
import type { Place } from './place.js';

const HEADING = words('This did not work', 'ดำเนินการไม่สำเร็จ');

/** A refusal of the service as a page. */
export function errorPage(place: Place, { message, messageTh }: OtpException): Html {
  const said = place.language === 'th' ? messageTh : message;
  return layout(place, HEADING, html`<p role="alert" class="notice bad">${said}</p>`);
}
