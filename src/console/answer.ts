import { beginRaw } from '../http/raw-response.js';
import type { AdapterResponse } from '../http/raw-response.js';
import type { Html } from './html.js';

/** Nothing but the console's own files; nobody frames it, and its forms lead nowhere else. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex',
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Writes to Node's response itself: an interceptor of the app that wraps bodies would break a page. */
export function answer(
  response: AdapterResponse,
  { status = 200, type, body }: { status?: number; type: string; body: string },
): void {
  beginRaw(response, status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8` }).end(body);
}

export function answerPage(response: AdapterResponse, page: Html, status = 200): void {
  answer(response, { status, type: 'text/html', body: page.text });
}

/** After a POST, so that a reload asks for the page and sends nothing again. */
export function answerElsewhere(response: AdapterResponse, location: string): void {
  beginRaw(response, 303, { ...HEADERS, Location: location }).end();
}
