import { TIME_BOUNDS } from '../domain/figures.js';
import type { OperatorAction } from '../domain/operator-action.js';
import { span, words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { NamedRange } from '../service/named-ranges.js';
import type { OtpOverview } from '../service/otp-figures.js';
import type { OtpStop } from '../service/otp-controls.js';
import { actionList, unblockForms } from './action-forms.js';
import type { Permissions } from './action-forms.js';
import { bar, columns } from './charts.js';
import { otpHref } from './found-page.js';
import { freshness } from './freshness.js';
import { html } from './html.js';
import type { Html, Part } from './html.js';
import { layout, noticeOf } from './layout.js';
import { LIMITS, limitsTable } from './limits-table.js';
import type { Place } from './place.js';
import { timeOf } from './time.js';
import { SPANS } from './spans.js';

const HEADING = words('Overview', 'ภาพรวม');
const LOOK = words('Look at this', 'สิ่งที่ควรตรวจสอบ');
const QUIET = words('Nothing stands out.', 'ไม่พบสิ่งผิดปกติ');
const RULE = words('Rule', 'กฎ');
const FUNNEL = words('From request to verified', 'จากคำขอถึงการยืนยัน');
const OVER_TIME = words('Over time', 'ตามเวลา');
const LEGEND = words(
  'Requested, with verified in front; the newest on the right.',
  'คำขอ โดยมีรายการที่ยืนยันแล้วอยู่ด้านหน้า ใหม่สุดอยู่ขวา',
);
const STATE = words('Now', 'ขณะนี้');
const NO_STOPS = words('No sends are stopped.', 'ไม่มีการหยุดส่ง');
const BY_PURPOSE = words('By purpose', 'ตามวัตถุประสงค์');
const BY_OTC = words('By OTC', 'ตาม OTC');
const BY_RANGE = words('By range of numbers', 'ตามช่วงหมายเลข');
const ERRORS = words('SMS not sent, by code', 'SMS ที่ไม่ได้ส่ง ตามรหัส');
const NONE = words('None.', 'ไม่มี');
const DELIVERY_TIMES = words('Until the SMS arrived', 'เวลาจนกว่า SMS จะถึง');
const VERIFY_TIMES = words('Until the right code', 'เวลาจนกว่าจะกรอกรหัสถูกต้อง');
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
export function overviewPage(place: Place, shown: ShownOverview): Html {
  const { overview, stops, actions, may, done } = shown;
  const say = (text: Words): string => text[place.language];
  const { sum, cells, errors, health } = overview;
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
        <p>${freshness(overview, say)}</p>
        ${part('marks', LOOK, marks(overview, say))}${part('funnel', FUNNEL, bars(steps, sum.requested))}
        <dl>
          ${(['attempts', 'exhausted'] as const).map(
            (name) =>
              html`<div>
                <dt>${say(STEPS[name])}</dt>
                <dd>${sum[name]}</dd>
              </div>`,
          )}
        </dl>
        ${part(
          'time',
          OVER_TIME,
          html`<figure>
            ${columns(cells)}
            <figcaption>${say(LEGEND)}</figcaption>
          </figure>`,
        )}${part(
          'now',
          STATE,
          html`<dl>
              ${HEALTH.map(
                (name) =>
                  html`<div>
                    <dt>${name}</dt>
                    <dd>${health[name]}</dd>
                  </div>`,
              )}
            </dl>
            ${
              stops.length === 0
                ? html`<p>${say(NO_STOPS)}</p>`
                : html`<ul>
                    ${stops.map((stop) => html`<li>${stopOf(stop)}</li>`)}
                  </ul>`
            }`,
        )}${part('purposes', BY_PURPOSE, sums(overview.purposes))}${part('otcs', BY_OTC, sums(overview.otcIds))}${part(
          'ranges',
          BY_RANGE,
          sums(overview.ranges.map((range) => ({ ...range, name: rangeOf(range.named) }))),
        )}${part(
          'errors',
          ERRORS,
          errors.length === 0
            ? html`<p>${say(NONE)}</p>`
            : bars(
                errors.map(({ code, count }) => [code, count] as const),
                sum.requested,
              ),
        )}${part('limits', LIMITS, limitsTable(overview.limits, say))}${part('arrival', DELIVERY_TIMES, times(overview.deliveryTimes, place))}${part('entry', VERIFY_TIMES, times(overview.verifyTimes, place))}
        ${actionList(place, actions, (otpId) => otpHref(place, otpId))}
      </div>
      ${may.act ? unblockForms(place, stops) : null}`,
  );
}

type Say = (text: Words) => string;
type Sums = Readonly<Record<'sent' | 'ended' | 'verified', number>> & { name: string };

function spans({ home, query }: Place, seconds: number): Html {
  const joint = query === '' ? '?' : '&';
  return html`<ul class="spans">
    ${SPANS.map(
      (one) =>
        html`<li>
          <a
            href="${home}${joint}hours=${one / 3600}"
            ${one === seconds ? html` aria-current="true"` : null}
            >${one / 3600} h</a
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
            <td>${count}</td>
            <td>${percent(count, whole)}</td>
            <td>${bar(count, whole)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;

const sumsTable = (rows: readonly Sums[], say: Say): Html =>
  html`<table>
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
            <td>${sent}</td>
            <td>${verified}</td>
            <td>${percent(verified, ended)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;

function times(counts: readonly number[], { language }: Place): Html {
  const whole = counts.reduce((total, count) => total + count, 0);
  const name = (i: number): string => {
    const [from, to] = [TIME_BOUNDS[i - 1], TIME_BOUNDS[i]];
    return to === undefined ? `≥ ${span(from ?? 0)[language]}` : `< ${span(to)[language]}`;
  };
  return bars(
    counts.map((count, i) => [name(i), count] as const),
    whole,
  );
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
