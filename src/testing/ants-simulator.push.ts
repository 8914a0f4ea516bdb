import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RenderedReport } from './ants-simulator.reports.js';

/** Posts a report on a connection of its own and gives the HTTP status of the reply. */
export function pushReport(
  url: string,
  { contentType, body }: RenderedReport,
  signal: AbortSignal,
): Promise<number> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on('error', reject)
      .end(body);
  });
}
