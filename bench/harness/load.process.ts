import { setTimeout as sleep } from 'node:timers/promises';
import { answerParent } from './answer-parent.js';
import { HttpConnection } from './http-connection.js';
import type { HttpReply } from './http-connection.js';

/** A POST with a JSON body. */
export interface LoadRequest {
  path: string;
  body: unknown;
  /** Whom the app, which trusts its proxy, takes for the client. */
  ip: string;
}

export interface Load {
  url: string;
  requests: readonly LoadRequest[];
  connections: number;
  /** Requests a second, whatever the answers do. Without it each connection sends once it has its answer. */
  rate?: number;
  /** Answers of any status are taken. @default false: a refusal would be cheaper than what is measured */
  refusals?: boolean;
}

export interface LoadResult {
  seconds: number;
  /** Of each request, in the order of the requests. From the intended start if there is a rate. Milliseconds. */
  latencies: Float64Array;
  bodies: string[];
}

async function run({
  url,
  requests,
  connections,
  rate,
  refusals = false,
}: Load): Promise<LoadResult> {
  const payloads = requests.map((request) => payloadOf(url, request));
  const open = await Promise.all(
    Array.from({ length: connections }, () => HttpConnection.open(url)),
  );
  const latencies = new Float64Array(requests.length);
  const bodies = new Array<string>(requests.length);
  let next = 0;
  const begun = performance.now();
  // A request that finds no connection free waits for one, and its clock runs from when it was due.
  const work = async (connection: HttpConnection): Promise<void> => {
    for (let at = next++; at < payloads.length; at = next++) {
      let from = performance.now();
      if (rate !== undefined) {
        const due = begun + (at / rate) * 1000;
        while (performance.now() < due) await sleep(due - performance.now());
        from = due;
      }
      const reply = await connection.send(payloads[at] ?? Buffer.alloc(0));
      latencies[at] = performance.now() - from;
      bodies[at] = refusals ? reply.body : bodyOf(reply, requests[at]);
    }
  };
  try {
    await Promise.all(open.map(work));
    return { seconds: (performance.now() - begun) / 1000, latencies, bodies };
  } finally {
    for (const connection of open) connection.close();
  }
}

function payloadOf(url: string, { path, body, ip }: LoadRequest): Buffer {
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    `X-Forwarded-For: ${ip}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

function bodyOf({ status, body }: HttpReply, request: LoadRequest | undefined): string {
  if (status >= 300) throw new Error(`${request?.path ?? ''} answered ${status}: ${body}`);
  return body;
}

answerParent({
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  questions: { run },
});
