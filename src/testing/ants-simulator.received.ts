import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AntsCall } from './ants-simulator.account.js';

/** A request the simulator got. */
export interface ReceivedRequest {
  /** Absent when the method and path are none of ANTS'. */
  call?: AntsCall;
  method: string;
  path: string;
  /** As they came, but for the credential: only its scheme is kept. */
  headers: IncomingHttpHeaders;
  /** The JSON value, the text when it is no JSON, `undefined` when it is empty. */
  body: unknown;
  /** Epoch milliseconds. */
  at: number;
}

const ROUTES = new Map<string, AntsCall>([
  ['POST /otp/requestOTP', 'requestOTP'],
  ['POST /otp/resendOTP', 'resendOTP'],
  ['POST /otp/verifyOTP', 'verifyOTP'],
  ['POST /account/balance', 'balance'],
]);

/** Reads a request to its end. */
export async function receive(
  incoming: IncomingMessage,
  now: () => number,
): Promise<ReceivedRequest> {
  const { method = '', url = '', headers } = incoming;
  const path = url.replace(/\?.*/, '');
  const authorization = headers.authorization?.replace(/^(\w+ )?.*/, '$1[hidden]');
  return {
    call: ROUTES.get(`${method} ${path}`),
    method,
    path,
    headers: { ...headers, ...(authorization && { authorization }) },
    body: parseBody(await text(incoming)),
    at: now(),
  };
}

/** JSON as a value, anything else as its text. */
export function parseBody(raw: string): unknown {
  if (raw === '') return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
