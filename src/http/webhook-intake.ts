import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OtpErrorCode } from '../domain/errors.js';
import type { UnreadableReason } from '../domain/unreadable-report.js';
import { LogEntry } from '../ports/log-entry.js';
import { messageOf } from '../service/message-of.js';
import { RecordReport } from '../service/record-report.js';
import { UnreadableReports } from '../service/unreadable-reports.js';
import { answerEmpty, answerRefusal, answerUnavailable } from './early-answers.js';
import { httpAdapterOf } from './http-adapter.js';
import type { BodyHolder } from './kept-body.js';
import { MountedWebhook } from './mounted-webhook.js';
import { keepPushed } from './pushed-report.js';
import { MAX_BODY_BYTES, readBody } from './report-body.js';
import type { ReportBody } from './report-body.js';
import { WebhookSenders } from './webhook-senders.js';

type Next = () => void;
/** Both adapters know the client's address behind the proxies that the app trusts. */
interface Client extends BodyHolder {
  ip?: string;
}
interface FastifyInstance {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: Next) => void,
  ): void;
}
interface FastifyRequest extends Client {
  raw: IncomingMessage;
}
interface FastifyReply {
  raw: ServerResponse;
  hijack(): void;
}

/** A request on either adapter. */
interface Exchange {
  request: IncomingMessage & BodyHolder;
  /** The adapter's own request. */
  client: Client;
  response: ServerResponse;
  /** Gives it to the app. */
  next: Next;
  /** Takes the response out of the adapter's hands. */
  claim: () => void;
}

/** How a sender is answered whose body cannot be read. */
const REFUSALS = {
  encoding: 'report_encoding',
  too_large: 'report_too_large',
  too_slow: 'report_too_slow',
} as const satisfies Partial<Record<UnreadableReason, OtpErrorCode>>;

/**
 * Takes webhook requests in before the app's body parser: checks token and sender without any I/O, then
 * reads the body raw under its own limits, so that 20-digit ids survive and an app's parser, size
 * limit or strictness cannot break a report. One way in per adapter, one intake behind them. Every path ends the response
 * or hands it to the app.
 */
@Injectable()
export class WebhookIntake {
  private readonly logger = new Logger('OtpModule');

  constructor(
    host: HttpAdapterHost,
    private readonly webhook: MountedWebhook,
    private readonly reports: RecordReport,
    private readonly senders: WebhookSenders,
    private readonly unreadable: UnreadableReports,
  ) {
    host.init$.subscribe(() => {
      const adapter = httpAdapterOf(host);
      if (adapter === null) return;
      const type = adapter.getType();
      if (type === 'express')
        adapter.use((request: IncomingMessage & Client, response: ServerResponse, next: Next) => {
          this.take({ request, client: request, response, next, claim: () => undefined });
        });
      else if (type === 'fastify')
        adapter.getInstance<FastifyInstance>().addHook('onRequest', (request, reply, next) => {
          const claim = (): void => {
            reply.hijack();
          };
          this.take({ request: request.raw, client: request, response: reply.raw, next, claim });
        });
      else
        this.logger.warn(
          new LogEntry(`No delivery reports: unknown HTTP adapter "${type}".`, {
            ...{ event: 'no_webhook', adapter: type },
          }),
        );
    });
  }

  /** Lets everything pass that is not the webhook's; answers or prepares what is. */
  private take(exchange: Exchange): void {
    const { request, client, response, next, claim } = exchange;
    const token = request.method === 'POST' ? this.webhook.tokenIn(request.url ?? '') : null;
    if (token === null) {
      next();
      return;
    }
    const otpId = this.reports.otpOf(token);
    const fault = this.senders.faultOf(client.ip, request.headers.authorization);
    if (otpId === null || fault !== null) {
      if (otpId !== null && fault !== null) this.senders.warn(fault, client.ip);
      claim();
      answerEmpty(response);
      return;
    }
    if (response.headersSent) {
      // Something else answers, such as a time-out of the app's: that answer ends here.
      claim();
      response.end();
      return;
    }
    this.takeBody(exchange, otpId).catch((error: unknown) => {
      this.logger.error(
        new LogEntry(`A delivery report could not be taken: ${messageOf(error)}`, {
          event: 'report_not_stored',
        }),
      );
      claim();
      answerUnavailable(request, response);
    });
  }

  private async takeBody(exchange: Exchange, otpId: string): Promise<void> {
    const { request, client, response, next, claim } = exchange;
    const contentType = request.headers['content-type'] ?? '';
    const taken = await this.bodyOf(request, client);
    switch (taken.kind) {
      case 'read': {
        const { body, isText } = taken;
        keepPushed(request, {
          ...{ otpId, body },
          contentType: isText ? contentType.replace(/;.*|$/s, '; charset=utf-8') : contentType,
        });
        // Without these headers the app's parsers see a request without a body and leave it alone.
        for (const header of ['content-length', 'content-type', 'transfer-encoding'])
          // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
          delete request.headers[header];
        next();
        return;
      }
      case 'gone':
        claim();
        answerUnavailable(request, response);
        return;
      case 'taken':
        claim();
        answerUnavailable(request, response);
        await this.unreadable.note(otpId, {
          ...{ reason: 'body_taken', contentType, bytes: announcedBy(request) },
        });
        return;
      case 'encoding':
      case 'too_large':
      case 'too_slow': {
        claim();
        const { kind: reason, bytes } = taken;
        await this.unreadable.note(otpId, {
          ...{ reason, contentType, bytes: announcedBy(request) ?? bytes },
        });
        answerRefusal(request, response, REFUSALS[reason]);
      }
    }
  }

  /** What the headers alone refuse is not read. */
  private bodyOf(
    request: IncomingMessage & BodyHolder,
    client: Client,
  ): ReportBody | { kind: 'encoding'; bytes: null } | Promise<ReportBody> {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') return { kind: 'encoding', bytes: null };
    const announced = announcedBy(request);
    if (announced !== null && announced > MAX_BODY_BYTES)
      return { kind: 'too_large', bytes: announced };
    return readBody(request, [request, client]);
  }
}

/** The length of the body by its header. */
function announcedBy({ headers }: IncomingMessage): number | null {
  const { 'content-length': length = '' } = headers;
  return /^\d{1,15}$/.test(length) ? Number(length) : null;
}
