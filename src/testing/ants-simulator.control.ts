import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AntsSimulator } from './ants-simulator.js';
import { checked, SimulatorInputError } from './ants-simulator.checks.js';
import {
  type ControlRequest,
  type ControlRoute,
  controlRoutes,
  NotThere,
} from './ants-simulator.control-routes.js';
import { parseBody } from './ants-simulator.received.js';

/** Where the control API is, below the base URL. */
const CONTROL_PATH = '/_simulator/';

/** The simulator for any language: its methods as JSON over HTTP, on the same port. */
export class ControlApi {
  readonly #routes: readonly ControlRoute[];

  constructor(simulator: AntsSimulator) {
    this.#routes = controlRoutes(simulator);
  }

  /** Whether a request is for the control API. */
  owns({ url = '' }: IncomingMessage): boolean {
    return url.startsWith(CONTROL_PATH);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseBody(await text(request));
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
      const id = path.slice(route.path.length);
      const asked = accepted(route, Object.fromEntries(searchParams), body);
      return { status: 200, answer: await route.run({ id, ...asked }) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { status: statusOf(error), answer: { error: error.message } };
    }
  }
}

/** @throws SimulatorInputError naming a parameter or a field that the route does not have, or a wrong value */
function accepted(
  { method, path, query: names = {}, body: fields = {} }: ControlRoute,
  query: Record<string, string>,
  body: unknown,
): Omit<ControlRequest, 'id'> {
  const what = `${method} ${CONTROL_PATH}${path}`;
  return {
    query: checked(what, query, names) as Record<string, string>,
    body: method === 'GET' ? {} : checked(what, body ?? {}, fields),
  };
}

function matches({ path: own }: ControlRoute, path: string): boolean {
  return own.endsWith('/') ? path.startsWith(own) && path !== own : path === own;
}

/** 400 the caller's fault, 404 not there, 409 what the simulator cannot do now. */
function statusOf(error: Error): number {
  if (error instanceof SimulatorInputError) return 400;
  return error instanceof NotThere ? 404 : 409;
}
