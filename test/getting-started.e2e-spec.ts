import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { createDatabase } from './support/database.js';
import { recordedSimulator } from './support/leaks/recorded-simulator.js';
import { noteAnswer } from './support/leaks/watch-otps.js';

/** docs/getting-started.md as it is followed: its files in Nest's template, its calls, its answers. */

const ROOT = join(import.meta.dirname, '..');
const TEMPLATE = join(ROOT, 'node_modules/@nestjs/schematics/dist/lib/application/files/ts-esm');
const page = readFileSync(join(ROOT, 'docs/getting-started.md'), 'utf8');
const files = new Map(
  [...page.matchAll(/<!-- shop: (\S+) -->\n\n```\w+\n([\s\S]*?)^```/gm)].map(
    ([, name = '', text = '']) => [name, text],
  ),
);
const calls = [...page.matchAll(/^curl localhost:3000(\S+)(.*)\n# (.+)$/gm)];

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/getting-started-'));
cpSync(join(TEMPLATE, 'src'), join(folder, 'src'), {
  recursive: true,
  filter: (file) => !file.includes('spec'),
});
// Without what the template adds on demand.
const template = readFileSync(join(folder, 'src/app.module.ts'), 'utf8').replace(
  /<%[\s\S]*?<% } %>/g,
  '',
);
for (const [name, text] of files) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe('docs/getting-started.md', () => {
  const environment = Object.fromEntries(
    [...(files.get('.env') ?? '').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );
  const simulator = recordedSimulator();
  let app: INestApplication | undefined;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let url: string;

  beforeAll(async () => {
    database = await createDatabase();
    Object.assign(process.env, environment, {
      DATABASE_URL: database.url,
      ANTS_BASE_URL: await simulator.start(),
      // What the page prints is refused.
      OTP_SECRET: randomBytes(48).toString('base64'),
    });
    const path = join(folder, 'src/app.module.ts');
    const { AppModule } = (await import(path)) as { AppModule: Type<unknown> };
    const testing = Test.createTestingModule({ imports: [AppModule] });
    app = (await testing.compile()).createNestApplication();
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app?.close();
    await simulator.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the settings that the simulator prints', () => {
    const { username, password, otcIds } = new AntsSimulator().settings;
    expect(environment).toMatchObject({
      ANTS_BASE_URL: 'http://127.0.0.1:8090',
      ANTS_USERNAME: username,
      ANTS_PASSWORD: password,
      ANTS_OTC_ID: otcIds[0],
    });
  });

  it('counts the lines that one types', () => {
    const lines = (text = '') => text.split('\n').filter(Boolean).length;
    const module = lines(files.get('src/app.module.ts')) - lines(template);
    expect(page).toContain(`${module} lines of code lead`);
    expect(page).toContain(`${lines(files.get('src/me.controller.ts'))} more to a guarded route`);
    expect(module).toBeLessThan(30);
  });

  it('leads to a code that is right and a route that opens once', async () => {
    expect(calls).toHaveLength(4);
    const known: Record<string, string> = {};
    for (const [, path, options = '', answer = ''] of calls) {
      const given = (text = '') => text.replace(/<(\w+)>/g, (_, name: string) => known[name]!);
      const [, header = ''] = /-H '([^']+)'/.exec(given(options)) ?? [];
      const [, body] = /-d '([^']+)'/.exec(given(options)) ?? [];
      const [name = '', value = ''] = header.split(': ');
      const init = body === undefined ? {} : { method: 'POST', body };
      const answered = await fetch(url + given(path), { ...init, headers: { [name]: value } });
      const said = (await answered.json()) as Record<string, string>;
      noteAnswer(said);
      expect(said).toEqual(
        JSON.parse(answer, (_, value: unknown) => (value === '…' ? expect.any(String) : value)),
      );
      Object.assign(known, said, { code: simulator.codeFor('081-234-5678') });
    }
  });
});
