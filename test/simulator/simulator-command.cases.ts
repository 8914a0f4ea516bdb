import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AntsCaller } from '../conformance/ants-caller.js';
import { compiled } from '../support/child.js';

const COMMAND = compiled('src/cli/ants-simulator.js');
const OTC_ID = 'AAAAAAAA-1111-4222-8333-BBBBBBBBBBBB';

/** The command in a process of its own, and everything it printed so far. */
class Running {
  out = '';
  err = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [COMMAND, ...args]);
    child.stdout.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = once(child, 'close').then(([status]: (number | null)[]) => status ?? null);
    this.#child = child;
  }

  /** Waits until a line was printed; fails when the process ends without it. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.out);
      if (found) return found;
      const { stdout } = this.#child;
      const next = stdout ? once(stdout, 'data') : this.ended;
      if ((await Promise.race([next, this.ended.then(() => 'ended')])) === 'ended')
        throw new Error(`The command ended: ${this.out}${this.err}`);
    }
  }

  /** Closes the pipe, as `head` does when it has enough. */
  readNoMore(): void {
    this.#child.stdout?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

describe('the command ants-simulator', () => {
  const started: Running[] = [];

  function run(...args: string[]): Running {
    const running = new Running(args);
    started.push(running);
    return running;
  }

  afterEach(async () => {
    for (const running of started.splice(0)) {
      running.kill('SIGKILL');
      await running.ended;
    }
  });

  async function start(...args: string[]): Promise<{ running: Running; caller: AntsCaller }> {
    const running = run('--port', '0', '--otc-id', OTC_ID, ...args);
    const [, baseUrl = ''] = await running.printed(/ANTS_BASE_URL=(\S+)/);
    const caller = new AntsCaller({ baseUrl, username: 'ants-user', password: 'ants-password' });
    return { running, caller };
  }

  it('prints how to reach it and every SMS as it is sent', async () => {
    const { running, caller } = await start();

    const { json } = await caller.post('/otp/requestOTP', { otcId: OTC_ID, mobile: '66800000000' });

    const [line] = await running.printed(/^\d\d:\d\d:\d\d SMS from ANTS to 66800000000: .*$/m);
    expect(line).toContain('123456');
    expect(line).toContain((json as { referenceCode: string }).referenceCode);
    expect(running.out).toContain(`ANTS_OTC_ID=${OTC_ID}`);
  });

  it('prints no SMS when it is quiet', async () => {
    const { running, caller } = await start('--quiet');
    await caller.post('/otp/requestOTP', { otcId: OTC_ID, mobile: '66800000000' });
    running.kill('SIGTERM');

    expect(await running.ended).toBe(0);
    expect(running.out).not.toContain('SMS');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops on %s with status 0, even while a call hangs',
    async (signal) => {
      const { running, caller } = await start();
      const hanging = caller.post('/otp/requestOTP', { otcId: OTC_ID, mobile: '66800000211' });
      hanging.catch(() => undefined);
      await running.printed(/SMS from/);

      running.kill(signal);

      expect(await running.ended).toBe(0);
      expect(running.err).toBe('');
      await expect(hanging).rejects.toThrow();
    },
  );

  it('stops with status 0 when nobody reads its output any more', async () => {
    const { running, caller } = await start();
    running.readNoMore();
    await caller
      .post('/otp/requestOTP', { otcId: OTC_ID, mobile: '66800000000' })
      .catch(() => undefined);

    expect(await running.ended).toBe(0);
    expect(running.err).toBe('');
  });

  it('fails in the same calls for the same seed', async () => {
    const outcomes = async (): Promise<string[]> => {
      const { caller } = await start('--fail-rate', '0.5', '--seed', '42');
      const seen: string[] = [];
      for (let i = 0; i < 30; i += 1)
        seen.push(
          await caller.post('/account/balance', {}).then(
            ({ status, text }) => `${status} ${text}`,
            () => 'lost',
          ),
        );
      return seen;
    };
    const first = await outcomes();

    expect(await outcomes()).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(3);
  });

  it('prints its help with status 0', async () => {
    const running = run('--help');

    expect(await running.ended).toBe(0);
    expect(running.out).toContain('Usage: ants-simulator');
    expect(running.err).toBe('');
  });

  it('refuses bad arguments with status 2 and a sentence', async () => {
    const running = run('--ttl', 'long');

    expect(await running.ended).toBe(2);
    expect(running.out).toBe('');
    expect(running.err).toBe(
      'ants-simulator: --ttl must be a whole number from 0, got "long". See ants-simulator --help.\n',
    );
  });

  it('says with status 1 that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const running = run('--port', String((other.address() as AddressInfo).port));

    expect(await running.ended).toBe(1);
    expect(running.err).toContain('EADDRINUSE');
    other.close();
  });
});
