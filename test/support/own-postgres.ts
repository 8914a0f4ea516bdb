import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../example/embedded-postgres.js';
import { dumpDatabase } from './leaks/dump-database.js';
import { noteLog, noteSecret } from './leaks/run-record.js';

/** A PostgreSQL of one test's own, which may be stopped and started under an app. */
export interface OwnPostgres {
  url: string;
  /** Cuts every session; what is committed stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  drop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const server = await startPostgres({
    onLog: (text) => {
      noteLog("its own PostgreSQL's log", text);
    },
  });
  noteSecret('credential', new URL(server.url).password);
  const data = await dataFolder(server.url);
  // Its first line: the server's program and what it was started with.
  const [, postgres = ''] =
    /^(.+?) "/.exec(readFileSync(join(data, 'postmaster.opts'), 'utf8')) ?? [];
  const { uid, gid } = statSync(data);
  const asRoot = process.getuid?.() === 0;

  /** As the user whose files these are: PostgreSQL does not run as root. */
  const control = async (...args: string[]): Promise<void> => {
    const child = spawn(join(dirname(postgres), 'pg_ctl'), ['-D', data, '-w', ...args], {
      ...{ stdio: 'ignore', cwd: data },
      ...(asRoot && { uid, gid }),
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`pg_ctl ${args.join(' ')} ended with ${code ?? 'a signal'}.`);
  };
  const isRunning = (): boolean => existsSync(join(data, 'postmaster.pid'));
  const stop = () => control('stop', '-m', 'fast');
  return {
    url: server.url,
    stop,
    // Without -o it takes the options of the last start.
    start: () => control('-l', join(data, 'restarted.log'), '-o', optionsOf(data), 'start'),
    async drop() {
      if (isRunning()) {
        await dumpDatabase(server.url);
        await stop();
      }
      await server.stop();
    },
  };
}

async function dataFolder(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  await client.end();
  return rows[0]!.data_directory;
}

/** What the last start was given, but for the program and the folder. */
function optionsOf(data: string): string {
  const words = [...readFileSync(join(data, 'postmaster.opts'), 'utf8').matchAll(/"([^"]*)"/g)];
  const given = words.map(([, word]) => word!);
  const at = given.indexOf('-D');
  if (at >= 0) given.splice(at, 2);
  return given.map((word) => `'${word}'`).join(' ');
}
