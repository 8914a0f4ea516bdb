import { words } from '../domain/words.js';
import { otpHref } from './found-page.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { layout } from './layout.js';
import type { Place } from './place.js';

const HEADING = words('Whole number', 'หมายเลขเต็ม');
const ERASED = words(
  'The person was erased: nobody can see the number any more.',
  'ข้อมูลบุคคลถูกลบแล้ว จึงไม่มีใครเห็นหมายเลขนี้ได้อีก',
);
const NOTED = words(
  'It is written down that you saw it. Leave this page when you are done.',
  'ระบบบันทึกแล้วว่าคุณได้ดูหมายเลขนี้ โปรดออกจากหน้านี้เมื่อเสร็จแล้ว',
);
const BACK = words('Back to the OTP', 'กลับไปที่ OTP');

/** @param number in E.164; `null` when its person is erased */
export function numberPage(place: Place, id: string, number: string | null): Html {
  const { language } = place;
  const shown =
    number === null
      ? html`<p role="alert">${ERASED[language]}</p>`
      : html`<p class="number">${number}</p>
          <p>${NOTED[language]}</p>`;
  return layout(
    place,
    HEADING,
    html`${shown}
      <p><a href="${otpHref(place, id)}">${BACK[language]}</a></p>`,
  );
}
