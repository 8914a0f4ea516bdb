import type { OtpExplanation } from '../domain/explain.js';
import type { OtpEventType } from '../domain/otp.js';
import { span, words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OtpHistoryEntry } from '../service/otp.api.js';
import { lineOfTime } from './charts.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { plainTime, timeOf } from './time.js';

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
  report_unreadable: 'report',
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

/** Pixels; across it is percent, so that texts keep their size. */
const LANE_HEIGHT = 44;
const AXIS_HEIGHT = 24;
/** Where the line of time begins and ends, in percent. */
const ENDS = [3, 95] as const;
/** A gap that is shorter in the picture has no room for its text. Percent. */
const LEAST_GAP = 18;

type Language = keyof Words;

/** One event in the picture. */
interface Mark {
  at: Date;
  lane: Lane;
  text: string;
}

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
  const marks = lines.map((line) => ({
    at: line.at,
    lane: laneOf(line.no),
    text: line[language],
  }));
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
  return html`<span class="gap">${AFTER[language]} ${passed(before, at, language)}</span>`;
}

const passed = (from: Date, to: Date, language: Language): string =>
  span((to.getTime() - from.getTime()) / 1000)[language];

function picture(marks: readonly Mark[], language: Language): Html {
  const times = marks.map(({ at }) => at.getTime());
  const first = Math.min(...times);
  const whole = (Math.max(...times) - first) / 1000;
  const { x, ticks } = lineOfTime(whole, ENDS);
  const lanes = LANES.filter((lane) => marks.some((mark) => mark.lane === lane));
  const bottom = lanes.length * LANE_HEIGHT + LANE_HEIGHT / 2;
  const place = (at: Date): number => x((at.getTime() - first) / 1000);
  const y = (lane: Lane): number => (lanes.indexOf(lane) + 1) * LANE_HEIGHT - 14;
  const gaps = marks.slice(1).map(({ at }, i) => ({ from: marks[i]?.at ?? at, to: at }));
  // The sentences below say the same to who cannot see it.
  return html`<figure class="picture">
    <svg height="${bottom + AXIS_HEIGHT}" aria-hidden="true">
      ${lanes.map(
        (lane) =>
          html`<text x="0" y="${y(lane) - 14}">${LANE_NAMES[lane][language]}</text>
            <line x1="0" y1="${y(lane)}" x2="100%" y2="${y(lane)}" /> `,
      )}${gaps
        .filter(({ from, to }) => place(to) - place(from) >= LEAST_GAP)
        .map(
          ({ from, to }) =>
            html`<line
                class="between"
                x1="${percent(place(from))}"
                y1="${bottom - 6}"
                x2="${percent(place(to))}"
                y2="${bottom - 6}"
              />
              ${[from, to].map((end) => html`<line class="between" x1="${percent(place(end))}" y1="${bottom - 9}" x2="${percent(place(end))}" y2="${bottom - 3}" />`)}
              <text
                class="between"
                x="${percent((place(from) + place(to)) / 2)}"
                y="${bottom - 11}"
                text-anchor="middle"
                >${passed(from, to, language)}</text
              > `,
        )}${ticks.map(
        (tick) =>
          html`<line
              class="tick"
              x1="${percent(x(tick))}"
              y1="${bottom}"
              x2="${percent(x(tick))}"
              y2="${bottom + 5}"
            />
            <text
              x="${percent(x(tick))}"
              y="${bottom + 19}"
              text-anchor="${tick === 0 ? 'start' : 'middle'}"
              >${span(tick)[language]}</text
            > `,
      )}${marks.map(
        ({ at, lane, text }) =>
          html`<circle class="${lane}" cx="${percent(place(at))}" cy="${y(lane)}" r="7"
            ><title>${plainTime(at)} ${text}</title></circle
          > `,
      )}
    </svg>
    <figcaption>${PICTURE[language]}: ${span(whole)[language]}</figcaption>
  </figure>`;
}

const percent = (value: number): string => `${value.toFixed(1)}%`;
