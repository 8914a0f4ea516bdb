import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PushedReport } from './probe.js';

/** Takes delivery reports in. */
export interface ReportReceiver {
  url: string;
  /** The oldest report that nobody has read, or the next one. */
  next(): Promise<PushedReport>;
  /** Whether a report came that nobody has read. */
  waits(): boolean;
  close(): void;
}

/** Milliseconds to wait for a report. */
const PATIENCE_MS = 60_000;

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function receiveReports(port: number): Promise<ReportReceiver> {
  const unread: PushedReport[] = [];
  const arrivals = new EventTarget();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      unread.push({ contentType: request.headers['content-type'] ?? '', body });
      response.end();
      arrivals.dispatchEvent(new Event('report'));
    });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/report`,
    async next() {
      for (;;) {
        const report = unread.shift();
        if (report) return report;
        await once(arrivals, 'report', { signal: AbortSignal.timeout(PATIENCE_MS) });
      }
    },
    waits: () => unread.length > 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
