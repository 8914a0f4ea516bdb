import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';

export interface PgBouncer {
  /** The server's URL, but through the pooler; it takes any database. */
  url: string;
  stop: () => Promise<void>;
}

/** PgBouncer refuses to run as root; this user exists everywhere. */
const NOBODY = 65_534;

/** Where the program is, or `null`. */
export function findPgBouncer(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  const found = folders.map((folder) => join(folder, 'pgbouncer')).find((file) => existsSync(file));
  return found ?? null;
}

/**
 * Starts PgBouncer in transaction mode before a server: each transaction, and each statement outside
 * of one, gets any of `connections` connections.
 *
 * @throws Error when the program is missing or does not start
 */
export async function startPgBouncer(
  target: string,
  port: number,
  connections = 20,
): Promise<PgBouncer> {
  const program = findPgBouncer();
  if (!program) throw new Error('pgbouncer is not installed: apt-get install pgbouncer.');
  const server = new URL(target);
  const folder = await mkdtemp(join(tmpdir(), 'otp-pgbouncer-'));
  const file = join(folder, 'pgbouncer.ini');
  const quoted = (text: string): string => `'${decodeURIComponent(text).replaceAll("'", "''")}'`;
  await writeFile(
    file,
    [
      '[databases]',
      `* = host=${server.hostname} port=${server.port || 5432} user=${quoted(server.username)} password=${quoted(server.password)}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      `default_pool_size = ${connections}`,
      'max_client_conn = 2000',
      ...(knowsNamedStatements(program) ? ['max_prepared_statements = 0'] : []),
      // Its own 120 s and 15 s: nobody waits so long for a database that is away.
      'query_wait_timeout = 1',
      'server_login_retry = 1',
      'ignore_startup_parameters = extra_float_digits',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    await chmod(folder, 0o711);
    await chown(file, NOBODY, NOBODY);
  }
  const child = spawn(program, [file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (isAlive(child)) {
      const gone = once(child, 'exit');
      kill();
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const url = new URL(server);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  try {
    await answers(url.href, child);
  } catch (cause) {
    await stop();
    throw new Error(`PgBouncer did not start. Its log:\n${log}`, { cause });
  }
  return { url: url.href, stop };
}

/** The same database by another way: the way of the first URL, the name of the second. */
export function sameDatabase(way: string, database: string): string {
  const url = new URL(way);
  url.pathname = new URL(database).pathname;
  return url.href;
}

/** From 1.21 on it can follow named statements; here it is the plain pooler that most people run. */
function knowsNamedStatements(program: string): boolean {
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const [, major = '1', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 21;
}

const isAlive = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let end = Date.now() + 10_000; ;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (!isAlive(child) || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
