import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';

/** One request, and every byte of its answer but the time of day. */
export async function httpAnswer(url: string, options: RequestOptions, body = ''): Promise<string> {
  const [response] = (await once(request(url, options).end(body), 'response')) as [IncomingMessage];
  const { statusCode, rawHeaders } = response;
  const headers = rawHeaders.map((value, at) => (rawHeaders[at - 1] === 'Date' ? '…' : value));
  return [statusCode, ...headers, await text(response)].join('\n');
}
