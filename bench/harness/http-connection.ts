import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface HttpReply {
  status: number;
  body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** One kept-alive connection with one request at a time; costs a fraction of Node's own client. */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private pending: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | null =
    null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.read(chunk);
    });
    socket.on('error', (error) => this.pending?.reject(error));
    socket.on('close', () => this.pending?.reject(new Error('The server hung up.')));
  }

  static async open(url: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  send(request: Buffer): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.pending = null;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const whole = bodyIn(head, this.received.subarray(headEnd + HEAD_END.length));
    if (whole === null) return;
    // One request at a time: nothing can follow its answer.
    this.received = Buffer.alloc(0);
    const { pending } = this;
    this.pending = null;
    pending?.resolve({
      status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)),
      body: whole,
    });
  }
}

/** The body behind a head, or `null` while some of it is missing. */
function bodyIn(head: string, bytes: Buffer): string | null {
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined)
    return bytes.length < Number(length) ? null : bytes.toString('utf8', 0, Number(length));
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const chunk = lineEnd + '\r\n'.length;
    at = chunk + size + '\r\n'.length;
    if (bytes.length < at) return null;
    if (size === 0) return body;
    body += bytes.toString('utf8', chunk, chunk + size);
  }
}
