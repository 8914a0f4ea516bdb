import { PARTS, TIME_BOUNDS } from '../domain/figures.js';
import type { Cell, Counts } from '../domain/figures.js';
import type { OperatorAction } from '../domain/operator-action.js';
import { span, words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { NamedRange } from '../service/named-ranges.js';
import type { OtpOverview } from '../service/otp-figures.js';
import type { OtpStop } from '../service/otp-controls.js';
import { actionList, unblockForms } from './action-forms.js';
import type { Permissions } from './action-forms.js';
import { badge, sign } from './badge.js';
import type { Tone } from './badge.js';
import { bar, columnsOverTime, histogram } from './charts.js';
import { otpHref } from './found-page.js';
import { freshness } from './freshness.js';
import { html } from './html.js';
import type { Html, Part } from './html.js';
import { layout, noticeOf } from './layout.js';
import { LIMITS, limitsTable } from './limits-table.js';
import type { Place } from './place.js';
import { plainTime, timeOf } from './time.js';
import { SPANS } from './spans.js';
import { verdicts } from './verdict.js';
import type { Side } from './verdict.js';

const HEADING = words('Overview', 'ภาพรวม');
const LOOK = words('Look at this', 'สิ่งที่ควรตรวจสอบ');
const QUIET = words('Nothing stands out.', 'ไม่พบสิ่งผิดปกติ');
const RULE = words('Rule', 'กฎ');
const FUNNEL = words('From request to verified', 'จากคำขอถึงการยืนยัน');
const OVER_TIME = words('Over time', 'ตามเวลา');
const IN_SECONDS = words('Seconds', 'วินาที');
const AS_TABLE = words('As a table', 'แสดงเป็นตาราง');
const UNTIL = words('Until', 'ถึง');
const COUNT = words('Count', 'จำนวน');
const WHERE = words('Where to look', 'ควรดูที่ใด');
const SIDE_NAMES: Record<Side, Words> = {
  us: words('Us', 'ระบบของเรา'),
  ants: words('ANTS', 'ANTS'),
  operators: words('Operators and phones', 'เครือข่ายและโทรศัพท์'),
  attack: words('Attack', 'การโจมตี'),
};
const FINE = words('Nothing found', 'ไม่พบปัญหา');
const STATE = words('Now', 'ขณะนี้');
const NO_STOPS = words('No sends are stopped.', 'ไม่มีการหยุดส่ง');
const BY_PURPOSE = words('By purpose', 'ตามวัตถุประสงค์');
const BY_OTC = words('By OTC', 'ตาม OTC');
const BY_RANGE = words('By range of numbers', 'ตามช่วงหมายเลข');
const ERRORS = words('SMS not sent, by code', 'SMS ที่ไม่ได้ส่ง ตามรหัส');
const NONE = words('None.', 'ไม่มี');
const DELIVERY_TIMES = words('Until the SMS arrived', 'เวลาจนกว่า SMS จะถึง');
const VERIFY_TIMES = words('Until the right code', 'เวลาจนกว่าจะกรอกรหัสถูกต้อง');
const HALF = words('Half:', 'ครึ่งหนึ่ง:');
const NINE = words('9 of 10:', '9 ใน 10:');
const NAME = words('Name', 'ชื่อ');
const STEPS = {
  requested: words('Requested', 'คำขอ'),
  sent: words('Sent', 'ส่งแล้ว'),
  delivered: words('Delivered', 'ส่งถึง'),
  verified: words('Verified', 'ยืนยันแล้ว'),
  attempts: words('Codes tried', 'รหัสที่ลอง'),
  exhausted: words('Ended by too many codes', 'จบเพราะลองรหัสครบจำนวน'),
};
const HEALTH = ['circuit', 'credit', 'configuration'] as const;
const HEALTH_TONES: Record<OtpOverview['health'][(typeof HEALTH)[number]], Tone> = {
  closed: 'good',
  'half-open': 'watch',
  open: 'bad',
  ok: 'good',
  out: 'bad',
  refused: 'bad',
};
const CONVERSION = words('Verified of ended', 'ยืนยันจากที่สิ้นสุด');

/** Everything that the first page shows. */
export interface ShownOverview {
  overview: OtpOverview;
  stops: readonly OtpStop[];
  /** What operators did, the newest first. */
  actions: readonly OperatorAction[];
  may: Permissions;
  /** What was just done. */
  done: Words | null;
}

/** What an operator sees first. */
export function overviewPage(
  place: Place,
  { overview, stops, actions, may, done }: ShownOverview,
): Html {
  const say = (text: Words): string => text[place.language];
  const { sum, errors, health } = overview;
  const part = (id: string, heading: Words, content: Part): Html =>
    html`<section aria-labelledby="${id}">
      <h2 id="${id}">${say(heading)}</h2>
      ${content}
    </section> `;
  const sums = (rows: readonly Sums[]): Part =>
    rows.length === 0 ? html`<p>${say(NONE)}</p>` : sumsTable(rows, say);
  const steps = (['requested', 'sent', 'delivered', 'verified'] as const).map(
    (name) => [say(STEPS[name]), sum[name]] as const,
  );
  return layout(
    place,
    HEADING,
    html`${noticeOf(done, place)}${spans(place, overview.seconds)}
      <div id="overview" data-live>
        <p class="fresh">${freshness(overview, say)}</p>
        ${part('marks', LOOK, [sides(overview, stops, say), marks(overview, say)])}
        <div class="cards">
          ${part('funnel', FUNNEL, [
            bars(steps, sum.requested),
            html`<dl>
              ${(['attempts', 'exhausted'] as const).map((name) => fact(say(STEPS[name]), shown(sum[name])))}
            </dl>`,
          ])}${part('time', OVER_TIME, overTime(overview, place))}${part(
            'now',
            STATE,
            html`<dl>
                ${HEALTH.map((name) => fact(name, badge(health[name], HEALTH_TONES[health[name]])))}
              </dl>
              ${
                stops.length === 0
                  ? html`<p>${say(NO_STOPS)}</p>`
                  : html`<ul>
                      ${stops.map((stop) => html`<li>${stopOf(stop)}</li>`)}
                    </ul>`
              }`,
          )}${part(
            'errors',
            ERRORS,
            errors.length === 0
              ? html`<p>${say(NONE)}</p>`
              : bars(
                  errors.map(({ code, count }) => [code, count] as const),
                  sum.requested,
                ),
          )}${part('arrival', DELIVERY_TIMES, times('arrival', overview.deliveryTimes, place))}${part('entry', VERIFY_TIMES, times('entry', overview.verifyTimes, place))}${part('purposes', BY_PURPOSE, sums(overview.purposes))}${part('otcs', BY_OTC, sums(overview.otcIds))}${part(
            'ranges',
            BY_RANGE,
            sums(overview.ranges.map((range) => ({ ...range, name: rangeOf(range.named) }))),
          )}
          ${part('limits', LIMITS, limitsTable(overview.limits, say))}
        </div>
        ${actionList(place, actions, (otpId) => otpHref(place, otpId))}
      </div>
      ${may.act ? unblockForms(place, stops) : null}`,
  );
}

const shown = (count: number): string => count.toLocaleString('en');

const fact = (name: string, value: Part): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

const sides = (overview: OtpOverview, stops: readonly OtpStop[], say: Say): Html =>
  html`<ul class="sides" aria-label="${say(WHERE)}">
    ${verdicts(overview, stops).map(
      ({ side, tone, reasons }) =>
        html`<li class="${tone}">
          ${sign(tone)}
          <div>
            <strong>${say(SIDE_NAMES[side])}</strong>
            <span>${reasons.length === 0 ? say(FINE) : reasons.map(say).join(' · ')}</span>
          </div>
        </li> `,
    )}
  </ul>`;

/** What a picture shows, for who cannot see it or wants the numbers. */
const asTable = (
  id: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  say: Say,
): Html =>
  html`<details id="${id}-table">
    <summary>${say(AS_TABLE)}</summary>
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name = '', ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </details>`;

function overTime({ cells, at, seconds }: OtpOverview, { language }: Place): Html {
  const say: Say = (text) => text[language];
  const names = [say(STEPS.requested), say(STEPS.verified)] as const;
  const step = (seconds * 1000) / PARTS;
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const until = new Date(at.getTime() - (PARTS - 1 - part) * step);
    return {
      until: plainTime(until),
      whole: countIn(cells, part, 'requested'),
      part: countIn(cells, part, 'verified'),
    };
  });
  const columns = parts.map(({ until, whole, part }) => ({
    title: `${say(UNTIL)} ${until}: ${names[0]} ${shown(whole)}, ${names[1]} ${shown(part)}`,
    ...{ whole, part },
  }));
  return html`<figure>
      <p class="legend">
        <span class="whole">${names[0]}</span> <span class="part">${names[1]}</span>
      </p>
      ${columnsOverTime(columns, { at, seconds, language })}
    </figure>
    ${asTable(
      'time',
      [say(UNTIL), ...names],
      parts.map(({ until, whole, part }) => [until, shown(whole), shown(part)]),
      say,
    )}`;
}

const countIn = (cells: readonly Cell[], part: number, name: keyof Counts): number =>
  cells.filter((cell) => cell.part === part).reduce((total, cell) => total + cell[name], 0);

type Say = (text: Words) => string;
type Sums = Readonly<Record<'sent' | 'ended' | 'verified', number>> & { name: string };

function spans({ home, query, language }: Place, seconds: number): Html {
  const joint = query === '' ? '?' : '&';
  return html`<ul class="spans">
    ${SPANS.map(
      (one) =>
        html`<li>
          <a
            href="${home}${joint}hours=${one / 3600}"
            ${one === seconds ? html` aria-current="true"` : null}
            >${span(one)[language]}</a
          >
        </li>`,
    )}
  </ul>`;
}

function marks({ marks: found }: OtpOverview, say: Say): Html {
  if (found.length === 0) return html`<p>${say(QUIET)}</p>`;
  return html`<ul class="marks">
    ${found.map(
      ({ what, rule, range, named }) =>
        html`<li>
          <strong>${say(what)}</strong>${range === undefined ? null : ` ${rangeOf(named)}`}
          <p>${say(RULE)}: ${say(rule)}</p>
        </li> `,
    )}
  </ul>`;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`;

const bars = (rows: readonly (readonly [name: string, count: number])[], whole: number): Html =>
  html`<table class="bars">
    <tbody>
      ${rows.map(
        ([name, count]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${shown(count)}</td>
            <td>${percent(count, whole)}</td>
            <td>${bar(count, whole)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;

const sumsTable = (rows: readonly Sums[], say: Say): Html =>
  html`<table class="sums">
    <thead>
      <tr>
        <th scope="col">${say(NAME)}</th>
        <th scope="col">${say(STEPS.sent)}</th>
        <th scope="col">${say(STEPS.verified)}</th>
        <th scope="col">${say(CONVERSION)}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, sent, ended, verified }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${shown(sent)}</td>
            <td>${shown(verified)}</td>
            <td>${percent(verified, ended)} ${bar(verified, ended)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;

function times(id: string, counts: readonly number[], { language }: Place): Html {
  const say: Say = (text) => text[language];
  const whole = counts.reduce((total, count) => total + count, 0);
  if (whole === 0) return html`<p>${say(NONE)}</p>`;
  const name = (i: number): string => {
    const [from, to] = [TIME_BOUNDS[i - 1], TIME_BOUNDS[i]];
    return to === undefined ? `≥ ${span(from ?? 0)[language]}` : `< ${span(to)[language]}`;
  };
  const columns = counts.map((count, i) => ({ title: `${name(i)}: ${shown(count)}`, count }));
  const [half, most] = [0.5, 0.9].map((part) => name(reachedAt(counts, whole * part)));
  return html`<p>
      ${say(HALF)} <strong>${half ?? ''}</strong> · ${say(NINE)} <strong>${most ?? ''}</strong>
    </p>
    <figure>
      ${histogram(columns, TIME_BOUNDS)}
      <figcaption>${say(IN_SECONDS)}</figcaption>
    </figure>
    ${asTable(
      id,
      [say(IN_SECONDS), say(COUNT), '%'],
      counts.map((count, i) => [name(i), shown(count), percent(count, whole)]),
      say,
    )}`;
}

/** The first of the counts with which they reach `least`. */
function reachedAt(counts: readonly number[], least: number): number {
  let sum = 0;
  return counts.findIndex((count) => (sum += count) >= least);
}

/** A range whose purpose the options do not list has no name: rows hold its MAC only. */
const rangeOf = (named: NamedRange | null): string =>
  named === null ? '?' : `${named.range} (${named.purpose})`;

function stopOf(stop: OtpStop): Html {
  const until = stop.until && html` – ${timeOf(stop.until)}`;
  switch (stop.kind) {
    case 'pause':
      return html`pause ${stop.purpose ?? '*'}${until}`;
    case 'guard':
      return html`guard ${stop.range} (${stop.purpose})${until}`;
    case 'blocked':
      return html`blocked ${stop.mobileMask ?? '?'}${until}`;
  }
}
