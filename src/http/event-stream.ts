import type { ServerResponse } from 'node:http';
import { beginRaw } from './raw-response.js';
import type { AdapterResponse } from './raw-response.js';

/** A client that reads nothing costs no more than this. Bytes. */
const MAX_BACKLOG_BYTES = 64 * 1024;
/** How long the last bytes may take to leave before the connection is cut. */
const GRACE_MS = 2000;
/** What a client that reconnects by itself should wait. */
const RETRY_MS = 3000;

/**
 * A response of server-sent events on either adapter. It writes to Node's response itself: Nest's own
 * `@Sse` hands every event to the interceptors of the app, and one that wraps bodies would break them.
 */
export class EventStream {
  private readonly raw: ServerResponse;
  private over = false;

  /** Sends the headers: from here on no other answer is possible. */
  constructor(response: AdapterResponse) {
    this.raw = beginRaw(response, 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // `no-transform` also keeps compressing middleware from holding events back.
      'Cache-Control': 'no-cache, no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    // A write that meets a client on its way out is no fault of anybody's.
    this.raw.on('error', () => undefined);
    this.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** A HEAD asks for the headers alone. */
  get headOnly(): boolean {
    return this.raw.req.method === 'HEAD';
  }

  /** Calls back once, when the client has everything or went away. */
  onClose(callback: () => void): void {
    if (this.raw.destroyed) callback();
    else this.raw.once('close', callback);
  }

  send(event: string, data: object): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Keeps the connection from looking dead; clients ignore it. */
  heartbeat(): void {
    this.write(': still here\n\n');
  }

  /** Resolves once the client has everything or went away, and soon in any case. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.raw.destroy(), GRACE_MS);
      this.onClose(() => {
        clearTimeout(timer);
        resolve();
      });
      this.over = true;
      this.raw.end();
    });
  }

  private write(text: string): void {
    if (this.over || this.raw.destroyed) return;
    this.raw.write(text);
    if (this.raw.writableLength > MAX_BACKLOG_BYTES) this.raw.destroy();
  }
}
