import { BUCKET_SECONDS } from '../domain/figures.js';
import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpOverview } from '../service/otp-figures.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { timeOf } from './time.js';

const AS_OF = words('As of', 'ณ เวลา');
const LIVE = words(
  'Older OTPs are as they were counted last: at once, 15 minutes, an hour and a day after. Counted as they are now, since',
  'OTP ก่อนหน้านั้นเป็นไปตามการนับครั้งล่าสุด ซึ่งนับทันที หลัง 15 นาที หนึ่งชั่วโมง และหนึ่งวัน นับตามสภาพปัจจุบันตั้งแต่',
);
const PARTIAL = words(
  'More is asked for than can be counted at once: the newest minutes are counted in part.',
  'มีคำขอมากกว่าที่นับได้ในครั้งเดียว ช่วงไม่กี่นาทีล่าสุดจึงนับได้เพียงบางส่วน',
);
const SINCE = words(
  'What was requested earlier is not counted yet, the sweep is at it. Counted since',
  'คำขอก่อนหน้านั้นยังไม่ได้นับ ระบบกำลังนับอยู่ นับตั้งแต่',
);

/** How fresh the numbers are, and of what time. */
export function freshness(
  { at, live, complete, since, seconds }: OtpOverview,
  say: (text: Words) => string,
): Html {
  // All of the time, but for the rest of the bucket of now.
  const isAllLive = at.getTime() - live.getTime() >= (seconds - BUCKET_SECONDS) * 1000;
  const asOf = html`${say(AS_OF)} ${timeOf(at)}.`;
  const kept = isAllLive ? null : html` ${say(LIVE)} ${timeOf(live)}.`;
  const partial = complete ? null : html` <strong>${say(PARTIAL)}</strong>`;
  return html`${asOf}${kept}${partial}${since && html` <strong>${say(SINCE)} ${timeOf(since)}.</strong>`}`;
}
