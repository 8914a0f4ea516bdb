import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { phoneNumber } from 'better-auth/plugins';
import pg from 'pg';
import { answerParent } from '../../build/bench/harness/answer-parent.js';
import { senderTo } from '../../build/bench/peers/sender.js';

let server;
let sender;
let pool;

answerParent({
  start: async ({ databaseUrl, stubUrl }) => {
    sender = senderTo(stubUrl);
    // As many connections as TypeORM gives the module.
    pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
    const auth = betterAuth({
      database: pool,
      baseURL: 'http://127.0.0.1',
      secret: 'of-the-bench'.repeat(4),
      logger: { disabled: true },
      telemetry: { enabled: false },
      // All requests of the bench come from one place.
      rateLimit: { enabled: false },
      plugins: [
        phoneNumber({
          sendOTP: ({ phoneNumber, code }) => sender.send(phoneNumber, code),
          signUpOnVerification: { getTempEmail: (mobile) => `${mobile}@example.com` },
        }),
      ],
    });
    await (await getMigrations(auth.options)).runMigrations();
    const handle = toNodeHandler(auth);
    server = createServer((request, response) => {
      if (request.url !== '/consume') return void handle(request, response);
      void consume(auth, request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  },
  stop: async () => {
    server.close();
    server.closeAllConnections();
    await pool.end();
  },
  questions: {
    url: () => `http://127.0.0.1:${server.address().port}`,
    codes: () => sender.codes(),
  },
});

/** The least that better-auth can be asked for: whether the code is right, with no user and no session. */
async function consume(auth, request, response) {
  const answer = await auth.api.consumePhoneNumberOTP({ body: await json(request) }).then(
    (body) => [200, body],
    (error) => [500, { message: String(error) }],
  );
  const text = JSON.stringify(answer[1]);
  response.writeHead(answer[0], {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
