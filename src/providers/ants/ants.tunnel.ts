import { once } from 'node:events';
import { request, type Agent, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

interface Target {
  host?: string | null;
  port?: string | number | null;
}

/**
 * Lets an agent reach its servers through an HTTP proxy, by CONNECT: the proxy learns host and port
 * and sees nothing else of an https call. A socket is handed on only after its TLS handshake, so as
 * without a proxy nothing of a request can have left before the agent has a socket for it. The HTTP
 * library's own proxy option is not used: its older versions send an https request to the proxy
 * in the clear.
 *
 * @param proxy `http://user:password@proxy.example:3128`; its credentials are URL-encoded
 * @param timeoutMs for proxy, tunnel and TLS together, in milliseconds
 */
export function tunnelThrough<A extends Agent>(agent: A, proxy: URL, timeoutMs: number): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const done = callback as ((error: Error | null, stream?: Duplex) => void) | undefined;
    const steps = new AbortController();
    const timer = setTimeout(() => {
      steps.abort(failure('ETIMEDOUT'));
    }, timeoutMs);
    openTunnel(proxy, options, steps.signal)
      .then(async (tunnel) => {
        if (options.protocol !== 'https:') return tunnel;
        const secure = connect({ ...options, socket: tunnel } as typeof options) as Duplex;
        await orAborted(secure, steps.signal, once(secure, 'secureConnect'));
        return secure;
      })
      .then(
        (socket) => done?.(null, socket),
        (error: unknown) => done?.(error as Error),
      )
      .finally(() => {
        clearTimeout(timer);
      });
    return undefined;
  };
  return agent;
}

async function openTunnel(
  proxy: URL,
  { host, port }: Target,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${port ?? ''}`;
  const credentials = [proxy.username, proxy.password].map(decodeURIComponent).join(':');
  const asked = request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || 80,
    method: 'CONNECT',
    path: target,
    agent: false,
    headers: {
      Host: target,
      ...(proxy.username && {
        'Proxy-Authorization': `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
      }),
    },
  });
  asked.end();
  const [answer, socket, head] = (await orAborted(asked, signal, once(asked, 'connect'))) as [
    IncomingMessage,
    Socket,
    Buffer,
  ];
  if (answer.statusCode !== 200) {
    socket.destroy();
    throw failure(`PROXY_${answer.statusCode ?? 0}`);
  }
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Ends a step when the time is over; a step that has ended is left alone. */
async function orAborted<T>(
  step: { destroy(error: Error): unknown },
  signal: AbortSignal,
  result: Promise<T>,
): Promise<T> {
  const end = () => {
    step.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', end);
  try {
    return await result;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error('No tunnel through the proxy'), { code });
}
