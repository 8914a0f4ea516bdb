import { Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { LogEntry } from '../ports/log-entry.js';
import { OtpException } from '../service/otp.exception.js';

/** Where a parser or a platform that reads the body first may leave it. */
export interface BodyHolder {
  rawBody?: unknown;
  body?: unknown;
}

/** The bytes or the text of a body that something else has read. */
export function keptBody(holders: readonly BodyHolder[]): Uint8Array | string | undefined {
  return holders
    .flatMap(({ rawBody, body }) => [rawBody, body])
    .find((body) => typeof body === 'string' || body instanceof Uint8Array);
}

type Done = (error: Error | null, payload?: Readable) => void;
interface ParsedRequest extends BodyHolder {
  raw: IncomingMessage & BodyHolder;
}
type PreParsing = (request: ParsedRequest, reply: unknown, payload: Readable, done: Done) => void;
export interface FastifyRoute {
  url: string;
  preParsing?: PreParsing | PreParsing[];
}

/**
 * Gives a route of Fastify the body that something has read before: Fastify itself would wait for it without end. Express'
 * parsers notice by themselves.
 */
export class KeptBodies {
  private readonly logger = new Logger('OtpModule');
  private warned = false;

  serve(route: FastifyRoute): void {
    route.preParsing = [...[route.preParsing ?? []].flat(), this.replay];
  }

  private readonly replay: PreParsing = (request, _reply, payload, done) => {
    const { raw } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    // Of a request that announces no body Fastify reads none; the webhook's have lost these headers.
    if (!raw.readableEnded || (length === undefined && encoding === undefined)) {
      done(null, payload);
      return;
    }
    const kept = keptBody([raw, request]);
    // Without a body there is nothing to wait for, and nothing that was lost.
    if (kept !== undefined || !raw.readableDidRead) {
      done(null, Readable.from(kept === undefined ? [] : [Buffer.from(kept as string)]));
      return;
    }
    if (!this.warned)
      this.logger.warn(
        new LogEntry(
          'Requests are answered 503: something reads their bodies before Fastify and keeps no "request.rawBody". Let it keep the raw body.',
          { event: 'body_taken' },
        ),
      );
    this.warned = true;
    done(new OtpException({ code: 'unavailable' }));
  };
}
