import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, OpenedApp } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { runCommand } from '../../src/cli/run-command.js';
import type { Outcome } from '../../src/cli/run-command.js';
import { bootApp, nextMobile, SECRET } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { createDatabase, isPooled } from '../support/database.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';

const run = (...args: string[]): Promise<Outcome> => runCommand(COMMANDS, args);

/** The names that a command reads are those of the whole process. */
async function within<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(env))
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
  }
}

describe('nestjs-ants-otp', () => {
  it.each([[], ['--help'], ['help']])('%s lists every command', async (...args) => {
    const { out, status } = await run(...args);
    expect(status).toBe(0);
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name}`);
  });

  it.each(COMMANDS.map(({ name }) => name))('%s --help says what it takes', async (name) => {
    const { out, status } = await run(name, '--help');
    expect([status, out]).toEqual([0, expect.stringContaining(`Usage: nestjs-ants-otp ${name}`)]);
    expect(out.includes('[--app <file>] [--instance <name>]')).toBe(name !== 'migrate');
  });

  it.each([
    [['fly'], 'There is no command "fly".'],
    [['find'], 'It takes one key and its value'],
    [['find', 'name=x'], 'It takes one key and its value'],
    [['explain'], 'It takes exactly one id'],
    [['erase', '0812345678', 'more'], 'It takes exactly one number'],
    [['purge', '--fast'], "Unknown option '--fast'"],
    [['migrate', '--app', 'dist/app.module.js'], "Unknown option '--app'"],
    [['migrate', '--instance', 'staff'], "Unknown option '--instance'"],
  ])('%j is refused with status 2', async (args, sentence) => {
    expect(await run(...args)).toMatchObject({
      status: 2,
      out: '',
      error: expect.stringContaining(sentence),
    });
  });

  it('says what it needs when no app is named', async () => {
    const outcome = await within({ DATABASE_URL: '' }, () => run('purge'));
    expect(outcome).toMatchObject({ status: 2, error: expect.stringContaining('--app <file>') });
  });

  it('makes the tables, once', async () => {
    const database = await createDatabase();
    try {
      await within({ DATABASE_URL: database.url }, async () => {
        expect((await run('migrate')).out).toContain('Ran CreateOtpTables');
        expect(await run('migrate', '--json')).toEqual({
          ...{ out: '{"ran":[]}\n', error: '', status: 0 },
        });
      });
    } finally {
      await database.drop();
    }
  });
});

// The environment has no name for a pooler in transaction mode.
(isPooled() ? describe.skip : describe)('on an app by the environment', () => {
  let t: TestApp;
  let env: Record<string, string>;
  beforeAll(async () => {
    t = await bootApp({ options: { dailyBudget: 100 } });
    const { username, password, otcIds } = t.simulator.settings;
    env = {
      ...{ DATABASE_URL: t.database.url, ANTS_USERNAME: username, ANTS_PASSWORD: password },
      ...{ ANTS_OTC_ID: otcIds[0]!, ANTS_BASE_URL: t.simulator.url, OTP_SECRET: SECRET },
      ...{ OTP_ALLOW_INSECURE: 'true', OTP_PUBLIC_URL: t.url, OTP_DAILY_BUDGET: '100' },
    };
  });
  afterAll(() => t.close());
  const ran = (...args: string[]) => within(env, () => run(...args));

  it('finds and explains an OTP', async () => {
    const mobile = nextMobile();
    const { id } = await t.otps.request({ mobile, callbackData: 'order-17' });
    const found = await ran('find', `mobile=${mobile}`);
    expect(found.out.split('\n')[1]).toContain(`${id}  `);
    expect(found.out).not.toContain(mobile);
    const json = await ran('find', 'callbackData=order-17', '--json');
    expect(JSON.parse(json.out)).toMatchObject([{ id, status: 'pending' }]);
    expect((await ran('explain', id)).out).toContain('A code was requested.');
    expect((await ran('explain', id, '--thai')).out).toContain('มีการขอรหัส OTP');
  });

  it('says of an OTP that is none that there is none', async () => {
    expect(await ran('explain', '01890a5d-ac96-774b-bcce-b302099a8057', '--json')).toEqual({
      ...{ out: '{"error":"No such OTP. Request a new code."}\n', status: 1 },
      error: 'No such OTP. Request a new code.\n',
    });
  });

  it('unlocks and erases a number', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    const [wrong] = wrongCodes(t.simulator.codeFor(mobile), 1);
    await outcomes([t.otps.verify(id, wrong!, { ticket })]);
    expect((await ran('unlock', mobile)).out).toBe('Its wrong codes are forgotten.\n');
    expect((await ran('unlock', mobile, '--json')).out).toBe('{"unlocked":false}\n');
    expect((await ran('erase', mobile)).out).toBe('OTPs erased: 1.\n');
    expect((await t.otps.status(id)).mobileMask).toBe('erased');
  });

  it('reseals, purges, and refuses to rekey without a pause', async () => {
    expect(await ran('reseal')).toMatchObject({
      status: 0,
      out: expect.stringContaining('resealed: 0'),
    });
    expect(await ran('purge')).toMatchObject({ status: 0 });
    expect(await ran('rekey')).toMatchObject({
      status: 1,
      error: expect.stringContaining('rekey() needs'),
    });
  });

  it('asks the doctor, whose bad findings are its status', async () => {
    const sound = await ran('doctor');
    expect([sound.status, sound.out]).toEqual([0, expect.stringContaining('leads to this app')]);
    t.simulator.credit = 0;
    const broke = await ran('doctor', '--json');
    expect(broke.status).toBe(1);
    expect(JSON.parse(broke.out)).toContainEqual(
      expect.objectContaining({ check: 'credit', state: 'failed' }),
    );
  });
});

describe('on an app by its file', () => {
  it('answers, however the app ends', async () => {
    const app = { close: () => Promise.reject(new Error('The pool is closed already.')) };
    const opened = { app, service: () => undefined } as unknown as OpenedApp;
    const open = jest.fn(() => Promise.resolve(opened));
    const command: Command = {
      ...{ name: 'look', usage: '', about: '' },
      run: async (given) => ({ value: await given.open(), text: 'seen' }),
    };
    expect(await runCommand([command], ['look'], open)).toEqual({
      ...{ out: 'seen\n', error: '', status: 0 },
    });
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('--instance says which of its modules is meant', async () => {
    const file = join(import.meta.dirname, '../apps/two-modules.app.ts');
    const found = async (...more: string[]) => {
      const { out } = await run('find', 'subject=x', '--app', file, '--json', ...more);
      return new Set((JSON.parse(out) as { purpose: string }[]).map(({ purpose }) => purpose));
    };
    expect(await found()).toEqual(new Set(['of-customers']));
    expect(await found('--instance', 'staff')).toEqual(new Set(['of-staff']));
    expect(await run('find', 'subject=x', '--app', file, '--instance', 'nobody')).toMatchObject({
      status: 2,
      error: expect.stringContaining('an OtpModule of the name "nobody"'),
    });
  });

  it.each([
    ['exports no module', 'export const nothing = 1;', 'exports no AppModule'],
    [
      'has no OTP module',
      'export class AppModule {}',
      'does not import an OtpModule without a name',
    ],
  ])('that %s, it says so', async (_, text, sentence) => {
    const folder = await mkdtemp(join(tmpdir(), 'otp-command-'));
    try {
      const file = join(folder, 'app.module.mjs');
      await writeFile(file, text);
      expect(await run('purge', '--app', file)).toMatchObject({
        status: 2,
        error: expect.stringContaining(sentence),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
