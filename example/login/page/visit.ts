import type { IncomingHttpHeaders } from 'node:http';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { readCookie, writeCookie } from '../../cookies.js';
import type { CookieResponse } from '../../cookies.js';

/** What the pages read of an Express or Fastify request. */
export interface PageRequest {
  headers: IncomingHttpHeaders;
  query: Record<string, unknown>;
}

/** One request of a browser, and the cookies of its answer. */
export class Visit {
  constructor(
    private readonly request: PageRequest,
    readonly response: CookieResponse,
  ) {}

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  /** A field of the address, if it is there once. */
  query(name: string): string | undefined {
    const value = this.request.query[name];
    return typeof value === 'string' ? value : undefined;
  }

  cookie(name: string): string | undefined {
    return readCookie(this.headers, name);
  }

  keep(name: string, value: string, seconds: number): void {
    writeCookie(this.response, name, value, seconds);
  }

  forget(name: string): void {
    this.keep(name, '', 0);
  }
}

/** `@Visitor() visit: Visit` on a page's route. */
export const Visitor = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return new Visit(http.getRequest<PageRequest>(), http.getResponse<CookieResponse>());
});
