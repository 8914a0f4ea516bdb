import { scaleBand, scaleLinear } from 'd3-scale';
import { utcTicks } from 'd3-time';
import { html } from './html.js';
import type { Html } from './html.js';

/**
 * Pixels. Across, everything is in percent, so a picture fills its place and its texts keep their size,
 * on a phone as on a desk.
 */
const HEIGHT = 190;
const TOP = 18;
const BOTTOM = 166;
/** Left of the columns, in percent, for the numbers of the axis. */
const LEFT = 10;

/** Bangkok has no summer time. */
const BANGKOK_MS = 7 * 3_600_000;

/** One column: of the whole in light, its part in front of it. */
export interface Column {
  /** What a pointer above it reads. */
  title: string;
  whole: number;
  part: number;
}

/** A stretch of time that is shown. */
export interface Stretch {
  at: Date;
  seconds: number;
  language: string;
}

/** A bar as long as its share of the whole; the number stands beside it as text. */
export const bar = (part: number, whole: number): Html =>
  html`<svg class="bar" height="10" aria-hidden="true">
    <rect class="track" width="100%" height="10" rx="2" />
    <rect width="${percentOf(part, whole)}%" height="10" rx="2" />
  </svg>`;

/** Columns over a stretch of time that ends on the right, with the times of Bangkok below. */
export function columnsOverTime(columns: readonly Column[], stretch: Stretch): Html {
  const end = stretch.at.getTime();
  const x = scaleLinear([end - stretch.seconds * 1000, end], [LEFT, 100]);
  const [from, to] = x.domain().map((ms) => new Date(ms + BANGKOK_MS)) as [Date, Date];
  const name = namesOfTimes(stretch);
  const ticks = utcTicks(from, to, 5).map((tick) => new Date(tick.getTime() - BANGKOK_MS));
  return chart(
    columns,
    html`${ticks
      .map((tick) => ({ place: x(tick.getTime()), text: name(tick) }))
      .filter(({ place }) => place < 95)
      .map(
        ({ place, text }) =>
          html`<line
              class="tick"
              x1="${fixed(place)}%"
              y1="${BOTTOM}"
              x2="${fixed(place)}%"
              y2="${BOTTOM + 5}"
            />
            <text
              x="${fixed(place)}%"
              y="${HEIGHT - 5}"
              text-anchor="${place < 14 ? 'start' : 'middle'}"
              >${text}</text
            > `,
      )}`,
  );
}

/** Columns of counts between bounds, each bound below where it lies and each count above its column. */
export function histogram(
  columns: readonly { title: string; count: number }[],
  bounds: readonly number[],
): Html {
  const x = bandsOf(columns.length);
  return chart(
    columns.map(({ title, count }) => ({ title, whole: 0, part: count })),
    html`${bounds.map(
      (bound, i) =>
        html`<text x="${fixed((x(i + 1) ?? 0) - gapOf(x))}%" y="${HEIGHT - 5}" text-anchor="middle"
          >${bound}</text
        > `,
    )}`,
  );
}

/** Where events lie on a line of time, in percent, and its ticks in seconds, at whole units of time. */
export function lineOfTime(
  seconds: number,
  range: readonly [number, number],
): { x: (second: number) => number; ticks: number[] } {
  const unit = UNITS.find(([, most]) => seconds <= most)?.[0] ?? 86_400;
  const x = scaleLinear([0, Math.max(1, seconds)], range);
  const ticks = scaleLinear([0, Math.max(1, seconds) / unit], range).ticks(4);
  return { x, ticks: ticks.filter(Number.isInteger).map((tick) => tick * unit) };
}

/** A unit of time in seconds, and up to how many it is used. */
const UNITS = [
  [1, 180],
  [60, 3 * 3_600],
  [3_600, 2 * 86_400],
] as const;

function chart(columns: readonly Column[], below: Html): Html {
  const most = Math.max(1, ...columns.map(({ whole, part }) => Math.max(whole, part)));
  const y = scaleLinear([0, most], [BOTTOM, TOP]).nice(3);
  const x = bandsOf(columns.length);
  const width = fixed(x.bandwidth());
  const column = (name: string, left: string, count: number): Html =>
    html`<rect
      class="${name}"
      x="${left}%"
      y="${fixed(y(count))}"
      width="${width}%"
      height="${fixed(BOTTOM - y(count))}"
    />`;
  return html`<svg class="chart" height="${HEIGHT}" aria-hidden="true">
    ${y
      .ticks(3)
      .filter(Number.isInteger)
      .map(
        (tick) =>
          html`<line x1="${LEFT}%" y1="${fixed(y(tick))}" x2="100%" y2="${fixed(y(tick))}" />
            <text x="${LEFT - 1.5}%" y="${fixed(y(tick) + 4)}" text-anchor="end"
              >${short(tick)}</text
            > `,
      )}${columns.map(({ title, whole, part }, i) => {
      const left = fixed(x(i) ?? 0);
      // The empty space above a low column is its own, too.
      return html`<g>
        <title>${title}</title>
        <rect class="hit" x="${left}%" y="${TOP}" width="${width}%" height="${BOTTOM - TOP}" />
        ${whole > 0 ? column('whole', left, whole) : null}${part > 0 ? column('part', left, part) : null}
      </g> `;
    })}${below}
  </svg>`;
}

const bandsOf = (count: number) =>
  scaleBand(
    Array.from({ length: count }, (_, i) => i),
    [LEFT, 100],
  ).paddingInner(0.2);

/** From a column to the middle of the space before it. */
const gapOf = (x: ReturnType<typeof bandsOf>): number => (x.step() - x.bandwidth()) / 2;

function namesOfTimes({ seconds, language }: Stretch): (at: Date) => string {
  const format = new Intl.DateTimeFormat(
    `${language}-u-ca-gregory-nu-latn`,
    seconds > 86_400
      ? { timeZone: 'Asia/Bangkok', day: 'numeric', month: 'short' }
      : { timeZone: 'Asia/Bangkok', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  );
  return (at) => format.format(at);
}

/** `1200` as `1.2k`: beside an axis there is room for little. */
const short = (count: number): string => (count < 1_000 ? String(count) : `${count / 1_000}k`);

const percentOf = (part: number, whole: number): string =>
  whole === 0 ? '0' : fixed(Math.min(1, part / whole) * 100);

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
