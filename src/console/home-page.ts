import { words } from '../domain/words.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { layout } from './layout.js';
import type { Place } from './place.js';

const HEADING = words('OTP console', 'คอนโซล OTP');
const START = words('Find an OTP above to see what happened to it.', 'ค้นหา OTP ด้านบนเพื่อดูสิ่งที่เกิดขึ้น');

export const homePage = (place: Place): Html =>
  layout(place, HEADING, html`<p>${START[place.language]}</p>`);
