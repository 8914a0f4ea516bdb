import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type {
  OtpChallenge,
  OtpErrorCode,
  OtpStatusBody,
  OtpVerificationBody,
} from 'nestjs-ants-otp';
import { READY_ROUTES } from '../../src/http/openapi/ready-routes.js';
import { noteLog, noteSecret } from './leaks/run-record.js';
import { noteAnswer } from './leaks/watch-otps.js';

/** A refusal as a client of the ready routes sees it. */
export interface Refused {
  code: OtpErrorCode;
  status: number;
  retryAfter?: number;
  attemptsLeft?: number;
}

/** An answer in full or a refusal by a code; anything else (a raw 500, a lost connection) is thrown. */
export type Answer<T> = { ok: T; refused?: undefined } | { ok?: undefined; refused: Refused };

/** A client of an app's ready routes that has at most `connections` open at once. */
export class OtpClient {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    connections = 20,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  request(
    mobile: string,
    idempotencyKey?: string,
    purpose?: string,
  ): Promise<Answer<OtpChallenge>> {
    noteSecret('number', mobile);
    return this.#post('request', '/otp', { mobile, idempotencyKey, purpose });
  }

  resend(id: string, ticket: string): Promise<Answer<OtpChallenge>> {
    return this.#post('resend', `/otp/${id}/resend`, { ticket });
  }

  verify(id: string, code: string, ticket: string): Promise<Answer<OtpVerificationBody>> {
    noteSecret('code', code);
    return this.#post('verify', `/otp/${id}/verify`, { code, ticket });
  }

  status(id: string, ticket: string): Promise<Answer<OtpStatusBody>> {
    const headers = { 'x-otp-ticket': ticket };
    return named('status', this.#call('GET', `/otp/${id}`, undefined, headers));
  }

  /** A route that uses a proof up. */
  openVault(proof: string): Promise<Answer<unknown>> {
    return this.#call('POST', '/vault', {}, { 'x-otp-proof': proof });
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#agent.destroy();
  }

  #post<T>(route: Route, path: string, body: object): Promise<Answer<T>> {
    return named(route, this.#call('POST', path, body));
  }

  async #call<T>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const sent = body && JSON.stringify(body);
    const { status, text } = await new Promise<{ status: number; text: string }>(
      (resolve, reject) => {
        const call = request(this.url + path, {
          ...{ method, agent: this.#agent },
          headers: { ...headers, ...(sent && { 'content-type': 'application/json' }) },
        });
        call.on('error', reject);
        call.on('response', (response) => {
          buffer(response).then((bytes) => {
            resolve({ status: response.statusCode ?? 0, text: bytes.toString() });
          }, reject);
        });
        call.end(sent);
      },
    );
    const answer = JSON.parse(text) as unknown;
    if (status < 300) {
      noteAnswer(answer);
      return { ok: answer as T };
    }
    noteLog('refusal over HTTP', text);
    const refused = { ...(answer as Refused), status };
    if (typeof refused.code !== 'string') throw new Error(`${method} ${path}: ${status} ${text}`);
    return { refused };
  }
}

type Route = keyof typeof READY_ROUTES;

/** Whatever a test does to an app: it may refuse only by the codes that its OpenAPI document names. */
async function named<T>(route: Route, call: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await call;
  const codes: readonly OtpErrorCode[] = READY_ROUTES[route].errors;
  if (answer.refused && !codes.includes(answer.refused.code))
    throw new Error(`No refusal of ${route}: ${answer.refused.code}`);
  return answer;
}

/** What became of calls made at once: the answers, and the codes of the refusals. */
export async function answers<T>(
  calls: Promise<Answer<T>>[],
): Promise<{ done: T[]; refused: string[] }> {
  const all = await Promise.all(calls);
  return {
    done: all.flatMap(({ ok }) => (ok === undefined ? [] : [ok])),
    refused: all.flatMap(({ refused }) => (refused ? [refused.code] : [])),
  };
}

/** @throws Error when it was refused */
export function accepted<T>({ ok, refused }: Answer<T>): T {
  if (refused) throw new Error(`Refused: ${JSON.stringify(refused)}`);
  return ok;
}
