import type { Delivery } from '../domain/delivery.js';
import type { OtpStatus } from '../domain/otp.js';
import { html } from './html.js';
import type { Html } from './html.js';

/** How something stands: shown by a colour and by a sign, for who does not see the colour. */
export type Tone = 'good' | 'watch' | 'bad' | 'quiet';

const SIGNS: Record<Tone, string> = {
  good: 'M4.5 8.5l2.5 2.5 4.5-5.5',
  watch: 'M8 4v5M8 11.4v.6',
  bad: 'M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6',
  quiet: 'M4.8 8h6.4',
};

/** The sign of a tone; the words beside it say the same. */
export const sign = (tone: Tone): Html =>
  html`<svg class="sign ${tone}" viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="8" />
    <path d="${SIGNS[tone]}" />
  </svg>`;

/** One word of the API with its tone. */
export const badge = (text: string, tone: Tone): Html =>
  html`<span class="badge ${tone}">${sign(tone)}${text}</span>`;

export const STATUS_TONES: Readonly<Record<OtpStatus, Tone>> = {
  sending: 'watch',
  pending: 'watch',
  verified: 'good',
  send_failed: 'bad',
  send_unknown: 'bad',
  max_attempts_reached: 'bad',
  expired: 'quiet',
  canceled: 'quiet',
  superseded: 'quiet',
};

export const DELIVERY_TONES: Readonly<Record<Delivery, Tone>> = {
  none: 'quiet',
  accepted: 'watch',
  pending: 'watch',
  unknown: 'watch',
  completed: 'good',
  expired: 'bad',
  rejected: 'bad',
  undelivered: 'bad',
  delivered: 'good',
  external: 'quiet',
};
