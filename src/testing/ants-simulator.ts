import { once, setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AntsAccount,
  type AntsCall,
  type Outcome,
  type SentSms,
} from './ants-simulator.account.js';
import { antsError, AntsRefusal } from './ants-simulator.answers.js';
import { type AntsFault, type AntsHold, doesWork, FaultQueue } from './ants-simulator.faults.js';
import { latencySeries } from './ants-simulator.latency.js';
import {
  type AntsSimulatorOptions,
  type AntsSimulatorSettings,
  simulatorSettings,
} from './ants-simulator.options.js';
import { type AntsReportOptions, pushReport, renderReport } from './ants-simulator.reports.js';

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

interface Answer extends Pick<AntsFault, 'body' | 'headers'> {
  status: number;
  sms?: SentSms;
}

const ROUTES = new Map<string, AntsCall>([
  ['POST /otp/requestOTP', 'requestOTP'],
  ['POST /otp/resendOTP', 'resendOTP'],
  ['POST /otp/verifyOTP', 'verifyOTP'],
  ['POST /account/balance', 'balance'],
]);

/**
 * ANTS' OTP service on 127.0.0.1, for tests: a real HTTP server that decides code, expiry and
 * attempts as ANTS would, keeps every "sent" SMS in `inbox`, posts delivery reports, and fails on
 * demand.
 *
 * @example
 * const simulator = new AntsSimulator({ ttl: 60 });
 * const baseUrl = await simulator.start();
 * // … the application asks for an OTP …
 * const code = simulator.codeFor('0812345678');
 * simulator.next('verifyOTP', { drop: 'after' }); // verified, but the answer is lost
 * await simulator.stop();
 */
export class AntsSimulator {
  /** The options with every default filled in, such as the credential to call with. */
  readonly settings: AntsSimulatorSettings;
  readonly #account: AntsAccount;
  readonly #faults = new FaultQueue();
  readonly #latency: () => number;
  readonly #requests: ReceivedRequest[] = [];
  readonly #automaticReports = new Set<Promise<unknown>>();
  #port: number;
  #running?: { server: Server; stopping: AbortController };

  constructor(options: AntsSimulatorOptions = {}) {
    this.settings = simulatorSettings(options);
    this.#account = new AntsAccount(this.settings);
    this.#latency = latencySeries(this.settings.latencyMs, this.settings.seed);
    this.#port = this.settings.port;
  }

  /** Every SMS "sent", oldest first. */
  get inbox(): readonly SentSms[] {
    return this.#account.inbox;
  }

  /** Every request that came, oldest first. */
  get requests(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  /** The SMS the account can still pay. */
  get credit(): number {
    return this.#account.credit;
  }

  set credit(credit: number) {
    this.#account.credit = credit;
  }

  /** The base URL while it runs. @throws Error when it does not */
  get url(): string {
    if (!this.#running) throw new Error('The simulator is not running: call start() first.');
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts to listen and gives the base URL, `http://127.0.0.1:port`. */
  async start(): Promise<string> {
    if (this.#running) throw new Error('The simulator is already running.');
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal); // one listener per waiting answer or report
    const server = createServer((request, response) => {
      this.#serve(request, response, stopping.signal).catch(() => {
        // The caller went away or the simulator stops: there is nobody to answer.
        response.destroy();
      });
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#running = { server, stopping };
    return this.url;
  }

  /** Closes the server and every connection at once; `start()` opens it again on the same port. */
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

  /** Forgets every SMS, request, OTP, fault and hold, and gives the credit back. */
  reset(): void {
    this.#account.reset();
    this.#faults.reset();
    this.#requests.length = 0;
  }

  /** The newest SMS, or the newest to this number in any spelling. */
  lastSms(mobile = ''): SentSms | undefined {
    const subscriber = mobile.replace(/\D/g, '').slice(-9);
    return this.inbox.filter((sms) => sms.to.endsWith(subscriber)).at(-1);
  }

  /**
   * The code of the newest SMS to this number, in any spelling.
   *
   * @throws Error when there is none
   */
  codeFor(mobile: string): string {
    const sms = this.lastSms(mobile);
    if (!sms) throw new Error('The simulator sent no SMS to this number.');
    return sms.code;
  }

  /** How many requests of this call came. */
  count(call: AntsCall): number {
    return this.#requests.filter((request) => request.call === call).length;
  }

  /** Lets the next `times` calls fail in this way. */
  next(call: AntsCall, fault: AntsFault, times = 1): void {
    this.#faults.add(call, fault, times);
  }

  /** Stops the next call between its work and its answer. */
  hold(call: AntsCall): AntsHold {
    return this.#faults.hold(call);
  }

  /**
   * Posts a delivery report to the notifyUrl of an SMS.
   *
   * @returns the HTTP status of each post
   * @throws Error when the request named no notifyUrl, or a post got no reply
   */
  async report(sms: SentSms, options: AntsReportOptions = {}): Promise<number[]> {
    if (!this.#running) throw new Error('Call start() before report().');
    if (!sms.notifyUrl) throw new Error('The request of this SMS named no notifyUrl.');
    const { signal } = this.#running.stopping;
    const rendered = renderReport(sms, this.settings.now(), options);
    const statuses: number[] = [];
    for (let i = 0; i < (options.times ?? 1); i += 1)
      statuses.push(await pushReport(sms.notifyUrl, rendered, signal));
    return statuses;
  }

  /** Waits until the automatic report of every answered call was posted. */
  async reportsSettled(): Promise<void> {
    await Promise.all(this.#automaticReports);
  }

  async #serve(
    incoming: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const request = await this.#receive(incoming);
    const fault = this.#decide(request);
    const answer = doesWork(fault) ? this.#work(request, incoming) : faultAnswer(fault);
    if (request.call) await this.#faults.passHold(request.call);
    if (fault.hang) return;
    const wait = this.#latency() + (fault.delayMs ?? 0);
    if (wait > 0) await sleep(wait, undefined, { signal });
    this.#reportAfter(response, answer.sms);
    if (fault.drop) response.destroy();
    else send(response, answer);
  }

  async #receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
    const { method = '', url = '', headers } = incoming;
    const path = url.replace(/\?.*/, '');
    const authorization = headers.authorization?.replace(/^(\w+ )?.*/, '$1[hidden]');
    const request: ReceivedRequest = {
      call: ROUTES.get(`${method} ${path}`),
      method,
      path,
      headers: { ...headers, ...(authorization && { authorization }) },
      body: parseBody(await text(incoming)),
      at: this.settings.now(),
    };
    this.#requests.push(request);
    return request;
  }

  /** The one place where a call gets its fault. */
  #decide({ call }: ReceivedRequest): AntsFault {
    return (call && this.#faults.take(call)) ?? {};
  }

  #work({ call, body }: ReceivedRequest, { headers }: IncomingMessage): Answer {
    const { username, password, failureStatus } = this.settings;
    const credential = Buffer.from(`${username}:${password}`).toString('base64');
    if (headers.authorization !== `Basic ${credential}`)
      return { status: 401, body: antsError('9998') };
    if (!call) return { status: 404, body: antsError('9996') };
    try {
      const outcome: Outcome = this.#account.perform(call, body);
      return { status: 200, ...outcome };
    } catch (error) {
      if (!(error instanceof AntsRefusal)) throw error;
      return { status: failureStatus, body: antsError(error.code) };
    }
  }

  /** Posts the automatic report when the call is over, whether or not its answer arrived. */
  #reportAfter(response: ServerResponse, sms: SentSms | undefined): void {
    if (!sms?.notifyUrl || this.settings.reports === 'manual') return;
    const posted = finished(response)
      .catch(() => undefined)
      .then(() => this.report(sms))
      .catch(() => undefined)
      .finally(() => this.#automaticReports.delete(posted));
    this.#automaticReports.add(posted);
  }
}

function faultAnswer({ status = 200, body, headers }: AntsFault): Answer {
  return { status, body, headers };
}

function send(response: ServerResponse, { status, body = '', headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function parseBody(raw: string): unknown {
  if (raw === '') return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
