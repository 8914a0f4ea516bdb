import type { IncomingHttpHeaders } from 'node:http';

/** What Express's response and Fastify's reply have in common: no cookie plugin is needed. */
export interface CookieResponse {
  header(name: 'Set-Cookie', value: string): unknown;
  /** Of Express alone, whose `header` replaces the cookie before; Fastify's adds to it. */
  append?(name: 'Set-Cookie', value: string): unknown;
}

/** Not in development: only some browsers take `Secure` cookies from http://localhost. */
const isSecure = (): boolean => process.env.NODE_ENV === 'production';

// With this prefix browsers let no other host set the cookie, such as another app of the same domain.
const fullName = (name: string): string => (isSecure() ? `__Host-${name}` : name);

/** @param seconds how long it lives; 0 removes it */
export function writeCookie(
  response: CookieResponse,
  name: string,
  value: string,
  seconds: number,
): void {
  const pair = `${fullName(name)}=${encodeURIComponent(value)}`;
  // SameSite=Lax keeps the cookies out of other sites' POSTs.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure() ? '; Secure' : ''}`;
  const cookie = `${pair}; Max-Age=${seconds}; ${attributes}`;
  if (response.append) response.append('Set-Cookie', cookie);
  else response.header('Set-Cookie', cookie);
}

/** `undefined` also when there are two of this name: one of them is planted, and nothing says which. */
export function readCookie({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  const start = `${fullName(name)}=`;
  const [value, ...more] = cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
  if (value === undefined || more.length > 0) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    // Not written by this app.
    return undefined;
  }
}
