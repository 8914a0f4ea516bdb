import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpService } from '@nestjs/axios';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  OtpProvider,
  type AccountOutcome,
  type ReportReading,
  type ResendRequest,
  type SendOutcome,
  type SendRequest,
  type VerifyOutcome,
  type VerifyRequest,
} from '../../ports/otp-provider.js';
import type { HttpEnd, Telemetry } from '../../ports/telemetry.js';
import { decodeBody } from './ants.charset.js';
import { AntsConnection } from './ants.connection.js';
import {
  mapAccountAnswer,
  mapSendAnswer,
  mapVerifyAnswer,
  type AntsAnswer,
  type VerifyFlags,
} from './ants.mapper.js';
import { parseReports } from './ants.report.js';
import { tunnelThrough } from './ants.tunnel.js';
import {
  ANTS_PATHS,
  type AntsRequestBody,
  type AntsResendBody,
  type AntsVerifyBody,
} from './ants.wire.js';

/** How the account signs its calls. */
export type AntsCredential =
  { auth: 'basic'; username: string; password: string } | { auth: 'bearer'; token: string };

export interface AntsClientOptions {
  /** Where the service is, without `/otp`, e.g. `https://api-service.ants.co.th`. */
  baseUrl: string;
  credential: AntsCredential;
  /** What a resend names. @default 'otpId' (public programs; the documentation's table says otcId) */
  resendBody?: 'otpId' | 'otcId' | 'both';
  /** How the flags of a check are read. @default 'limit' */
  verifyFlags?: VerifyFlags;
  /** An HTTP proxy, `http://user:password@proxy.example:3128`. @default none, whatever the environment says */
  proxy?: string;
  /** The whole call, in milliseconds. @default 10_000 */
  timeoutMs?: number;
  /** Name, TCP and TLS together, in milliseconds. @default 3_000 */
  connectTimeoutMs?: number;
  /** Hears of each try of a call. @default nobody */
  telemetry?: Telemetry;
}

/** An answer of three short fields has no business being longer. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Free sockets go before a server's usual 5 s does it: a request on a dying socket is ambiguous. */
const KEEP_ALIVE = { keepAlive: true, timeout: 4_000 };

/** Long enough for a server that restarts to listen again, short beside the whole call. */
const RETRY_PAUSE_MS = 200;

type CallName = keyof typeof ANTS_PATHS;
type NoAnswer = { kind: 'not_reached'; detail: string } | { kind: 'unknown'; detail: string };

/**
 * ANTS over HTTP. A call of which no byte can have left is tried once more; nothing else is repeated
 * and no redirect is followed, since either could send a second SMS. Errors of the HTTP library
 * carry the request with its credentials and body, so they end here.
 */
export class AntsClient extends OtpProvider implements OnApplicationShutdown {
  readonly #http: HttpService;
  readonly #options: Required<Omit<AntsClientOptions, 'credential' | 'proxy' | 'telemetry'>>;
  readonly #authorization: string;
  readonly #telemetry: Telemetry | undefined;
  readonly #httpAgent = new HttpAgent(KEEP_ALIVE);
  readonly #httpsAgent = new HttpsAgent(KEEP_ALIVE);

  constructor(http: HttpService, options: AntsClientOptions) {
    super();
    this.#http = withoutDefaults(http);
    const { baseUrl, resendBody = 'otpId', verifyFlags = 'limit' } = options;
    const { timeoutMs = 10_000, connectTimeoutMs = 3_000 } = options;
    this.#options = { baseUrl, resendBody, verifyFlags, timeoutMs, connectTimeoutMs };
    this.#authorization = authorizationOf(options.credential);
    this.#telemetry = options.telemetry;
    if (options.proxy) {
      const proxy = new URL(options.proxy);
      tunnelThrough(this.#httpAgent, proxy, connectTimeoutMs);
      tunnelThrough(this.#httpsAgent, proxy, connectTimeoutMs);
    }
  }

  send(request: SendRequest): Promise<SendOutcome> {
    const { otcId, mobile, notifyUrl, notifyContentType, callbackData } = request;
    const body: AntsRequestBody = { otcId, mobile, notifyUrl, notifyContentType, callbackData };
    return this.#call('request', body, mapSendAnswer);
  }

  resend({ otcId, otpId }: ResendRequest): Promise<SendOutcome> {
    const { resendBody } = this.#options;
    const body: AntsResendBody = {
      otpId: resendBody === 'otcId' ? undefined : otpId,
      otcId: resendBody === 'otpId' ? undefined : otcId,
    };
    return this.#call('resend', body, mapSendAnswer);
  }

  verify({ otpId, otpCode }: VerifyRequest): Promise<VerifyOutcome> {
    const body: AntsVerifyBody = { otpId, otpCode };
    const { verifyFlags } = this.#options;
    return this.#call('verify', body, (answer) => mapVerifyAnswer(answer, verifyFlags));
  }

  override account(): Promise<AccountOutcome> {
    return this.#call('account', {}, mapAccountAnswer);
  }

  readReports(body: Buffer, contentType: string): Promise<ReportReading> {
    return parseReports(body, contentType);
  }

  /** Closes the idle connections. */
  onApplicationShutdown(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }

  async #call<Outcome extends { kind: string }>(
    name: CallName,
    body: object,
    map: (answer: AntsAnswer) => Outcome,
  ): Promise<Outcome | NoAnswer> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    const path = ANTS_PATHS[name];
    const url = this.#options.baseUrl.replace(/\/+$/, '') + path;
    const attempt = (resends: number): Promise<Outcome | NoAnswer> => {
      const make = (ended?: (end: HttpEnd) => void) => this.#try(url, body, map, signal, ended);
      return this.#telemetry?.call({ name, url, path, resends }, make) ?? make();
    };
    const first = await attempt(0);
    if (first.kind !== 'not_reached' || signal.aborted) return first;
    await sleep(RETRY_PAUSE_MS);
    return attempt(1);
  }

  async #try<Outcome extends { kind: string }>(
    url: string,
    body: object,
    map: (answer: AntsAnswer) => Outcome,
    signal: AbortSignal,
    ended: (end: HttpEnd) => void = () => undefined,
  ): Promise<Outcome | NoAnswer> {
    const connection = new AntsConnection(signal, this.#options.connectTimeoutMs);
    let answer: AntsAnswer;
    try {
      answer = await this.#post(url, body, connection, signal);
    } catch (error) {
      const name = signal.aborted ? 'time-out' : errorName(error);
      ended({ error: name });
      return explain(name, connection.opened);
    }
    ended({ status: answer.status });
    return map(answer);
  }

  async #post(
    url: string,
    body: object,
    connection: AntsConnection,
    signal: AbortSignal,
  ): Promise<AntsAnswer> {
    // Not by the service's own `request`: it makes a cancellation, with its stack, of every call that ended.
    const { status, headers, data } = await this.#http.axiosRef.request<Buffer>({
      method: 'POST',
      url,
      // Undefined fields vanish here, as ANTS wants absent ones omitted.
      data: JSON.stringify(body),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        Authorization: this.#authorization,
      },
      adapter: 'http',
      transport: connection,
      signal,
      httpAgent: this.#httpAgent,
      httpsAgent: this.#httpsAgent,
      // Not even one that the environment names; ours is in the agents.
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'arraybuffer',
      transformResponse: (bytes: Buffer) => bytes,
      validateStatus: () => true,
    });
    return { status, body: textOf(data, headers['content-type']) };
  }
}

/**
 * A new axios instance starts with a copy of the global defaults: credentials, headers and parameters
 * that the app has set there for others would go to ANTS, or replace ours.
 */
function withoutDefaults(http: HttpService): HttpService {
  const { defaults } = http.axiosRef;
  for (const name of Object.keys(defaults)) Reflect.deleteProperty(defaults, name);
  Object.assign(defaults, { headers: {} });
  return http;
}

/** The text of an answer, in the charset that it names: Thai systems also write windows-874. */
function textOf(body: Buffer, contentType: unknown): string {
  const decoded = decodeBody(body, typeof contentType === 'string' ? contentType : '');
  return 'text' in decoded ? decoded.text : body.toString('utf8');
}

/** HTTP Basic in UTF-8, or the static token that some SMSUP+ accounts have. */
function authorizationOf(credential: AntsCredential): string {
  if (credential.auth === 'bearer') return `Bearer ${credential.token}`;
  const { username, password } = credential;
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function explain(name: string, opened: boolean): NoAnswer {
  return opened
    ? { kind: 'unknown', detail: `The connection to ANTS ended without a whole answer (${name}).` }
    : { kind: 'not_reached', detail: `No connection to ANTS; nothing was sent (${name}).` };
}

/** Keeps nothing of an error but its name, such as ECONNRESET. */
function errorName(error: unknown): string {
  const code = typeof error === 'object' && error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'error';
}
