import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { request as httpRequest } from 'node:http';
import { ADAPTERS, bootApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { runLog } from '../support/leaks/run-log.js';

const ROUTE = '/otp/delivery-reports';

/** The router takes more spellings of a path than the intake; each must look like an unknown token. */
describe.each(ADAPTERS)('another spelling of the webhook on %s', (adapter) => {
  const errors: unknown[] = [];
  const logger: LoggerService = {
    log: () => undefined,
    warn: () => undefined,
    error: (message: unknown) => {
      errors.push(message);
    },
  };
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter });
    t.app.useLogger(runLog(logger));
  });
  afterAll(() => t.close());

  const post = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(t.url);
      const call = httpRequest({ hostname, port, path, method: 'POST' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      call.setHeader('Content-Type', 'application/json');
      call.on('error', reject);
      call.end('{"details":[]}');
    });

  it.each([
    `${ROUTE}/x`,
    `${ROUTE}/x/`,
    '/OTP/Delivery-Reports/x',
    '/otp/delivery%2Dreports/x',
    `http://127.0.0.1${ROUTE}/x`,
  ])('answers %s with 404 and logs no fault of ours', async (path) => {
    errors.length = 0;
    expect(await post(path)).toBe(404);
    expect(errors).toEqual([]);
  });
});
