import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { words } from '../domain/words.js';
import { isOtpException, OtpException } from '../service/otp.exception.js';
import { httpAdapterOf } from './http-adapter.js';
import { KeptBodies } from './kept-body.js';
import type { FastifyRoute as KeptBodyRoute } from './kept-body.js';
import type { GuardedRequest } from './guarded-call.js';
import { OtpLanguages } from '../service/otp-languages.js';
import { isJson } from './json-only.guard.js';

/** The ready routes' path as the app gave it, without prefix: the token to inject it by. */
export class RoutesPath {
  constructor(readonly value: string) {}
}

/** What the two parsers throw for a body: Express' has a `type`, Fastify's a `code`. */
interface BodyFault {
  type?: string;
  code?: string;
  status?: number;
  statusCode?: number;
}
interface ExpressRoute {
  route?: { path?: unknown };
}
interface ExpressRequest extends GuardedRequest {
  path: string;
}
type Next = (error: unknown) => void;
interface Reply {
  code(status: number): Reply;
  send(body: unknown): unknown;
}
interface FastifyRoute extends KeptBodyRoute {
  errorHandler?: (error: BodyFault, request: GuardedRequest, reply: Reply) => unknown;
}
interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

/**
 * On the ready routes, answers with this module's error when the app's parser rejects a body (malformed, too
 * large), and reads a body that something else has read before. Parsers run before any route, so this sits at
 * the adapter; other routes are left alone.
 */
@Injectable()
export class RoutesBody implements OnModuleInit {
  private base: string | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly path: RoutesPath,
    private readonly languages: OtpLanguages,
  ) {
    const bodies = new KeptBodies();
    host.init$.subscribe(() => {
      const adapter = httpAdapterOf(host);
      if (adapter?.getType() === 'fastify')
        adapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
          this.notice(route.url);
          if (!this.owns(route.url)) return;
          bodies.serve(route);
          route.errorHandler = this.answerFault;
        });
    });
  }

  onModuleInit(): void {
    const adapter = httpAdapterOf(this.host);
    if (adapter?.getType() !== 'express') return;
    const { router } = adapter.getInstance<{ router?: { stack?: ExpressRoute[] } }>();
    for (const { route } of router?.stack ?? [])
      if (typeof route?.path === 'string') this.notice(route.path);
    // Express knows an error handler by its four parameters.
    adapter.use((error: BodyFault, request: ExpressRequest, _response: unknown, next: Next) => {
      next(this.owns(request.path) ? (refusalOf(error, request) ?? error) : error);
    });
  }

  private readonly answerFault = (
    error: BodyFault,
    request: GuardedRequest,
    reply: Reply,
  ): unknown => {
    const refusal = isOtpException(error) ? error : refusalOf(error, request);
    if (!refusal) throw error as Error;
    const language = this.languages.of(request.headers?.['accept-language']);
    return reply.code(refusal.getStatus()).send(this.languages.bodyIn(language, refusal));
  };

  /**
   * The parameter's name is this module's own: a route of the app's with the same path has another. The path
   * of another module may end as this one's does, and is longer.
   */
  private notice(route: string): void {
    if (!route.endsWith(`/${this.path.value}/:otpId/resend`)) return;
    const base = route.slice(0, -'/:otpId/resend'.length);
    if (this.base === null || base.length < this.base.length) this.base = base;
  }

  private owns(path: string): boolean {
    return this.base !== null && (path === this.base || path.startsWith(`${this.base}/`));
  }
}

/** What Express' parsers call their faults. */
const EXPRESS_FAULT = /^(?:charset|encoding|entity|parameters|querystring)\./;

function refusalOf(error: BodyFault, { headers }: GuardedRequest): OtpException | null {
  const fault = EXPRESS_FAULT.test(error.type ?? '') || error.code?.startsWith('FST_ERR_CTP');
  if (!fault && !(error instanceof SyntaxError)) return null;
  const status = error.status ?? error.statusCode ?? 400;
  // Whatever else is wrong with it: `JsonOnlyGuard` would refuse it.
  if (status === 415 || !isJson(headers)) return new OtpException({ code: 'json_required' });
  const detail =
    status === 413
      ? words('The body is too large.', 'เนื้อหาของคำขอมีขนาดใหญ่เกินไป')
      : words(
          'The body must be a JSON object, and is not.',
          'เนื้อหาของคำขอต้องเป็น JSON object ที่ถูกต้อง',
        );
  return new OtpException({ code: 'invalid_request', detail }, { status });
}
