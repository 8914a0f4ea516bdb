import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Teardown } from '../../example/teardown.js';
import type { Question, Reply } from './answer-parent.js';

/** A process of its own that answers questions, so that its CPU is nobody else's. */
export class BenchProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param program below `bench/` as it was built, or anywhere; `given` is what it answers its first question by */
  static async start(
    program: string,
    given: object = {},
    execArgv: string[] = [],
  ): Promise<BenchProcess> {
    const child = fork(resolve(import.meta.dirname, '..', program), {
      execArgv,
      serialization: 'advanced',
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const started = new BenchProcess(child);
    await started.ask('start', given);
    return started;
  }

  /** @throws Error with what the process has thrown, or when it ends without an answer */
  async ask<Answer>(name: string, given?: unknown): Promise<Answer> {
    this.child.send({ name, given } satisfies Question);
    const gone = new AbortController();
    const [reply] = (await Promise.race([
      once(this.child, 'message', { signal: gone.signal }),
      once(this.child, 'exit', { signal: gone.signal }).then(() => [
        { kind: 'thrown', error: `The process ended at "${name}".` } satisfies Reply,
      ]),
    ]).finally(() => {
      gone.abort();
    })) as [Reply];
    if (reply.kind === 'thrown') throw new Error(reply.error);
    return reply.answer as Answer;
  }

  /** User and system time since the process began, in microseconds. */
  async cpu(): Promise<number> {
    const { user, system } = await this.ask<NodeJS.CpuUsage>('cpu');
    return user + system;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.send({ name: 'stop', given: undefined } satisfies Question);
    await ended;
  }
}

/** Starts processes that `teardown` stops. */
export const startingWith =
  (teardown: Teardown) =>
  async (...given: Parameters<typeof BenchProcess.start>): Promise<BenchProcess> => {
    const started = await BenchProcess.start(...given);
    teardown.add(() => started.stop());
    return started;
  };
