import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; the signal aborts when the server stops. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
) => Promise<void>;

/** An HTTP server on 127.0.0.1 that keeps its port over stops and starts. */
export class LoopbackListener {
  #running?: { server: Server; stopping: AbortController };

  constructor(
    private port: number,
    private readonly handle: RequestHandler,
  ) {}

  /** The base URL while it runs. */
  get url(): string | undefined {
    return this.#running && `http://127.0.0.1:${this.port}`;
  }

  /** Aborts when the server stops; `undefined` while it does not run. */
  get stopping(): AbortSignal | undefined {
    return this.#running?.stopping.signal;
  }

  /** @throws Error when it runs already or the port is taken */
  async start(): Promise<void> {
    if (this.#running) throw new Error('The simulator is already running.');
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal); // one listener per waiting answer or report
    const server = createServer((request, response) => {
      this.handle(request, response, stopping.signal).catch(() => {
        // The caller went away or the simulator stops: there is nobody to answer.
        response.destroy();
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#running = { server, stopping };
  }

  /** Closes the server and every connection at once. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    const { server, stopping } = this.#running;
    this.#running = undefined;
    stopping.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
