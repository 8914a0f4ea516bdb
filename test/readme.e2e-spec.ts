import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import type { Options } from '@swc/core';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import request from 'supertest';
import { createDatabase } from './support/database.js';
import { compiled } from './support/child.js';
import { recordedSimulator } from './support/leaks/recorded-simulator.js';
import { freePort } from './support/free-port.js';
import { noteLog } from './support/leaks/run-record.js';
import { noteAnswer } from './support/leaks/watch-otps.js';

const ROOT = join(import.meta.dirname, '..');

interface Block {
  /** What its comment says: `runs` and `tests` name a file, `checks` only wants it to compile. */
  mark: string;
  file: string;
  text: string;
}

/** Every TypeScript block of the README; its mark stands in an HTML comment above it. */
const blocks = [
  ...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(
    /(?:<!-- (runs|tests|checks):? ?(\S*) -->\n\n)?^```ts\n([\s\S]*?)^```/gm,
  ),
].map(([, mark = 'none', file, text = ''], i): Block => ({
  mark,
  file: file || `block-${i}.ts`,
  text,
}));

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/readme-'));
const database = await createDatabase();
const databaseOfTest = await createDatabase();

// The app of the README and its test lie side by side, as in a user's project.
for (const { file, text } of blocks) await writeFile(join(folder, file), text);

afterAll(async () => {
  await database.drop();
  await databaseOfTest.drop();
  await rm(folder, { recursive: true, force: true });
});

describe('the TypeScript of the README', () => {
  it('is marked, so that none is left out', () => {
    expect(blocks.filter(({ mark }) => mark === 'none')).toEqual([]);
    expect(blocks.filter(({ mark }) => mark === 'runs').map(({ file }) => file)).toEqual([
      'app.module.ts',
      'login.controller.ts',
      'pin.controller.ts',
      'main.ts',
    ]);
  });
});

describe("the README's quick start", () => {
  const simulator = recordedSimulator();
  let app: ChildProcess | undefined;
  let url: string;
  let output = '';

  beforeAll(async () => {
    await simulator.start();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await installModule();
    await compile();
    await writeFile(
      join(folder, '.env'),
      environment({
        DATABASE_URL: database.url,
        ANTS_USERNAME: simulator.settings.username,
        ANTS_PASSWORD: `'${simulator.settings.password}'`,
        ANTS_OTC_ID: simulator.settings.otcIds[0]!,
        OTP_DAILY_BUDGET: '1000',
        OTP_PUBLIC_URL: url,
      }),
    );
    // Nothing but the .env configures it; these two make room for the simulator's plain http.
    const { PATH } = process.env;
    const env = { PATH, PORT: String(port), ...simulated(simulator.url) };
    app = spawn(process.execPath, ['main.js'], { cwd: folder, env });
    for (const stream of [app.stdout, app.stderr])
      stream?.on('data', (text: Buffer) => (output += text.toString()));
    await untilItAnswers(app, url, () => output);
  });
  afterAll(async () => {
    if (app && app.exitCode === null) {
      app.kill();
      await once(app, 'exit');
    }
    await simulator.stop();
    noteLog('the quick start', output);
  });

  const mobile = '081-234-5678';
  const logIn = async (): Promise<string> => {
    const asked = await request(url).post('/login/otp').send({ mobile }).expect(201);
    const { id, ticket } = asked.body as Record<string, string>;
    noteAnswer(asked.body);
    expect(asked.body).toEqual({
      id,
      ticket,
      referenceCode: simulator.lastSms(mobile)!.referenceCode,
      mobileMask: '08x-xxx-5678',
      expiresAt: expect.any(String),
      resendAvailableAt: expect.any(String),
      attemptsLeft: 5,
      delivery: 'none',
    });

    const code = simulator.codeFor(mobile);
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    const refused = await request(url).post('/login').send({ id, ticket, code: wrong }).expect(422);
    expect(refused.body).toMatchObject({ code: 'wrong_code', attemptsLeft: 4 });

    const right = await request(url).post('/login').send({ id, ticket, code }).expect(200);
    const { proof } = right.body as { proof: string };
    noteAnswer(right.body);
    expect(right.body).toEqual({ mobile: '+66812345678', proof });
    return proof;
  };

  it('logs in, and opens the guarded route once', async () => {
    const proof = await logIn();
    const put = () => request(url).put('/pin');
    expect((await put().expect(401)).body).toMatchObject({ code: 'proof_required' });
    const opened = await put().set('X-OTP-Proof', proof).expect(200);
    expect(opened.body).toEqual({ changedFor: '+66812345678' });
    const again = await put().set('X-OTP-Proof', proof).expect(401);
    expect(again.body).toMatchObject({ code: 'proof_consumed' });
  });

  it('gets the delivery report at the address that it built', async () => {
    await simulator.reportsSettled();
    const { rows } = await database.query('SELECT status, delivery FROM otps');
    expect(rows).toEqual([{ status: 'verified', delivery: 'delivered' }]);
  });

  it.each([
    ['/login/otp', 'invalid_mobile'],
    ['/login', 'invalid_code'],
  ])('answers %s without a body with 400', async (path, code) => {
    const answer = await request(url).post(path).expect(400);
    expect(answer.body).toMatchObject({ code });
  });

  it('does not start without a secret, and says so', async () => {
    const env = { PATH: process.env.PATH, OTP_SECRET: 'short', ...simulated(simulator.url) };
    const broken = spawn(process.execPath, ['main.js'], { cwd: folder, env });
    let said = '';
    for (const stream of [broken.stdout, broken.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    const [status] = (await once(broken, 'exit')) as [number];
    expect(status).not.toBe(0);
    expect(said).toContain('option "secret" must be');
  });
});

// The README's own test, run as it stands there: its `it`s are tests of this file.
process.env.DATABASE_URL = databaseOfTest.url;
for (const { file, mark } of blocks) if (mark === 'tests') await import(join(folder, file));

/** The `.env` of the README, with values that work here. */
function environment(values: Record<string, string>): string {
  const [, text = ''] = /```sh\n(DATABASE_URL=[\s\S]*?)```/.exec(
    readFileSync(join(ROOT, 'README.md'), 'utf8'),
  )!;
  const named = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!);
  // As the command on the page prints one; what the page prints itself is refused.
  const all: Record<string, string> = { ...values, OTP_SECRET: randomBytes(48).toString('base64') };
  expect(named.sort()).toEqual(Object.keys(all).sort());
  return text.replace(/^([A-Z_]+)=.*$/gm, (_, name: string) => `${name}=${all[name]}`);
}

const simulated = (baseUrl: string) => ({ ANTS_BASE_URL: baseUrl, OTP_ALLOW_INSECURE: 'true' });

/** The module as plain Node finds it in a project: the sources, compiled for this run of the tests. */
async function installModule(): Promise<void> {
  const place = join(folder, 'node_modules/nestjs-ants-otp');
  mkdirSync(place, { recursive: true });
  const entries = { index: 'src/index.js', migrations: 'migrations/index.js' };
  for (const [name, file] of Object.entries(entries)) {
    if (!existsSync(compiled(file))) throw new Error(`${file} was not compiled.`);
    await writeFile(
      join(place, `${name}.js`),
      `export * from '${pathToFileURL(compiled(file)).href}';`,
    );
  }
  await writeFile(
    join(place, 'package.json'),
    JSON.stringify({
      type: 'module',
      exports: { '.': './index.js', './migrations': './migrations.js' },
    }),
  );
}

async function compile(): Promise<void> {
  const { jest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    jest: { transform: Record<string, [string, Options]> };
  };
  const [, options] = Object.values(jest.transform)[0]!;
  for (const { file, text } of blocks.filter(({ mark }) => mark === 'runs')) {
    const { code } = await transform(text, { ...options, filename: file, swcrc: false });
    await writeFile(join(folder, file.replace(/ts$/, 'js')), code);
  }
}

async function untilItAnswers(app: ChildProcess, url: string, said: () => string): Promise<void> {
  while (app.exitCode === null) {
    const answered = await fetch(url).catch(() => null);
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The app of the README ended:\n${said()}`);
}
