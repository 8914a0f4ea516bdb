import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerParent } from './answer-parent.js';

/** Longer than any pause between two runs, so that none begins with a connection that is just being closed. */
const KEEP_ALIVE_MS = 600_000;

/** A call of `/otp/requestOTP` and the like, as it came. */
export interface StubCall {
  path: string;
  body: Record<string, string>;
}

let calls: StubCall[] = [];

/** An ANTS that says yes to everything at once. */
const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  void text(request).then((body) => {
    const call = { path: request.url ?? '', body: JSON.parse(body) as StubCall['body'] };
    calls.push(call);
    const answer = JSON.stringify(answerTo(call));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
});

function answerTo({ path, body }: StubCall): object {
  if (path === '/otp/verifyOTP')
    return { otpId: body['otpId'], result: true, isErrorCount: false, isExprCode: false };
  return {
    otcId: body['otcId'],
    otpId: randomUUID(),
    referenceCode: 'Mc90XlkyB',
    success: { message: 'Success', description: 'Success' },
  };
}

answerParent({
  start: async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  },
  stop: () => {
    server.close();
    server.closeAllConnections();
    return Promise.resolve();
  },
  questions: {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The calls since it was last asked. */
    calls: () => {
      const taken = calls;
      calls = [];
      return taken;
    },
  },
});
