import type { IncomingHttpHeaders } from 'node:http';

/** What Express's response and Fastify's reply have in common: no cookie plugin is needed. */
export interface CookieResponse {
  header(name: 'Set-Cookie', value: string): unknown;
}

const NAME = 'sid';
// SameSite=Lax keeps the cookie out of other sites' POSTs, so no CSRF token is needed.
const ATTRIBUTES = `Path=/; HttpOnly; SameSite=Lax${process.env.NODE_ENV === 'production' ? '; Secure' : ''}`;

export function writeSessionCookie(response: CookieResponse, id: string, seconds: number): void {
  response.header('Set-Cookie', `${NAME}=${id}; Max-Age=${seconds}; ${ATTRIBUTES}`);
}

export function clearSessionCookie(response: CookieResponse): void {
  writeSessionCookie(response, '', 0);
}

export function readSessionCookie({ cookie = '' }: IncomingHttpHeaders): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
}
