import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/**
 * Starts a built app as `npm run start:prod` would, with the `.env` of the page but for the values that must work
 * here, and plays with it. @throws Error with everything that the app said
 */
export async function withRunningApp(folder, main, { simulator, database }, play) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { username, password, otcIds } = simulator.settings;
  setEnv(folder, {
    DATABASE_URL: database.url,
    ANTS_USERNAME: username,
    ANTS_PASSWORD: password,
    ANTS_OTC_ID: otcIds[0],
    OTP_PUBLIC_URL: url,
  });
  const simulated = { ANTS_BASE_URL: simulator.url, OTP_ALLOW_INSECURE: 'true' };
  const env = { PATH: process.env.PATH, PORT: String(port), ...simulated };
  const app = spawn(process.execPath, [main], { cwd: folder, env });
  let said = '';
  for (const stream of [app.stdout, app.stderr]) stream.on('data', (text) => (said += text));
  try {
    await untilItAnswers(app, url);
    await play({ url, folder, env: { ...parseEnv(readEnv(folder)), ...env }, simulator });
  } catch (error) {
    throw new Error(`${main} in ${folder} failed; the app said:\n${said}`, { cause: error });
  } finally {
    if (app.exitCode === null) {
      app.kill();
      await once(app, 'exit');
    }
  }
}

export async function call(url, method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const readEnv = (folder) => readFileSync(join(folder, '.env'), 'utf8');

/** @throws Error when the page's file does not name one of them */
function setEnv(folder, values) {
  let text = readEnv(folder);
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`The .env of the page has no ${name}.`);
    text = text.replace(line, `${name}=${value}`);
  }
  writeFileSync(join(folder, '.env'), text);
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
