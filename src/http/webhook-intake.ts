import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OTP_ERRORS } from '../domain/errors.js';
import type { OtpErrorCode } from '../domain/errors.js';
import { LogEntry } from '../ports/log-entry.js';
import { RecordReport } from '../service/record-report.js';
import { OtpException } from '../service/otp.exception.js';
import { answerEmpty } from './empty-answer.js';
import { httpAdapterOf } from './http-adapter.js';
import { MountedWebhook } from './mounted-webhook.js';
import { keepPushed } from './pushed-report.js';
import { WebhookSenders } from './webhook-senders.js';

/** A report has about 600 bytes; a push holds at most 100. */
const MAX_BODY_BYTES = 32 * 1024;
const BODY_TIMEOUT_MS = 5000;

type Next = () => void;
/** Both adapters know the client's address behind the proxies that the app trusts. */
interface Client {
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

/**
 * Takes webhook requests in before the app's body parser: checks token and sender without any I/O, then
 * reads the body raw under its own limits, so that 20-digit ids survive and an app's parser, size
 * limit or strictness cannot break a report. One way in per adapter, one intake behind them.
 */
@Injectable()
export class WebhookIntake {
  constructor(
    host: HttpAdapterHost,
    private readonly webhook: MountedWebhook,
    private readonly reports: RecordReport,
    private readonly senders: WebhookSenders,
  ) {
    host.init$.subscribe(() => {
      const adapter = httpAdapterOf(host);
      if (adapter === null) return;
      const type = adapter.getType();
      if (type === 'express')
        adapter.use((request: IncomingMessage & Client, response: ServerResponse, next: Next) => {
          this.take(request, request, response, next, () => undefined);
        });
      else if (type === 'fastify')
        adapter.getInstance<FastifyInstance>().addHook('onRequest', (request, reply, done) => {
          this.take(request.raw, request, reply.raw, done, () => {
            reply.hijack();
          });
        });
      else
        new Logger('OtpModule').warn(
          new LogEntry(`No delivery reports: unknown HTTP adapter "${type}".`, {
            ...{ event: 'no_webhook', adapter: type },
          }),
        );
    });
  }

  /** Lets everything pass that is not the webhook's; answers or prepares what is. */
  private take(
    request: IncomingMessage,
    client: Client,
    response: ServerResponse,
    next: Next,
    claim: () => void,
  ): void {
    const token = request.method === 'POST' ? this.webhook.tokenIn(request.url ?? '') : null;
    if (token === null) {
      next();
      return;
    }
    const refuse = (code: OtpErrorCode): void => {
      claim();
      refuseRequest(request, response, code);
    };
    const { ip } = client;
    const { authorization } = request.headers;
    const otpId = this.reports.otpOf(token);
    const fault = this.senders.faultOf(ip, authorization);
    if (otpId === null || fault !== null) {
      if (otpId !== null && fault !== null) this.senders.warn(fault, ip);
      claim();
      answerEmpty(response);
      return;
    }
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      refuse('report_encoding');
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      refuse('report_too_large');
      return;
    }
    readBody(request).then(
      (body) => {
        if (typeof body === 'string') {
          refuse(body);
          return;
        }
        keepPushed(request, { otpId, body, contentType: request.headers['content-type'] ?? '' });
        // Without these headers the app's parsers see a request without a body and leave it alone.
        for (const header of ['content-length', 'content-type', 'transfer-encoding'])
          // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
          delete request.headers[header];
        next();
      },
      () => {
        request.destroy();
      },
    );
  }
}

/** Reads a body under its limits; rejects when the client goes away. */
function readBody(request: IncomingMessage): Promise<Buffer | OtpErrorCode> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      finish('report_too_slow');
    }, BODY_TIMEOUT_MS);
    const finish = (result: Buffer | OtpErrorCode): void => {
      clearTimeout(timer);
      request.off('data', keep);
      request.off('close', left);
      resolve(result);
    };
    // Every request closes in the end: only one that is still being read gets an error made.
    const left = (): void => {
      clearTimeout(timer);
      reject(new Error('The client went away.'));
    };
    const keep = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) finish('report_too_large');
      else chunks.push(chunk);
    };
    request.on('data', keep);
    request.once('end', () => {
      finish(Buffer.concat(chunks));
    });
    request.once('close', left);
  });
}

/** A known sender is told what is wrong. */
function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  code: OtpErrorCode,
): void {
  response.statusCode = OTP_ERRORS[code].status;
  // What is left of the body is not worth reading.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(new OtpException({ code }).getResponse()));
}
