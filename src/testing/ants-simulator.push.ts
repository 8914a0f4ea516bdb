import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RenderedReport } from './ants-simulator.reports.js';

/** A receiver that does not answer in this time has lost the report. Milliseconds. */
const TIMEOUT_MS = 30_000;

/** How long a push may live. */
export interface PushLife {
  /** Ends it. */
  signal: AbortSignal;
  /** Whether it keeps the process alive. */
  ref: boolean;
}

/**
 * Posts a report on a connection of its own and gives the HTTP status of the reply.
 *
 * @throws Error when no reply comes within 30 s
 */
export function pushReport(
  url: string,
  { contentType, body }: RenderedReport,
  { signal: ending, ref }: PushLife,
): Promise<number> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(TIMEOUT_MS)]);
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
    const post = request(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    if (!ref) post.on('socket', (socket) => socket.unref());
    post.on('error', reject).end(body);
  });
}
