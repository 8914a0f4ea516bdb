import type { AntsSimulator } from './ants-simulator.js';
import type { AntsCall, SentSms } from './ants-simulator.account.js';
import { ANTS_ERROR_CODES } from './ants-simulator.answers.js';
import { CHANGE_CHECKS, SHAPE_CHECKS } from './ants-simulator.changes.js';
import {
  anyText,
  checked,
  type Checks,
  either,
  headers,
  listOf,
  object,
  oneOf,
  SimulatorInputError,
  text,
  whole,
} from './ants-simulator.checks.js';
import { NamedHolds } from './ants-simulator.control-holds.js';
import { ANTS_MAGIC_NUMBERS } from './ants-simulator.magic.js';
import { ANTS_REPORT_STATUSES } from './ants-simulator.reports.js';

/** What a route is asked. */
export interface ControlRequest {
  /** What stands after the route's path. */
  id: string;
  query: URLSearchParams;
  body: unknown;
}

/** One thing that can be asked for, and its JSON answer. */
export interface ControlRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/_simulator/`; one that ends in `/` is followed by an id. */
  path: string;
  does: string;
  run(asked: ControlRequest): unknown;
}

/** Answered with 404. */
export class NotThere extends Error {}

const call = oneOf('requestOTP', 'resendOTP', 'verifyOTP', 'balance');
const status = oneOf(...ANTS_REPORT_STATUSES);

const FAULT_CHECKS: Checks = {
  call,
  times: whole(1, 1_000_000),
  error: oneOf(...ANTS_ERROR_CODES),
  status: whole(200, 599),
  body: either(anyText, object),
  headers,
  hang: oneOf(true, 'after'),
  drop: oneOf('before', 'after'),
  cut: oneOf(true),
  delayMs: whole(0),
};

const REPORT_CHECKS: Checks = {
  mobile: text,
  messageId: text,
  status: either(status, listOf(status)),
  times: whole(1, 1000),
  ...SHAPE_CHECKS,
};

/** Everything the control API can do with a simulator. */
export function controlRoutes(simulator: AntsSimulator): readonly ControlRoute[] {
  const holds = new NamedHolds();

  const routes: ControlRoute[] = [
    {
      method: 'GET',
      path: '',
      does: 'this list',
      run: () => routes.map(({ method, path, does }) => ({ method, path, does })),
    },
    {
      method: 'GET',
      path: 'inbox',
      does: 'every SMS, oldest first; `?mobile=` those to one number',
      run: ({ query }) => simulator.messages(query.get('mobile') ?? undefined),
    },
    {
      method: 'GET',
      path: 'code',
      does: 'the newest SMS with its code; `?mobile=` the newest to one number',
      run: ({ query }) => smsOf(simulator, query.get('mobile') ?? undefined),
    },
    {
      method: 'GET',
      path: 'requests',
      does: 'every request that came; `?call=` those of one call',
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
      does: 'lets the next `times` requests of `call` fail in a way that the other fields say',
      run: ({ body }) => {
        const { call: name, times, ...fault } = checked(body, FAULT_CHECKS);
        simulator.next(calledIn(name), fault, times as number | undefined);
        return {};
      },
    },
    {
      method: 'POST',
      path: 'holds',
      does: 'stops the next request of `call` between its work and its answer; gives its `id`',
      run: ({ body }) => holds.add(simulator, calledIn(checked(body, { call }).call)),
    },
    {
      method: 'GET',
      path: 'holds/',
      does: 'whether the held request has `arrived`',
      run: ({ id }) => holds.get(id) ?? noHold(id),
    },
    {
      method: 'DELETE',
      path: 'holds/',
      does: 'lets the held request go on',
      run: ({ id }) => (holds.release(id) ? {} : noHold(id)),
    },
    {
      method: 'POST',
      path: 'reports',
      does: 'posts a delivery report on the newest SMS, or the one of `mobile` or `messageId`; gives the `statuses` of the replies',
      run: async ({ body }) => {
        const { mobile, messageId, ...options } = checked(body ?? {}, REPORT_CHECKS);
        const sms = smsOf(simulator, mobile as string | undefined, messageId);
        return { statuses: await simulator.report(sms, options) };
      },
    },
    {
      method: 'POST',
      path: 'clock',
      does: 'lets `advance` seconds pass; gives the time it is then',
      run: ({ body }) => {
        const { advance } = checked(body, { advance: whole(0) });
        simulator.advance((advance as number | undefined) ?? 0);
        return { now: new Date(simulator.settings.now()).toISOString() };
      },
    },
    {
      method: 'POST',
      path: 'expire',
      does: 'ends the life of every code, or of those sent to `mobile`',
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
      does: 'changes options; gives all of them',
      run: ({ body }) => {
        simulator.configure(checked(body, CHANGE_CHECKS));
        return simulator.settings;
      },
    },
    {
      method: 'POST',
      path: 'reset',
      does: 'forgets SMS, requests, OTPs, faults and holds, lets held calls go and sets the clock right; settings stay',
      run: () => {
        holds.reset();
        simulator.reset();
        return {};
      },
    },
  ];
  return routes;
}

function smsOf(simulator: AntsSimulator, mobile?: string, messageId?: unknown): SentSms {
  const sms = simulator
    .messages(mobile)
    .filter((candidate) => messageId === undefined || candidate.messageId === messageId)
    .at(-1);
  if (!sms) throw new NotThere('The simulator sent no such SMS.');
  return sms;
}

function calledIn(name: unknown): AntsCall {
  if (name === undefined) throw new SimulatorInputError('"call" is missing.');
  return name as AntsCall;
}

function noHold(id: string): never {
  throw new NotThere(`There is no hold "${id}".`);
}
