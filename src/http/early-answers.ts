import type { IncomingMessage, ServerResponse } from 'node:http';
import { OTP_ERRORS } from '../domain/errors.js';
import type { OtpErrorCode } from '../domain/errors.js';
import { OtpException } from '../service/otp.exception.js';

/**
 * The one answer to whoever may not report, whatever the reason: an empty 404 without any header of
 * the app's, and the end of the connection.
 */
export function answerEmpty(response: ServerResponse): void {
  if (hasBegun(response)) return;
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 404;
  response.setHeader('Connection', 'close');
  response.end();
}

/** An empty 503: the sender may try again. */
export function answerUnavailable(request: IncomingMessage, response: ServerResponse): void {
  if (hasBegun(response)) return;
  response.statusCode = 503;
  closeUnread(request, response);
  response.end();
}

/** A known sender is told what is wrong. */
export function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  code: OtpErrorCode,
): void {
  if (hasBegun(response)) return;
  response.statusCode = OTP_ERRORS[code].status;
  closeUnread(request, response);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(new OtpException({ code }).getResponse()));
}

/** What is left of the body is not worth reading. */
function closeUnread(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.setHeader('Connection', 'close');
}

/** Something else has begun to answer meanwhile: that answer ends here. */
function hasBegun(response: ServerResponse): boolean {
  if (!response.headersSent) return false;
  response.end();
  return true;
}
