import type { AntsSimulator } from './ants-simulator.js';
import type { AntsCall, SentSms } from './ants-simulator.account.js';
import { CHANGE_CHECKS } from './ants-simulator.changes.js';
import { type Checks, SimulatorInputError, text, whole } from './ants-simulator.checks.js';
import { NamedHolds } from './ants-simulator.control-holds.js';
import { CALL, FAULT_CHECKS, REPORT_DATA_CHECKS, TIMES } from './ants-simulator.inputs.js';
import { ANTS_MAGIC_NUMBERS } from './ants-simulator.magic.js';

/** What a route is asked. */
export interface ControlRequest {
  /** What stands after the route's path. */
  id: string;
  query: Readonly<Record<string, string | undefined>>;
  /** Without fields, if none came. */
  body: Readonly<Record<string, unknown>>;
}

/** One thing that can be asked for, and its JSON answer. */
export interface ControlRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/_simulator/`; one that ends in `/` is followed by an id. */
  path: string;
  does: string;
  /** What its query may name. @default nothing */
  query?: Checks;
  /** The fields that its body may have; a GET has none. @default none */
  body?: Checks;
  run(asked: ControlRequest): unknown;
}

/** Answered with 404. */
export class NotThere extends Error {}

const ONE_NUMBER: Checks = { mobile: text };

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
      query: ONE_NUMBER,
      run: ({ query }) => simulator.messages(query['mobile']),
    },
    {
      method: 'GET',
      path: 'code',
      does: 'the newest SMS with its code; `?mobile=` the newest to one number',
      query: ONE_NUMBER,
      run: ({ query }) => smsOf(simulator, query['mobile']),
    },
    {
      method: 'GET',
      path: 'requests',
      does: 'every request that came; `?call=` those of one call',
      query: { call: CALL },
      run: ({ query: { call: only } }) =>
        simulator.requests.filter((request) => only === undefined || request.call === only),
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
      body: { call: CALL, times: TIMES, ...FAULT_CHECKS },
      run: ({ body }) => {
        const { call: name, times, ...fault } = body;
        simulator.next(calledIn(name), fault, times as number | undefined);
        return {};
      },
    },
    {
      method: 'POST',
      path: 'holds',
      does: 'stops the next request of `call` between its work and its answer; gives its `id`',
      body: { call: CALL },
      run: ({ body }) => holds.add(simulator, calledIn(body['call'])),
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
      body: { mobile: text, messageId: text, ...REPORT_DATA_CHECKS },
      run: async ({ body }) => {
        const { mobile, messageId, ...options } = body;
        const sms = smsOf(simulator, mobile as string | undefined, messageId);
        return { statuses: await simulator.report(sms, options) };
      },
    },
    {
      method: 'POST',
      path: 'clock',
      does: 'lets `advance` seconds pass; gives the time it is then',
      body: { advance: whole(0) },
      run: ({ body }) => {
        simulator.advance((body['advance'] as number | undefined) ?? 0);
        return { now: new Date(simulator.settings.now()).toISOString() };
      },
    },
    {
      method: 'POST',
      path: 'expire',
      does: 'ends the life of every code, or of those sent to `mobile`',
      body: ONE_NUMBER,
      run: ({ body }) => {
        simulator.expire(body['mobile'] as string | undefined);
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
      body: CHANGE_CHECKS,
      run: ({ body }) => {
        simulator.configure(body);
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
