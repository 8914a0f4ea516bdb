import type { IncomingHttpHeaders } from 'node:http';

/** What Express's response and Fastify's reply have in common: no cookie plugin is needed. */
export interface CookieResponse {
  header(name: 'Set-Cookie', value: string): unknown;
  /** Of Express alone, whose `header` replaces the cookie before; Fastify's adds to it. */
  append?(name: 'Set-Cookie', value: string): unknown;
}

// SameSite=Lax keeps the cookies out of other sites' POSTs, so no CSRF token is needed.
const ATTRIBUTES = `Path=/; HttpOnly; SameSite=Lax${process.env.NODE_ENV === 'production' ? '; Secure' : ''}`;

/** @param seconds how long it lives; 0 removes it */
export function writeCookie(
  response: CookieResponse,
  name: string,
  value: string,
  seconds: number,
): void {
  const cookie = `${name}=${encodeURIComponent(value)}; Max-Age=${seconds}; ${ATTRIBUTES}`;
  if (response.append) response.append('Set-Cookie', cookie);
  else response.header('Set-Cookie', cookie);
}

export function readCookie({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  const pairs = cookie.split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  try {
    return value && decodeURIComponent(value);
  } catch {
    // Not written by this app.
    return undefined;
  }
}
