import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AntsAccount, type AntsCall, type SentSms } from './ants-simulator.account.js';
import { antsError, AntsRefusal } from './ants-simulator.answers.js';
import { formatAnswer } from './ants-simulator.answer-format.js';
import { shapeAnswer } from './ants-simulator.answer-shape.js';
import { type AntsSimulatorChanges, CHANGE_CHECKS } from './ants-simulator.changes.js';
import { checked, must, seconds as secondsCheck } from './ants-simulator.checks.js';
import { ControlApi } from './ants-simulator.control.js';
import { type AntsFault, type AntsHold, doesWork, FaultQueue } from './ants-simulator.faults.js';
import { CALL, FAULT_CHECKS, REPORT_CHECKS, START_CHECKS, TIMES } from './ants-simulator.inputs.js';
import { latencySeries } from './ants-simulator.latency.js';
import { type AntsSimulatorStartOptions, LoopbackListener } from './ants-simulator.listener.js';
import { sameNumber } from './ants-simulator.number.js';
import {
  type AntsSimulatorOptions,
  type AntsSimulatorSettings,
  simulatorSettings,
} from './ants-simulator.options.js';
import { type PushLife, pushReport } from './ants-simulator.push.js';
import { faultSeries } from './ants-simulator.random-faults.js';
import { receive, type ReceivedRequest } from './ants-simulator.received.js';
import { type AntsReportOptions, renderReport } from './ants-simulator.reports.js';
import { reportPlan, type ReportPlan } from './ants-simulator.schedule.js';

interface Answer extends Pick<AntsFault, 'body' | 'headers'> {
  status: number;
  sms?: SentSms;
}

/**
 * ANTS' OTP service on 127.0.0.1, for tests: a real HTTP server that decides code, expiry and
 * attempts as ANTS would, keeps every "sent" SMS in `inbox`, posts delivery reports, and fails on
 * demand. Other languages use the same through its control API under `/_simulator/`.
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
  readonly #listener: LoopbackListener;
  readonly #control = new ControlApi(this);
  readonly #faults = new FaultQueue();
  readonly #requests: ReceivedRequest[] = [];
  readonly #automaticReports = new Set<Promise<unknown>>();
  #latency: () => number;
  #randomFault: () => AntsFault | undefined;
  #passedMs = 0;
  /** Aborted when everything up to now is forgotten. */
  #memory = new AbortController();

  /** @throws Error naming an option that does not exist or has a wrong value, with those that are valid */
  constructor(options: AntsSimulatorOptions = {}) {
    const settings = simulatorSettings(options);
    this.settings = { ...settings, now: () => settings.now() + this.#passedMs };
    this.#account = new AntsAccount(this.settings);
    this.#latency = latencySeries(settings.latencyMs, settings.seed);
    this.#randomFault = faultSeries(settings.failRate, settings.seed);
    this.#listener = new LoopbackListener(settings.port, this.#serve.bind(this));
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

  /** From now on. @throws Error when it is no whole number */
  set credit(credit: number) {
    must('credit', CHANGE_CHECKS.credit, credit);
    this.#account.credit = credit;
  }

  /** The base URL while it runs. @throws Error when it does not */
  get url(): string {
    const { url } = this.#listener;
    if (!url) throw new Error('The simulator is not running: call start() first.');
    return url;
  }

  /**
   * Starts to listen and gives the base URL, `http://127.0.0.1:port`. A simulator that nobody stops does
   * not keep the process alive, unless `keepAlive` is set.
   *
   * @throws Error when it runs already, the port is taken, or an option does not exist or is wrong
   */
  async start(options: AntsSimulatorStartOptions = {}): Promise<string> {
    await this.#listener.start(checked('start()', options, START_CHECKS));
    return this.url;
  }

  /**
   * Closes the server and every connection at once; `start()` opens it again on the same port. Safe in
   * any state: before `start()`, during it, twice.
   */
  stop(): Promise<void> {
    return this.#listener.stop();
  }

  /**
   * Forgets every SMS, request, OTP, fault and hold, gives the credit back and sets the clock right.
   * Calls that wait at a hold go on; reports on forgotten SMS are not posted any more.
   */
  reset(): void {
    this.#memory.abort();
    this.#memory = new AbortController();
    this.#account.reset();
    this.#faults.reset();
    this.#requests.length = 0;
    this.#passedMs = 0;
  }

  /**
   * Changes options while it runs. Random series begin anew with their seed; `credit` is given at once.
   *
   * @throws Error as the constructor does; nothing is changed then
   */
  configure(changes: AntsSimulatorChanges): void {
    Object.assign(this.settings, checked('configure()', changes, CHANGE_CHECKS));
    const { latencyMs, failRate, seed, credit } = this.settings;
    this.#latency = latencySeries(latencyMs, seed);
    this.#randomFault = faultSeries(failRate, seed);
    if (changes.credit !== undefined) this.credit = credit;
  }

  /** Lets time pass for the simulator, in seconds: codes expire. Nothing waits for it. @throws Error when it is no number from 0 */
  advance(seconds: number): void {
    must('advance(): "seconds"', secondsCheck, seconds);
    this.#passedMs += seconds * 1000;
  }

  /** Ends the life of every code, or of those sent to this number in any spelling. @throws Error when it is none */
  expire(mobile?: string): void {
    this.#account.expire(sameNumber(mobile));
  }

  /** Every SMS, or those to this number in any spelling, oldest first. @throws Error when it is none */
  messages(mobile?: string): SentSms[] {
    const same = sameNumber(mobile);
    return this.inbox.filter((sms) => same(sms.to));
  }

  /** The newest SMS, or the newest to this number in any spelling. @throws Error when it is none */
  lastSms(mobile?: string): SentSms | undefined {
    return this.messages(mobile).at(-1);
  }

  /**
   * The code of the newest SMS to this number, in any spelling.
   *
   * @throws Error when there is none, or the number is none
   */
  codeFor(mobile: string): string {
    const sms = this.lastSms(mobile);
    if (!sms) throw new Error('The simulator sent no SMS to this number.');
    return sms.code;
  }

  /** How many requests of this call came. */
  count(call: AntsCall): number {
    must('count(): "call"', CALL, call);
    return this.#requests.filter((request) => request.call === call).length;
  }

  /** Lets the next `times` calls fail in this way. @throws Error naming what does not exist or is wrong */
  next(call: AntsCall, fault: AntsFault, times = 1): void {
    must('next(): "call"', CALL, call);
    must('next(): "times"', TIMES, times);
    this.#faults.add(call, checked('next()', fault, FAULT_CHECKS), times);
  }

  /** Stops the next call between its work and its answer. */
  hold(call: AntsCall): AntsHold {
    must('hold(): "call"', CALL, call);
    return this.#faults.hold(call);
  }

  /**
   * Posts a delivery report to the notifyUrl of an SMS; several SMS go in one push, to the first
   * one's notifyUrl.
   *
   * @returns the HTTP status of each post
   * @throws Error when the request named no notifyUrl, a post got no reply, or an option does not exist or is wrong
   */
  async report(
    sms: SentSms | readonly [SentSms, ...SentSms[]],
    options: AntsReportOptions = {},
  ): Promise<number[]> {
    const { stopping } = this.#listener;
    if (!stopping) throw new Error('Call start() before report().');
    const accepted = checked('report()', options, REPORT_CHECKS);
    return this.#post('otpId' in sms ? [sms] : sms, accepted, { signal: stopping, ref: true });
  }

  /** Waits until the automatic reports of every answered call were posted. */
  async reportsSettled(): Promise<void> {
    // Reports do not keep the process alive; waiting for them does.
    const alive = setInterval(() => undefined, 60_000);
    await Promise.all(this.#automaticReports);
    clearInterval(alive);
  }

  async #serve(
    incoming: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#control.owns(incoming)) {
      await this.#control.serve(incoming, response);
      return;
    }
    const request = await receive(incoming, this.settings.now);
    this.#requests.push(request);
    const remembered = AbortSignal.any([signal, this.#memory.signal]);
    const fault = this.#decide(request);
    const answer = doesWork(fault)
      ? this.#work(request, incoming)
      : this.#faultAnswer(fault, incoming);
    if (request.call) await this.#faults.passHold(request.call);
    if (fault.hang === true) return;
    const wait = this.#latency() + (fault.delayMs ?? 0);
    if (wait > 0) await sleep(wait, undefined, { signal, ref: false });
    await this.#reportOn(answer.sms, response, remembered);
    if (fault.hang) return;
    if (fault.drop) response.destroy();
    else send(response, answer, fault.cut);
  }

  /** The one place where a call gets its fault. */
  #decide({ call, body }: ReceivedRequest): AntsFault {
    if (!call) return {};
    return (
      this.#faults.take(call) ??
      this.#account.magicOf(body)?.faults?.[call] ??
      this.#randomFault() ??
      {}
    );
  }

  #work({ call, body }: ReceivedRequest, caller: IncomingMessage): Answer {
    const { username, password, bearerToken, failureStatus, credentialStatus } = this.settings;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const credential = bearerToken === null ? `Basic ${basic}` : `Bearer ${bearerToken}`;
    if (caller.headers.authorization !== credential)
      return this.#answer(credentialStatus, antsError('9998'), caller);
    if (!call) return this.#answer(404, antsError('9996'), caller);
    try {
      const outcome = this.#account.perform(call, body);
      return { ...this.#answer(200, outcome.body, caller), sms: outcome.sms };
    } catch (error) {
      if (!(error instanceof AntsRefusal)) throw error;
      return this.#answer(failureStatus, antsError(error.code), caller);
    }
  }

  #faultAnswer({ error, status, body, headers }: AntsFault, caller: IncomingMessage): Answer {
    if (error === undefined) return { status: status ?? 200, body, headers };
    const { failureStatus } = this.settings;
    const answer = this.#answer(status ?? failureStatus, antsError(error), caller);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  }

  #answer(status: number, body: object, { headers }: IncomingMessage): Answer {
    const accept = this.settings.answerFormat === 'accept' ? headers.accept : undefined;
    return { status, ...formatAnswer(shapeAnswer(body, this.settings), accept) };
  }

  /** Posts what reports an SMS has: at once, or when the call is over, answered or not. */
  async #reportOn(
    sms: SentSms | undefined,
    response: ServerResponse,
    remembered: AbortSignal,
  ): Promise<void> {
    if (!sms?.notifyUrl) return;
    const { reports, reportDelayMs } = this.settings;
    const own = this.#account.magicOf({ mobile: sms.to });
    const plan = reportPlan(own?.reports ?? reports, own?.status ?? 'DELIVERED', reportDelayMs);
    if (plan.when === 'before') {
      await this.#push(sms, plan, remembered);
      return;
    }
    const posted = finished(response)
      .catch(() => undefined)
      .then(() => this.#push(sms, plan, remembered))
      .finally(() => this.#automaticReports.delete(posted));
    this.#automaticReports.add(posted);
  }

  /** A report that nobody takes is lost, as are those on a forgotten SMS or of a simulator that stops. */
  async #push(
    sms: SentSms,
    { delayMs, pushes }: ReportPlan,
    remembered: AbortSignal,
  ): Promise<void> {
    const life = { signal: remembered, ref: false };
    if (delayMs > 0) await sleep(delayMs, undefined, life).catch(() => undefined);
    for (const push of pushes)
      if (!remembered.aborted) await this.#post([sms], push, life).catch(() => undefined);
  }

  async #post(
    messages: readonly [SentSms, ...SentSms[]],
    options: AntsReportOptions,
    life: PushLife,
  ): Promise<number[]> {
    const [{ notifyUrl }] = messages;
    if (!notifyUrl) throw new Error('The request of this SMS named no notifyUrl.');
    const { settings } = this;
    const rendered = renderReport(messages, settings.now(), { ...settings, ...options });
    const statuses: number[] = [];
    for (let i = 0; i < (options.times ?? 1); i += 1)
      statuses.push(await pushReport(notifyUrl, rendered, life));
    return statuses;
  }
}

function send(response: ServerResponse, { status, body = '', headers }: Answer, cut = false): void {
  const whole = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': whole.length,
    ...headers,
  });
  if (!cut) response.end(whole);
  else
    response.write(whole.subarray(0, whole.length / 2), () => {
      response.destroy();
    });
}
