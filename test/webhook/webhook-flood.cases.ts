import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { times } from '../support/counts.js';
import { heldMegabytes } from '../support/heap.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { countStatements } from '../support/statements.js';

const PUSHES = times(1_000, 100_000);
const AT_ONCE = 16;
const BODY = JSON.stringify({ details: [{ messageId: '1', text: 'x'.repeat(600) }] });

describe.each(ADAPTERS)('a flood of bad webhook tokens on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let t: TestApp;
  let path: string;
  beforeAll(async () => {
    await simulator.start();
    t = await bootApp({ adapter, simulator });
    const mobile = nextMobile();
    await t.otps.request({ mobile });
    path = new URL(simulator.lastSms(mobile)!.notifyUrl!).pathname;
  });
  afterAll(async () => {
    await t.close();
    await simulator.stop();
  });

  /** The status line, over a connection of its own. */
  const push = async (token: string): Promise<string> => {
    const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(
      `POST ${path.replace(/[^/]*$/, token)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    );
    await once(socket, 'close');
    return answer.slice(0, answer.indexOf('\r\n'));
  };
  const good = (): string => path.slice(path.lastIndexOf('/') + 1);
  /** Made up, cut, or one that is good but for its MAC. */
  const badToken = (n: number): string =>
    [
      () => randomBytes(32).toString('base64url'),
      () => good().slice(0, 1 + (n % 42)),
      () => good().slice(0, 22) + randomBytes(16).toString('base64url').slice(0, 21),
    ][n % 3]!();
  const flood = async (count: number): Promise<Record<string, number>> => {
    const answers: Record<string, number> = {};
    let next = 0;
    const pusher = async (): Promise<void> => {
      while (next < count) {
        const line = await push(badToken(next++));
        answers[line] = (answers[line] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, pusher));
    return answers;
  };

  it(`of ${PUSHES} costs no statement and no memory, and a report still arrives`, async () => {
    await flood(500);
    const statements = countStatements(t.app);
    const before = heldMegabytes();
    const started = performance.now();
    const answers = await flood(PUSHES);
    const seconds = (performance.now() - started) / 1000;
    const grown = heldMegabytes() - before;
    if (PUSHES >= 100_000)
      console.log(
        `${PUSHES} bad tokens on ${adapter}: ${seconds.toFixed(1)} s, ${statements()} statements, ${grown.toFixed(1)} MB`,
      );
    expect(answers).toEqual({ 'HTTP/1.1 404 Not Found': PUSHES });
    expect(statements()).toBe(0);
    expect(grown).toBeLessThan(4);
    const taken = await fetch(`${t.url}${path}`, { method: 'POST', body: BODY });
    expect(taken.status).toBe(200);
  });
});
