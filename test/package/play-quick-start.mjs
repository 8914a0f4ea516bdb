import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

const MOBILE = '081-234-5678';
/** One for all apps: they share a database, and its rows are looked up by it. */
const SECRET = randomBytes(48).toString('base64');
/** The app's own compiled module. */
const OF_THE_APP = ['--app', 'dist/app.module.js'];

/** Starts the app as `npm run start:prod` would, and does what the README's quick start shows. */
export async function playQuickStart(folder, adapter, simulator, databaseUrl) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { username, password, otcIds } = simulator.settings;
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    ANTS_USERNAME: username,
    ANTS_PASSWORD: password,
    ANTS_OTC_ID: otcIds[0],
    ANTS_BASE_URL: simulator.url,
    OTP_SECRET: SECRET,
    OTP_PUBLIC_URL: url,
    OTP_ALLOW_INSECURE: 'true',
  };
  const main = `dist/${adapter === 'fastify' ? 'main.fastify' : 'main'}`;
  const app = spawn(process.execPath, [main], { cwd: folder, env });
  let said = '';
  for (const stream of [app.stdout, app.stderr]) stream.on('data', (text) => (said += text));
  try {
    await untilItAnswers(app, url);
    const asked = await call(url, 'POST', '/login/otp', { mobile: MOBILE });
    assert.equal(asked.status, 201);
    const { id, ticket } = asked.body;
    const code = simulator.codeFor(MOBILE);
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    const refused = await call(url, 'POST', '/login', { id, ticket, code: wrong });
    assert.deepEqual([refused.status, refused.body.code], [422, 'wrong_code']);
    const right = await call(url, 'POST', '/login', { id, ticket, code });
    assert.deepEqual([right.status, right.body.mobile], [200, '+66812345678']);
    await simulator.reportsSettled();
    const { notifyUrl, messageId } = simulator.lastSms(MOBILE);
    assert.equal(await pushXml(notifyUrl, messageId), 200);
    const proof = { 'x-otp-proof': right.body.proof };
    const statuses = [];
    for (const headers of [{}, proof, proof])
      statuses.push((await call(url, 'PUT', '/pin', {}, headers)).status);
    assert.deepEqual(statuses, [401, 200, 401]);
    const options = { cwd: folder, env };
    const finders = [
      () => command(options, 'find', `mobile=${MOBILE}`, ...OF_THE_APP),
      () => command(options, 'find', `mobile=${MOBILE}`),
      () => answerOf(process.execPath, ['dist/own-database.js'], options),
    ];
    for (const find of finders)
      assert.deepEqual(
        (await find()).map((otp) => [otp.id, otp.status]),
        [[id, 'verified']],
      );
    const findings = await command(options, 'doctor', ...OF_THE_APP);
    assert.deepEqual(
      findings.filter(({ state }) => state === 'failed'),
      [],
    );
  } catch (error) {
    throw new Error(`The quick start failed on ${adapter}; the app said:\n${said}`, {
      cause: error,
    });
  } finally {
    if (app.exitCode === null) {
      app.kill();
      await once(app, 'exit');
    }
  }
}

/** A command while the app runs, by the environment unless it is told of the app. */
const command = (options, ...args) =>
  answerOf('npx', ['nestjs-ants-otp', ...args, '--json'], options);

async function answerOf(program, args, options) {
  const { stdout } = await promisify(execFile)(program, args, options);
  return JSON.parse(stdout);
}

async function call(url, method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

/** XML is read by a package that both builds load with the first of it. */
async function pushXml(notifyUrl, messageId) {
  const { status } = await fetch(notifyUrl, {
    ...{ method: 'POST', headers: { 'content-type': 'application/xml' } },
    body: `<report><messageId>${messageId}</messageId><status>DELIVERED</status></report>`,
  });
  return status;
}

async function untilItAnswers(app, url) {
  while (app.exitCode === null) {
    const answered = await fetch(url).catch(() => null);
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it ended by itself');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}
