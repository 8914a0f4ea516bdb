import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Fastify's reply, which holds Node's response. */
interface FastifyReply {
  raw: ServerResponse;
  hijack(): void;
  getHeaders(): Record<string, number | string | string[] | undefined>;
}

/** The response as a controller or filter gets it: Express' is Node's own, Fastify's holds it. */
export type AdapterResponse = ServerResponse | FastifyReply;

/** Takes the response out of the framework's hands, with the headers that the app has set. */
export function takeOver(response: AdapterResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  for (const [name, value] of Object.entries(response.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  response.hijack();
  return raw;
}

/**
 * Takes the response over and sends its status and headers. If they cannot be sent, the response ends with a 500: once it
 * is taken over, no filter can answer any more.
 *
 * @throws what Node throws for a header
 */
export function beginRaw(
  response: AdapterResponse,
  status: number,
  headers: OutgoingHttpHeaders,
): ServerResponse {
  const raw = takeOver(response);
  try {
    return raw.writeHead(status, headers);
  } catch (error) {
    raw.statusCode = 500;
    raw.end();
    throw error;
  }
}
