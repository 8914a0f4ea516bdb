import type { OtpExplanation } from '../domain/explain.js';
import type { OtpEventType } from '../domain/otp.js';
import { span, words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpHistoryEntry } from '../service/otp.api.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { timeOf } from './time.js';

/** Who speaks in a line of the history: our sends, ANTS' reports, who enters codes, or the OTP's own end. */
const LANES = ['send', 'report', 'attempt', 'end'] as const;
type Lane = (typeof LANES)[number];

const LANE_OF: Record<OtpEventType, Lane> = {
  requested: 'send',
  sent: 'send',
  send_failed: 'send',
  send_unknown: 'send',
  late_answer: 'send',
  resend_requested: 'send',
  resent: 'send',
  resend_failed: 'send',
  resend_unknown: 'send',
  delivered: 'report',
  undelivered: 'report',
  delivery_report: 'report',
  delivery_mismatch: 'report',
  wrong_code: 'attempt',
  locked: 'attempt',
  verify_not_reached: 'attempt',
  verify_unknown: 'attempt',
  already_used: 'attempt',
  verified: 'attempt',
  max_attempts_reached: 'attempt',
  expired: 'end',
  canceled: 'end',
  superseded: 'end',
  consumed: 'end',
  revoked: 'end',
  erased: 'end',
  unmasked: 'end',
};

const LANE_NAMES: Record<Lane, Words> = {
  send: words('Sends', 'การส่ง'),
  report: words('Reports', 'รายงาน'),
  attempt: words('Codes', 'การกรอกรหัส'),
  end: words('The rest', 'อื่น ๆ'),
};

const PICTURE = words('The same on a line of time', 'เหตุการณ์เดียวกันบนเส้นเวลา');
const AFTER = words('after', 'หลังจากนั้น');

/** Units of the picture; the style sheet makes it as wide as the page. */
const WIDTH = 600;
const LEFT = 90;
const LANE_HEIGHT = 26;

type Language = keyof Words;

/** What happened: a line of time with a row each for sends, reports and codes, then sentences with the gaps. */
export function timeline(
  { lines }: OtpExplanation,
  history: readonly OtpHistoryEntry[],
  language: Language,
): Html {
  const types = new Map(history.map(({ no, type }) => [no, type]));
  const laneOf = (no: number): Lane => {
    const type = types.get(no);
    // A row that a newer version wrote may hold a type of its own.
    return (type && (LANE_OF as Partial<Record<string, Lane>>)[type]) ?? 'end';
  };
  const marks = lines.map(({ at, no }) => ({ at, lane: laneOf(no) }));
  return html`${picture(marks, language)}
    <ol class="timeline">
      ${lines.map(
        (line, i) =>
          html`<li class="${laneOf(line.no)}">
            ${timeOf(line.at)} ${gap(lines[i - 1]?.at, line.at, language)}
            <p>${line[language]}</p>
          </li> `,
      )}
    </ol>`;
}

function gap(before: Date | undefined, at: Date, language: Language): Html | null {
  if (!before) return null;
  const passed = span((at.getTime() - before.getTime()) / 1000)[language];
  return html`<span class="gap">${AFTER[language]} ${passed}</span>`;
}

function picture(marks: readonly { at: Date; lane: Lane }[], language: Language): Html {
  const times = marks.map(({ at }) => at.getTime());
  const first = Math.min(...times);
  const whole = Math.max(...times) - first || 1;
  const x = (at: Date): string =>
    (LEFT + 8 + ((at.getTime() - first) / whole) * (WIDTH - LEFT - 16)).toFixed(1);
  const y = (lane: Lane): number => LANES.indexOf(lane) * LANE_HEIGHT + LANE_HEIGHT / 2;
  // The sentences below say the same to who cannot see it.
  return html`<figure class="picture">
    <svg viewBox="0 0 ${WIDTH} ${LANES.length * LANE_HEIGHT}" aria-hidden="true">
      ${LANES.map(
        (lane) =>
          html`<text x="0" y="${y(lane) + 4}">${LANE_NAMES[lane][language]}</text>
            <line x1="${LEFT}" y1="${y(lane)}" x2="${WIDTH}" y2="${y(lane)}" /> `,
      )}${marks.map(({ at, lane }) => html`<circle class="${lane}" cx="${x(at)}" cy="${y(lane)}" r="6" />`)}
    </svg>
    <figcaption>${PICTURE[language]}: ${span(whole / 1000)[language]}</figcaption>
  </figure>`;
}
