import { afterAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { createDatabase } from '../support/database.js';
import { runLog } from '../support/leaks/run-log.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { writePages } from '../support/page-files.js';
import { blockOf, GETTING_STARTED, installLine, README } from '../package/pages.mjs';

/**
 * What the first pages show, run from the sources: their tests and the start of their modules. That they run unchanged
 * in Nest's templates, after the page's own install line, and over HTTP, is tried by `npm run test:package`.
 */

const ROOT = join(import.meta.dirname, '../..');
mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/pages-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const specs = [
  ...writePages(join(folder, 'readme'), README),
  ...writePages(join(folder, 'getting-started'), GETTING_STARTED),
];

describe('the tests of the pages', () => {
  it('are all found', () => {
    expect(specs.map((path) => path.slice(folder.length + 1))).toEqual([
      'readme/src/login/login.controller.spec.ts',
      'getting-started/src/me/me.controller.spec.ts',
    ]);
  });
});

// Their `it`s are tests of this file.
for (const path of specs) await import(path);

describe.each([
  ['readme', README],
  ['getting-started', GETTING_STARTED],
])('the module of the page %s', (app, page) => {
  const simulator = recordedSimulator();
  afterAll(() => simulator.stop());

  it('starts with the settings of its .env', async () => {
    const database = await createDatabase();
    const { username, password, otcIds } = simulator.settings;
    const shown = parseEnv(blockOf(page, 'file', '.env'));
    Object.assign(process.env, shown, {
      ...{ DATABASE_URL: database.url, ANTS_BASE_URL: await simulator.start() },
      ...{ ANTS_USERNAME: username, ANTS_PASSWORD: password, ANTS_OTC_ID: otcIds[0] },
      ...{ OTP_ALLOW_INSECURE: 'true', OTP_SECRET: 'Ww3nIYJBBzlPz4/1nw6WCeDM5kDmtJRm' },
    });
    const path = join(folder, app, 'src/app.module.ts');
    const { AppModule } = (await import(path)) as { AppModule: Type<unknown> };
    const testing = Test.createTestingModule({ imports: [AppModule] }).setLogger(runLog());
    const running = await (await testing.compile()).createNestApplication().init();
    await running.close();
    const { rows } = await database.query('SELECT FROM otps');
    expect(rows).toEqual([]);
    await database.drop();
  });
});

it('installs the same by every page, with fixed majors of what has a major of Nest', () => {
  for (const nest of [11, 12]) {
    const line = installLine(README, nest);
    expect(installLine(GETTING_STARTED, nest)).toBe(line);
    for (const name of line.split(' ').filter((part) => /^@nestjs|^typeorm/.test(part)))
      expect(name).toMatch(/.@\d/);
  }
});

it('shows in getting started the settings that the simulator prints', () => {
  const { username, password, otcIds } = new AntsSimulator().settings;
  expect(parseEnv(blockOf(GETTING_STARTED, 'file', '.env'))).toMatchObject({
    ANTS_BASE_URL: 'http://127.0.0.1:8090',
    ANTS_USERNAME: username,
    ANTS_PASSWORD: password,
    ANTS_OTC_ID: otcIds[0],
  });
});
