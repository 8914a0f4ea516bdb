import supertest from 'supertest';
import type { Response, Test } from 'supertest';
import { lastLines } from './leaks/run-log.js';

/** How supertest ends a call: `fn` gets the first expectation that failed. */
type Done = (error: Error | null, response?: Response) => void;
interface Asserting {
  assert: (this: Test, lost: Error | null, response: Response | undefined, done: Done) => void;
}

const prototype = supertest.Test.prototype as unknown as Asserting;
const plain = prototype.assert;

// What an app answered and logged says why it was not what was expected; a status alone does not.
prototype.assert = function (lost, response, done) {
  plain.call(this, lost, response, (error, answer) => {
    if (error && response) tell(error, response, `${this.method} ${this.url}`);
    done(error, answer);
  });
};

function tell(error: Error, { status, text, headers }: Response, call: string): void {
  const { location } = headers;
  const place = location === undefined ? '' : ` to ${location}`;
  const told = [
    `${error.message}\n`,
    `${call} answered ${status}${place}: ${text.slice(0, 2_000)}`,
    'The last lines of the log:',
    ...lastLines().map((line) => `  ${line.slice(0, 500)}`),
  ].join('\n');
  // Jest prints the stack, which was made with the message.
  error.stack = error.stack?.replace(error.message, () => told);
  error.message = told;
}

/** supertest, whose failed expectations show the answer's status and body and the last lines of the log. */
export default supertest;
export type { Response } from 'supertest';
