import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';

/**
 * The transport of one call. It knows whether a byte of the request can have left this machine:
 * Node writes a request only after its socket has connected (with TLS: after the handshake and the
 * check of the certificate). An error while `opened` is false therefore proves that nothing was
 * sent, whatever its code; the same ECONNRESET a moment later proves nothing.
 */
export class AntsConnection {
  #opened = false;

  /**
   * @param signal ends the call; a call that is over must not start.
   * @param connectTimeoutMs for name, TCP and TLS together, in milliseconds.
   */
  constructor(
    private readonly signal: AbortSignal,
    private readonly connectTimeoutMs: number,
  ) {}

  /** Whether the request can have left, in whole or in part. */
  get opened(): boolean {
    return this.#opened;
  }

  /** The method that axios asks of its `transport` option. */
  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    this.signal.throwIfAborted();
    const secure = options.protocol === 'https:';
    const request = (secure ? https : http).request(options, onAnswer);
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error('Connect time-out'), { code: 'ETIMEDOUT' }));
    }, this.connectTimeoutMs);
    const open = () => {
      this.#opened = true;
      clearTimeout(timer);
    };
    request.once('socket', (socket) => {
      // A socket that is not connecting was used before: the request is written at once.
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', open);
      else open();
    });
    request.once('close', () => {
      clearTimeout(timer);
    });
    return request;
  }
}
