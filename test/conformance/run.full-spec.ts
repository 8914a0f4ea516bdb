import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { AntsSimulator, type AntsFault } from 'nestjs-ants-otp/testing';
import { compiled } from '../support/child.js';
import { FACTS } from './facts.js';
import { READINGS } from './readings.js';

interface Run {
  status: number;
  out: string;
  err: string;
}

/** What `npm run conformance` starts, in a process of its own. */
function run(args: readonly string[], password?: string): Promise<Run> {
  const env = { PATH: process.env.PATH, ...(password && { ANTS_PASSWORD: password }) };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiled('test/conformance/run.js'), ...args],
      { env },
      (error, out, err) => {
        resolve({ status: error ? Number(error.code) : 0, out, err });
      },
    );
  });
}

/** A run against a service that fails in this way, with two SMS allowed. */
async function runAgainstService(fault?: AntsFault): Promise<Run & { sent: string[] }> {
  const simulator = new AntsSimulator();
  const { username, password, otcIds } = simulator.settings;
  const baseUrl = await simulator.start();
  if (fault) simulator.next('verifyOTP', fault, 100);
  const line = `--base-url ${baseUrl} --username ${username} --otc-id ${otcIds[0]} --mobile 0898765432`;
  const result = await run([...line.split(' '), '--allow-sms', '2'], password);
  await simulator.stop();
  return { ...result, sent: simulator.inbox.map(({ to }) => to) };
}

describe('npm run conformance', () => {
  it('goes through the simulator in each of its readings without a surprise', async () => {
    const { status, out, err } = await run([]);

    expect(err).toBe('');
    expect(status).toBe(0);
    const counted = [...out.matchAll(/^(.+): \d+ expected, \d+ reading, (\d+) surprise/gm)];
    expect(counted.map(([, name, surprises]) => [name, surprises])).toEqual(
      READINGS.map(({ name }) => [name, '0']),
    );
    expect(FACTS.filter(({ fact }) => !out.includes(fact))).toEqual([]);
  }, 120_000);

  it('looks at a service, sends no more than it may, and says how much it sent', async () => {
    const { status, out, sent } = await runAgainstService();

    expect(status).toBe(0);
    expect(out).toMatch(/^SMS sent: 2 of 2 allowed\.$/m);
    expect(sent).toEqual(['66898765432', '66898765432']);
    expect(out).toMatch(/needs one more --allow-sms/);
  });

  it('ends with status 1 when something is a surprise', async () => {
    const { status, out } = await runAgainstService({ status: 418, body: 'teapot' });

    expect(status).toBe(1);
    expect(out).toMatch(/HTTP 418, 6 characters +surprise/);
  });

  it('prints its help', async () => {
    expect(await run(['--help'])).toMatchObject({
      status: 0,
      out: expect.stringContaining('Usage: npm run conformance'),
    });
  });

  it('refuses bad arguments with status 2 and a sentence', async () => {
    expect(await run(['--base-url', 'https://ants.test'])).toEqual({
      status: 2,
      out: '',
      err: 'conformance: ANTS_PASSWORD is not set.\n',
    });
  });
});
