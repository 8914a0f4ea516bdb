import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import type { AntsSimulator } from './ants-simulator.js';
import type { AntsCall, SentSms } from './ants-simulator.account.js';
import { ANTS_ERROR_CODES } from './ants-simulator.answers.js';
import {
  type AntsSimulatorChanges,
  CHANGE_CHECKS,
  SHAPE_CHECKS,
} from './ants-simulator.changes.js';
import {
  checked,
  type Checks,
  either,
  listOf,
  object,
  oneOf,
  SimulatorInputError,
  text,
  whole,
} from './ants-simulator.checks.js';
import type { AntsFault, AntsHold } from './ants-simulator.faults.js';
import { ANTS_MAGIC_NUMBERS } from './ants-simulator.magic.js';
import { parseBody } from './ants-simulator.received.js';
import { ANTS_REPORT_STATUSES, type AntsReportOptions } from './ants-simulator.reports.js';

/** Where the control API is, below the base URL. */
export const CONTROL_PATH = '/_simulator/';

const call = oneOf('requestOTP', 'resendOTP', 'verifyOTP', 'balance');

const FAULT_CHECKS: Checks = {
  call,
  times: whole(1, 1_000_000),
  error: oneOf(...ANTS_ERROR_CODES),
  status: whole(200, 599),
  body: either({ ...text, is: (value) => typeof value === 'string' }, object),
  headers: object,
  hang: oneOf(true, 'after'),
  drop: oneOf('before', 'after'),
  cut: oneOf(true),
  delayMs: whole(0),
};
const REPORT_CHECKS: Checks = {
  mobile: text,
  messageId: text,
  status: either(oneOf(...ANTS_REPORT_STATUSES), listOf(oneOf(...ANTS_REPORT_STATUSES))),
  times: whole(1, 1000),
  ...SHAPE_CHECKS,
};

interface Asked {
  /** What stands after the route's path. */
  id: string;
  query: URLSearchParams;
  body: unknown;
}

interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `CONTROL_PATH`; one that ends in `/` is followed by an id. */
  path: string;
  does: string;
  run(asked: Asked): unknown;
}

/** Refused with 404. */
class NotThere extends Error {}

/** The simulator for any language: its methods as JSON over HTTP, on the same port. */
export class ControlApi {
  readonly #holds = new Map<string, { call: AntsCall; arrived: boolean; hold: AntsHold }>();
  #lastHold = 0;
  readonly #routes: readonly Route[];

  constructor(private readonly simulator: AntsSimulator) {
    this.#routes = [
      {
        method: 'GET',
        path: '',
        does: 'this list',
        run: () => this.#routes.map(({ method, path, does }) => ({ method, path, does })),
      },
      {
        method: 'GET',
        path: 'inbox',
        does: 'every SMS, oldest first; ?mobile= those to one number',
        run: ({ query }) => simulator.messages(query.get('mobile') ?? ''),
      },
      {
        method: 'GET',
        path: 'code',
        does: 'the newest SMS, with its code; ?mobile= the newest to one number',
        run: ({ query }) => this.#sms({ mobile: query.get('mobile') ?? '' }),
      },
      {
        method: 'GET',
        path: 'requests',
        does: 'every request that came; ?call= those of one call',
        run: ({ query }) => {
          const only = query.get('call');
          return simulator.requests.filter((request) => only === null || request.call === only);
        },
      },
      {
        method: 'GET',
        path: 'magic-numbers',
        does: 'the numbers that behave in a way of their own',
        run: () => ANTS_MAGIC_NUMBERS.map(({ mobile, does }) => ({ mobile, does })),
      },
      {
        method: 'POST',
        path: 'faults',
        does: 'the next calls fail: { call, times, error | status, body, headers | hang | drop | cut | delayMs }',
        run: ({ body }) => this.#queueFault(body),
      },
      {
        method: 'POST',
        path: 'holds',
        does: 'stops the next { call } between its work and its answer; gives an id',
        run: ({ body }) => this.#hold(body),
      },
      {
        method: 'GET',
        path: 'holds/',
        does: 'whether the held call has arrived',
        run: ({ id }) => {
          const { call: held, arrived } = this.#held(id);
          return { id, call: held, arrived };
        },
      },
      {
        method: 'DELETE',
        path: 'holds/',
        does: 'lets the held call go on',
        run: ({ id }) => {
          this.#held(id).hold.release();
          this.#holds.delete(id);
          return {};
        },
      },
      {
        method: 'POST',
        path: 'reports',
        does: 'posts a delivery report: { mobile | messageId, status, times, reportLayout … }; gives the replies',
        run: ({ body }) => this.#report(body),
      },
      {
        method: 'POST',
        path: 'clock',
        does: 'lets time pass: { advance: seconds }',
        run: ({ body }) => {
          const { advance } = checked(body, { advance: whole(0) });
          simulator.advance((advance as number | undefined) ?? 0);
          return { now: new Date(simulator.settings.now()).toISOString() };
        },
      },
      {
        method: 'POST',
        path: 'expire',
        does: 'ends the life of every code, or of those sent to { mobile }',
        run: ({ body }) => {
          const { mobile } = checked(body ?? {}, { mobile: text });
          simulator.expire(mobile as string | undefined);
          return {};
        },
      },
      {
        method: 'GET',
        path: 'settings',
        does: 'the options as they are',
        run: () => simulator.settings,
      },
      {
        method: 'PATCH',
        path: 'settings',
        does: 'changes options',
        run: ({ body }) => {
          simulator.configure(checked(body, CHANGE_CHECKS) as AntsSimulatorChanges);
          return simulator.settings;
        },
      },
      {
        method: 'POST',
        path: 'reset',
        does: 'forgets SMS, requests, OTPs, faults and holds; settings stay',
        run: () => {
          this.#holds.clear();
          simulator.reset();
          return {};
        },
      },
    ];
  }

  /** Whether a request is for the control API. */
  owns({ url = '' }: IncomingMessage): boolean {
    return url.startsWith(CONTROL_PATH);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseBody(await readText(request));
    const { status, answer } = await this.#answer(request, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  async #answer(
    { method = '', url = '' }: IncomingMessage,
    body: unknown,
  ): Promise<{ status: number; answer: unknown }> {
    const { pathname, searchParams } = new URL(url, 'http://simulator');
    const path = pathname.slice(CONTROL_PATH.length);
    const routes = this.#routes.filter((route) => matches(route, path));
    const route = routes.find((candidate) => candidate.method === method);
    if (!route) {
      const error = `There is no ${method} ${pathname}: GET ${CONTROL_PATH} lists what there is.`;
      return { status: routes.length > 0 ? 405 : 404, answer: { error } };
    }
    try {
      const asked = { id: path.slice(route.path.length), query: searchParams, body };
      return { status: 200, answer: await route.run(asked) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { status: statusOf(error), answer: { error: error.message } };
    }
  }

  #queueFault(body: unknown): object {
    const { call: name, times, ...fault } = checked(body, FAULT_CHECKS);
    this.simulator.next(calledIn(name), fault as AntsFault, times as number | undefined);
    return {};
  }

  #hold(body: unknown): object {
    const name = calledIn(checked(body, { call }).call);
    const held = { call: name, arrived: false, hold: this.simulator.hold(name) };
    void held.hold.arrived.then(() => {
      held.arrived = true;
    });
    this.#lastHold += 1;
    const id = String(this.#lastHold);
    this.#holds.set(id, held);
    return { id };
  }

  #held(id: string): { call: AntsCall; arrived: boolean; hold: AntsHold } {
    const held = this.#holds.get(id);
    if (!held) throw new NotThere(`There is no hold "${id}".`);
    return held;
  }

  async #report(body: unknown): Promise<object> {
    const { mobile, messageId, ...options } = checked(body ?? {}, REPORT_CHECKS);
    const sms = this.#sms({ mobile, messageId } as { mobile?: string; messageId?: string });
    return { statuses: await this.simulator.report(sms, options as AntsReportOptions) };
  }

  #sms({ mobile = '', messageId }: { mobile?: string; messageId?: string }): SentSms {
    const sms = this.simulator
      .messages(mobile)
      .filter((candidate) => messageId === undefined || candidate.messageId === messageId)
      .at(-1);
    if (!sms) throw new NotThere('The simulator sent no such SMS.');
    return sms;
  }
}

function matches({ path: own }: Route, path: string): boolean {
  return own.endsWith('/') ? path.startsWith(own) && path !== own : path === own;
}

function calledIn(name: unknown): AntsCall {
  if (name === undefined) throw new SimulatorInputError('"call" is missing.');
  return name as AntsCall;
}

/** 400 the caller's fault, 404 not there, 409 what the simulator cannot do now. */
function statusOf(error: Error): number {
  if (error instanceof SimulatorInputError) return 400;
  return error instanceof NotThere ? 404 : 409;
}
