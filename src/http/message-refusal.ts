import type { OtpErrorBody } from '../service/otp.exception.js';

/** What the two adapters of Nest have as the client of a gateway. */
interface Socket {
  /** Only of `ws`; its `emit` reaches nobody but the listeners of this process. */
  readyState?: number;
  send?(text: string): void;
  emit?(event: string, data: unknown): void;
}

/**
 * Answers the message of a socket as Nest answers a `WsException`, with our code in it. What the client
 * sent is not sent back, since a proof may be in it: `cause` has the name of the message only.
 */
export function refuseMessage(client: Socket, body: OtpErrorBody, pattern: string): void {
  const data = { status: 'error', ...body, cause: { pattern } };
  if (typeof client.readyState === 'number' && client.send)
    client.send(JSON.stringify({ event: 'exception', data }));
  else client.emit?.('exception', data);
}
