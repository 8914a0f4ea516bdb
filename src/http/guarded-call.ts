import type { IncomingHttpHeaders } from 'node:http';
import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';

/** What the guard reads of an HTTP request, on either adapter. */
export interface GuardedRequest {
  headers?: IncomingHttpHeaders;
  body?: unknown;
}

/** The places of a resolver's arguments. */
const ARGUMENTS = 1;
const CONTEXT = 2;
const INFO = 3;

/** The HTTP request behind a call; a message of a socket or a microservice has none. */
export function requestBehind(context: ArgumentsHost): GuardedRequest | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest<GuardedRequest>();
    case 'graphql':
      return context.getArgByIndex<{ req?: GuardedRequest } | undefined>(CONTEXT)?.req;
    default:
      return undefined;
  }
}

/** What the client sent for this call: a body, the arguments of a GraphQL field, the data of a message. */
export function dataOf(context: ExecutionContext): unknown {
  switch (context.getType<string>()) {
    case 'http':
      return requestBehind(context)?.body;
    case 'graphql':
      return context.getArgByIndex(ARGUMENTS);
    case 'ws':
      return context.switchToWs().getData();
    case 'rpc':
      return context.switchToRpc().getData();
    default:
      return undefined;
  }
}

/**
 * The object that lives as long as the call, and that guards and parameters of the call both see.
 * A GraphQL request calls many resolvers, and a socket lives through many messages, so neither will do.
 */
export function carrierOf(context: ExecutionContext): object | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return requestBehind(context);
    case 'graphql':
      return object(context.getArgByIndex(INFO));
    default:
      return object(dataOf(context));
  }
}

const object = (value: unknown): object | undefined =>
  typeof value === 'object' && value !== null ? value : undefined;
