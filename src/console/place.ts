import type { IncomingHttpHeaders } from 'node:http';
import type { OtpLanguages } from '../service/otp-languages.js';
import type { Words } from '../domain/words.js';

/** The parts of a request that a page looks at, the same on either adapter. */
export interface ConsoleRequest {
  originalUrl: string;
  headers: IncomingHttpHeaders;
}

/** Where a page stands, and in which language it is read. */
export interface Place {
  /** Leads from the page to the folder of the console. */
  root: string;
  /** Leads to the console's own path, without a slash at its end: Fastify would take that for another. */
  home: string;
  language: keyof Words;
  /** Goes along in every link: what the reader chose, against what the browser says. */
  query: string;
  /** The same page in the other language. */
  switched: { to: keyof Words; query: string };
}

/** An address with one more thing asked of it. */
export const withQuery = (address: string, name: string, value: string): string =>
  `${address}${address.includes('?') ? '&' : '?'}${name}=${value}`;

/**
 * Every link is relative, so that the console works behind any prefix, also one that a proxy takes off
 * before the app sees it.
 *
 * @param depth how many segments the page's route has below the console's path
 */
export function placeOf(
  { originalUrl, headers }: ConsoleRequest,
  depth: number,
  languages: Pick<OtpLanguages, 'of'>,
): Place {
  const [path = '', asking = ''] = originalUrl.split('?', 2);
  const asked = new URLSearchParams(asking);
  const chosen = asked.get('lang');
  const wanted = chosen ?? languages.of(headers['accept-language']);
  const [language, to] = wanted.startsWith('th')
    ? (['th', 'en'] as const)
    : (['en', 'th'] as const);
  const segments = path.split('/').filter((segment) => segment !== '');
  const own = segments.at(-1 - depth) ?? '';
  // The browser resolves against the folder of the page, which a slash at its end makes one more.
  const home = `./${'../'.repeat(depth + (path.endsWith('/') ? 1 : 0))}${own}`;
  const query = chosen === null ? '' : `?lang=${language}`;
  asked.set('lang', to);
  const switched = { to, query: `?${asked.toString()}` };
  return { root: `${home}/`, home: `${home}${query}`, language, query, switched };
}
