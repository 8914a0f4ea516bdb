import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { AnyDialect, PostgresDialect } from './pg-wire.js';
import type { Dialect, Piece } from './pg-wire.js';

/**
 * Where a statement is stopped: `statement` before it reaches the server, `answer` when the server
 * has done it and the client does not know.
 */
export type Passage = 'statement' | 'answer';

/** One statement that is stopped on its way. */
export interface Stop {
  /** Settles when it has come there. */
  readonly arrived: Promise<void>;
  /** Lets it go on. */
  release(): void;
  /** Cuts its connection; what was stopped is lost. */
  cut(): void;
}

interface Trap {
  passage: Passage;
  text: string;
  arrive(link: Link): void;
}

/**
 * A TCP proxy on 127.0.0.1 before a server, by which a test causes network faults from outside:
 * before Postgres it knows statements, prepared or not; before anything else it looks for a text.
 */
export class TcpProxy {
  readonly #links = new Set<Link>();
  readonly #traps: Trap[] = [];
  readonly #server: Server;
  readonly #target: URL;
  #refuses = false;
  #paused = false;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((client) => {
      this.#open(client);
    });
  }

  /** @param target URL of the server, such as `postgresql://…` or `http://…` */
  static async before(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The target's URL, but through the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    // A bare host gets no slash at its end: paths are added to it.
    return this.#target.href === `${this.#target.origin}/` ? url.origin : url.href;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Cuts every connection now, with a reset. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** From now on new connections are cut at once; `accept` ends it. */
  refuse(): void {
    this.#refuses = true;
  }

  accept(): void {
    this.#refuses = false;
  }

  /** Nothing passes in either direction until `resume`; new connections wait as well. */
  pause(): void {
    this.#paused = true;
    for (const link of this.#links) link.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const link of this.#links) link.resume();
  }

  /** Stops the next statement that holds this text, and that connection with it. */
  hold(passage: Passage, text: string): Stop {
    let stopped: Link | undefined;
    const arrived = new Promise<void>((resolve) => {
      this.#traps.push({
        passage,
        text,
        arrive: (link) => {
          stopped = link;
          resolve();
        },
      });
    });
    return {
      arrived,
      release: () => stopped?.release(),
      cut: () => stopped?.cut(),
    };
  }

  /** Cuts the connections of the next `times` statements that hold this text. */
  async cutAt(passage: Passage, text: string, times = 1): Promise<void> {
    for (let n = 0; n < times; n++) {
      const stop = this.hold(passage, text);
      await stop.arrived;
      stop.cut();
    }
  }

  /** Forgets the stops that nothing has come to, and takes the others back. */
  reset(): void {
    this.#traps.length = 0;
    this.accept();
    this.resume();
    for (const link of this.#links) link.release();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #open(client: Socket): void {
    if (this.#refuses) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const { protocol, hostname, port } = this.#target;
    const link = new Link(
      client,
      connect(Number(port), hostname),
      protocol.startsWith('postgres') ? new PostgresDialect() : new AnyDialect(),
      (text) => this.#trapFor(text),
      () => this.#links.delete(link),
    );
    this.#links.add(link);
    if (this.#paused) link.pause();
  }

  #trapFor(text: string): Trap | undefined {
    const at = this.#traps.findIndex((trap) => text.includes(trap.text));
    return at < 0 ? undefined : this.#traps.splice(at, 1)[0];
  }
}

/** One client's connection and the one that was opened for it. */
class Link {
  /** Pieces that wait behind a stop, `null` when nothing is stopped. */
  #toServer: Piece[] | null = null;
  #toClient: Buffer[] | null = null;
  #answerTrap: Trap | undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly dialect: Dialect,
    private readonly trapFor: (text: string) => Trap | undefined,
    onEnd: () => void,
  ) {
    client.on('data', (chunk: Buffer) => {
      for (const piece of this.dialect.fromClient(chunk))
        if (this.#toServer) this.#toServer.push(piece);
        else this.#forward(piece);
    });
    server.on('data', (chunk: Buffer) => {
      this.#answer(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      // What was sent before the end still arrives; a killed process gets no more.
      socket.on('end', () => other.end());
      socket.on('close', () => {
        other.destroySoon();
        onEnd();
      });
    }
  }

  pause(): void {
    this.client.pause();
    this.server.pause();
  }

  resume(): void {
    this.client.resume();
    this.server.resume();
  }

  cut(): void {
    this.#toServer = null;
    this.#toClient = null;
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  release(): void {
    const answers = this.#toClient ?? [];
    this.#toClient = null;
    this.#answerTrap = undefined;
    for (const chunk of answers) this.client.write(chunk);
    const [stopped, ...behind] = this.#toServer ?? [];
    this.#toServer = null;
    if (stopped) this.server.write(stopped.bytes);
    for (const piece of behind) this.#forward(piece);
  }

  #forward(piece: Piece): void {
    const trap = piece.text === '' ? undefined : this.trapFor(piece.text);
    if (trap?.passage === 'statement') {
      this.#toServer = [piece];
      trap.arrive(this);
      return;
    }
    if (trap) {
      this.#toClient = [];
      this.#answerTrap = trap;
    }
    this.server.write(piece.bytes);
  }

  #answer(chunk: Buffer): void {
    if (!this.#toClient) {
      this.client.write(chunk);
      return;
    }
    this.#toClient.push(chunk);
    if (!this.#answerTrap || !this.dialect.endsAnswer(chunk)) return;
    const trap = this.#answerTrap;
    this.#answerTrap = undefined;
    trap.arrive(this);
  }
}
