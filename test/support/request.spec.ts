import { createServer } from 'node:http';
import { expect, it } from '@jest/globals';
import { runLog } from './leaks/run-log.js';
import request from './request.js';

it('shows the status, the body and the last lines of the log when an expectation fails', async () => {
  const server = createServer((_, response) => {
    runLog().warn('ANTS did not answer');
    response.writeHead(503).end('{"code":"unavailable"}');
  });
  const failed = (await request(server)
    .post('/otp')
    .expect(201)
    .then(
      () => undefined,
      (error: unknown) => error,
    )) as Error;
  for (const text of [failed.message, failed.stack])
    expect(text).toMatch(
      /expected 201 .+\n\nPOST .+\/otp answered 503: \{"code":"unavailable"\}\nThe last lines of the log:\n(?: .+\n)* {2}warn: ANTS did not answer/,
    );
});
