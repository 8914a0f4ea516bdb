import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; the signal aborts when the server stops. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
) => Promise<void>;

/** How `AntsSimulator.start` listens. */
export interface AntsSimulatorStartOptions {
  /**
   * Whether the server keeps the process alive while it runs. Set it in a script that does nothing else
   * but simulate; a test must be able to end without `stop()`. @default false
   */
  keepAlive?: boolean;
}

/** An HTTP server on 127.0.0.1 that keeps its port over stops and starts. */
export class LoopbackListener {
  #running?: { server: Server; stopping: AbortController };
  /** The latest start or stop; the next one begins after it. */
  #change: Promise<unknown> = Promise.resolve();

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
  start(options: AntsSimulatorStartOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#open(options));
  }

  /** Closes the server and every connection at once. Does nothing while it does not run. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  /** A stop during a start closes what the start opens. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#change.then(change);
    this.#change = done.catch(() => undefined);
    return done;
  }

  async #open({ keepAlive = false }: AntsSimulatorStartOptions): Promise<void> {
    if (this.#running) throw new Error('The simulator is already running.');
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal); // one listener per waiting answer or report
    const server = createServer((request, response) => {
      this.handle(request, response, stopping.signal).catch(() => {
        // The caller went away or the simulator stops: there is nobody to answer.
        response.destroy();
      });
    });
    server.on('connection', (socket) => socket.unref());
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    if (!keepAlive) server.unref();
    this.port = (server.address() as AddressInfo).port;
    this.#running = { server, stopping };
  }

  async #close(): Promise<void> {
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
