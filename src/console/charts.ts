import { PARTS } from '../domain/figures.js';
import type { Cell, Counts } from '../domain/figures.js';
import { html } from './html.js';
import type { Html } from './html.js';

/** Units of the pictures; the style sheet makes them as wide as their place. */
const WIDTH = 600;
const HEIGHT = 120;

/** A bar as long as its share of the whole; the number stands beside it as text. */
export const bar = (part: number, whole: number): Html =>
  html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${share(part, whole, 100)}" height="8" />
  </svg>`;

/** Columns over time: what was requested, and what of it was verified in front of it. */
export function columns(cells: readonly Cell[]): Html {
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const own = cells.filter((cell) => cell.part === part);
    const sum = (name: keyof Counts): number => own.reduce((total, cell) => total + cell[name], 0);
    return { requested: sum('requested'), verified: sum('verified') };
  });
  const most = Math.max(1, ...parts.map(({ requested }) => requested));
  const step = WIDTH / PARTS;
  const column = (name: keyof (typeof parts)[number]): Html[] =>
    parts.map((part, i) => {
      const height = share(part[name], most, HEIGHT);
      return html`<rect
        class="${name}"
        x="${i * step + 1}"
        y="${HEIGHT - height}"
        width="${step - 2}"
        height="${height}"
      />`;
    });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${column('requested')}${column('verified')}
  </svg>`;
}

const share = (part: number, whole: number, size: number): number =>
  whole === 0 ? 0 : Math.round((part / whole) * size * 10) / 10;
