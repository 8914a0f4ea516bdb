import type { IncomingHttpHeaders } from 'node:http';
import { readCookie, writeCookie } from '../cookies.js';
import type { CookieResponse } from '../cookies.js';

const NAME = 'sid';

export function writeSessionCookie(response: CookieResponse, id: string, seconds: number): void {
  writeCookie(response, NAME, id, seconds);
}

export function clearSessionCookie(response: CookieResponse): void {
  writeSessionCookie(response, '', 0);
}

export function readSessionCookie(headers: IncomingHttpHeaders): string | undefined {
  return readCookie(headers, NAME);
}
