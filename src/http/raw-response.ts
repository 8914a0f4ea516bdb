import type { ServerResponse } from 'node:http';

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
