import { applyDecorators, Controller, Header, UseFilters, UseGuards } from '@nestjs/common';
import { SameOriginGuard } from 'nestjs-ants-otp';
import { SeeOtherFilter } from './see-other.js';

/** Nothing but this site's own files, and no other site around it. */
export const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A controller of pages and of the forms on them. */
export const PageController = (path: string): ClassDecorator =>
  applyDecorators(Controller(path), UseFilters(SeeOtherFilter), UseGuards(SameOriginGuard));

/** A route that answers with a page. It is never kept: the way back asks for a fresh one. */
export const Page = (): MethodDecorator =>
  applyDecorators(
    Header('Content-Type', 'text/html; charset=utf-8'),
    Header('Content-Security-Policy', POLICY),
    Header('X-Content-Type-Options', 'nosniff'),
    Header('Referrer-Policy', 'same-origin'),
    Header('Cache-Control', 'no-store'),
  );
