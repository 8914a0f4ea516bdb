import type { ServerResponse } from 'node:http';

/**
 * The one answer to whoever may not report, whatever the reason: an empty 404 without any header of
 * the app's, and the end of the connection.
 */
export function answerEmpty(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 404;
  response.setHeader('Connection', 'close');
  response.end();
}
