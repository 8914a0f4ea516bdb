import { html } from './html.js';
import type { Html } from './html.js';

/** A spelling of dates that reads the same in both languages: `2026-03-01 09:30:12`. */
const FORMAT = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Bangkok',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** The same where no element can stand. */
export const plainTime = (at: Date): string => FORMAT.format(at);

/** A time as an operator in Thailand reads it off a watch. */
export const timeOf = (at: Date): Html =>
  html`<time datetime="${at.toISOString()}">${plainTime(at)}</time>`;
