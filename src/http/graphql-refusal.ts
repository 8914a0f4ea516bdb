import type { OtpErrorBody } from '../service/otp.exception.js';

/**
 * A refusal as GraphQL servers read it: `extensions` of an error go into the answer, and `http` of
 * Apollo's says the status. It has neither `status` nor `response`, by which Nest's driver would take it
 * for an HTTP error and put a code of its own in the place of ours.
 */
export class GraphqlRefusal extends Error {
  override readonly name = 'GraphqlRefusal';
  readonly extensions: Omit<OtpErrorBody, 'message'> & { http: { status: number } };

  constructor({ message, ...facts }: OtpErrorBody, cause: unknown) {
    super(message, { cause });
    this.extensions = { ...facts, http: { status: facts.statusCode } };
  }
}
