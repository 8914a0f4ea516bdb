import type { OtpErrorCode } from '../../domain/errors.js';
import { errorResponse, errorResponses } from './error-responses.js';
import { showOperation, showParameters, showResponses } from './swagger-metadata.js';
import type { Parameter, Responses } from './swagger-metadata.js';

/** A ready route as the app's OpenAPI document shows it. */
export interface ApiRouteOptions {
  summary: string;
  success: Responses;
  errors: readonly OtpErrorCode[];
  parameters?: readonly Parameter[];
}

/** Shows a route of this module in the app's OpenAPI document. */
export function ApiRoute({
  summary,
  success,
  errors,
  parameters = [],
}: ApiRouteOptions): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as object;
    showOperation(method, summary);
    showParameters(method, parameters);
    showResponses(method, { ...success, ...errorResponses(errors), ...tooLarge(errors) });
  };
}

/** A parser refuses such a body before any route, with the status of its own. */
const tooLarge = (errors: readonly OtpErrorCode[]): Responses =>
  errors.includes('invalid_request') ? { 413: errorResponse(413, ['invalid_request']) } : {};
