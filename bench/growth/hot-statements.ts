import type { INestApplication } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { OtpService, OtpSweeper } from 'nestjs-ants-otp';
import type { StubCall } from '../harness/ants-stub.process.js';
import type { BenchProcess } from '../harness/bench-process.js';
import { newLife, requestOf, tokenIn } from '../limit/lives.js';
import type { FlowName, Life } from '../limit/lives.js';
import { watchStatements } from '../limit/watch-statements.js';
import { Explainer } from './explain.js';
import type { Explained } from './explain.js';

/** Longer than the cool-down of `startModuleApp`. */
const COOLDOWN_MS = 1_100;

/** One life over HTTP, of which nothing is measured. */
export async function live(app: INestApplication, stub: BenchProcess, n: number): Promise<void> {
  const user = new User(await app.getUrl(), stub, newLife(n));
  for (const flow of ['request', 'webhook', 'verify'] as const) await user.do(flow);
}

/** Each statement of a life, and of what is asked about OTPs, explained right before it runs; by its use. */
export async function explainHot(
  app: INestApplication,
  stub: BenchProcess,
  databaseUrl: string,
): Promise<Map<string, Explained>> {
  const explainer = await Explainer.open(databaseUrl);
  const found = new Map<string, Explained>();
  const known = new Set<string>();
  let use = '';
  let count = 0;
  const restore = watchStatements((statement) => {
    if (known.has(statement.name)) return undefined;
    known.add(statement.name);
    return explainer.explain(statement).then((explained) => {
      found.set(`${use} ${++count}`, explained);
    });
  });
  const during = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    [use, count] = [name, 0];
    await work();
  };
  try {
    const user = new User(await app.getUrl(), stub, newLife(1));
    const [otps, sweeper] = [app.get(OtpService), app.get(OtpSweeper)];
    await during('request', () => user.do('request'));
    await during('report', () => user.do('webhook'));
    await sleep(COOLDOWN_MS);
    await during('resend', () => user.do('resend'));
    await during('verify', () => user.do('verify'));
    const { id, mobile } = user.life;
    await during('status', () => otps.status(id));
    await during('history', () => otps.history(id));
    await during('find by number', () => otps.find({ mobile }));
    await during('find by subject', () => otps.find({ subject: 'user-2' }));
    await during('find by reference', () => otps.find({ referenceCode: 'Mc90XlkyB' }));
    await during('revoke', () => otps.revoke(id));
    await during('sweep', () => sweeper.sweep());
    return found;
  } finally {
    restore();
    await explainer.close();
  }
}

class User {
  constructor(
    private readonly url: string,
    private readonly stub: BenchProcess,
    readonly life: Life,
  ) {}

  async do(flow: FlowName): Promise<void> {
    const { path, body } = requestOf(flow, this.life);
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The flow ${flow} answered ${response.status}: ${text}`);
    const [call] = await this.stub.ask<StubCall[]>('calls');
    if (flow === 'request' && call)
      Object.assign(this.life, JSON.parse(text), { token: tokenIn(call) });
  }
}
