import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { OtpOptions } from 'nestjs-ants-otp';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { WorkerOptions } from '../apps/otp-worker.app.js';
import { SECRET } from './app.js';
import { compiled } from './child.js';
import { isPooled } from './database.js';
import { noteLog } from './leaks/run-record.js';
import { noteCredentials } from './leaks/watch-otps.js';

export interface ChildAppOptions {
  /** A database's `appUrl`, or that of a proxy before it. */
  databaseUrl: string;
  simulator: AntsSimulator;
  /** @default 20 */
  poolSize?: number;
  /** That of the process which this one comes after, so that its webhook is found. */
  port?: number;
  options?: Partial<OtpOptions>;
  handler?: WorkerOptions['handler'];
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** An app in a process of its own. */
export interface ChildApp {
  readonly url: string;
  readonly port: number;
  /** Everything that it printed. */
  readonly output: string;
  /** The ids of the events that its handler was called with, in order. */
  readonly handled: string[];
  readonly exited: Promise<Exit>;
  /** `kill -9`; settles when the process is gone. */
  kill(): Promise<Exit>;
  /** Sends SIGTERM and does not wait. */
  terminate(): void;
}

const running = new Set<ChildProcess>();
// A test that failed has killed nothing; the processes also end by themselves when their parent dies.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `test/apps/otp-worker.app.ts` on migrated tables; settles when it listens. @throws Error with what it printed */
export async function startChildApp(given: ChildAppOptions): Promise<ChildApp> {
  const { databaseUrl, simulator, poolSize = 20, port, options, handler } = given;
  const { username, password, otcIds } = simulator.settings;
  const otp: OtpOptions = {
    ...{ username, password, otcId: otcIds[0]!, secret: SECRET, baseUrl: simulator.url },
    ...{ allowInsecure: true, sweepEvery: false, preparedStatements: !isPooled() },
    ...options,
  };
  noteCredentials(otp);
  const worker: WorkerOptions = { databaseUrl, poolSize, port, otp, handler };
  const child = spawn(
    process.execPath,
    [compiled('test/apps/otp-worker.app.js'), JSON.stringify(worker)],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  running.add(child);
  let output = '';
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    running.delete(child);
    noteLog('child process', output);
    return { code: code as Exit['code'], signal: signal as Exit['signal'] };
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ready = new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      if (line.startsWith('ready ')) resolve(Number(line.slice(6)));
    });
  });
  const listens = await Promise.race([ready, exited]);
  if (typeof listens !== 'number')
    throw new Error(`The app did not start (${JSON.stringify(listens)}):\n${output}`);
  return {
    url: `http://127.0.0.1:${listens}`,
    port: listens,
    get output() {
      return output;
    },
    get handled() {
      return [...output.matchAll(/^handles (.+)$/gm)].map(([, eventId]) => eventId!);
    },
    exited,
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
    terminate() {
      child.kill('SIGTERM');
    },
  };
}

/** Ends every process that was started here and still runs. */
export async function stopChildApps(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}
