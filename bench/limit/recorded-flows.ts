import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { StubCall } from '../harness/ants-stub.process.js';
import type { BenchProcess } from '../harness/bench-process.js';
import { newLife, requestOf, tokenIn } from './lives.js';
import type { FlowName } from './lives.js';
import { startModuleApp } from './module-app.js';
import { watchStatements } from './watch-statements.js';
import type { RecordedStatement } from './watch-statements.js';

export type { FlowName } from './lives.js';

/** What of the recorded values is about the one OTP that was recorded. */
export interface RecordedFacts {
  id: string;
  otpId: string | null;
  mobileMac: Uint8Array | null;
}

export interface RecordedFlow {
  statements: RecordedStatement[];
  facts: RecordedFacts;
  /** The JSON that was answered. */
  answer: object;
  /** The call of ANTS, which comes before the last statement. */
  call: StubCall;
}

export type RecordedFlows = Record<FlowName, RecordedFlow>;

/** Longer than the cool-down of `startModuleApp`. */
const COOLDOWN_MS = 1_100;

/** Lives one life of an OTP in an app of the module and writes down what it does to the database and to ANTS. */
export async function recordFlows(databaseUrl: string, stub: BenchProcess): Promise<RecordedFlows> {
  const antsUrl = await stub.ask<string>('url');
  const app = await startModuleApp({ adapter: 'express', databaseUrl, antsUrl });
  const seen: RecordedStatement[] = [];
  const restore = watchStatements((statement) => {
    seen.push(statement);
    return undefined;
  });
  try {
    const url = await app.getUrl();
    const life = newLife(0);
    const live = async (name: FlowName): Promise<RecordedFlow> => {
      const { path, body } = requestOf(name, life);
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`The flow ${name} answered ${response.status}: ${text}`);
      const statements = seen.splice(0);
      const [call = { path: '', body: {} }] = await stub.ask<StubCall[]>('calls');
      return {
        statements,
        call,
        answer: (text ? JSON.parse(text) : {}) as object,
        facts: await facts(app.get(DataSource)),
      };
    };
    const request = await live('request');
    Object.assign(life, request.answer, { token: tokenIn(request.call) });
    const webhook = await live('webhook');
    await sleep(COOLDOWN_MS);
    return { request, webhook, resend: await live('resend'), verify: await live('verify') };
  } finally {
    restore();
    await app.close();
  }
}

async function facts(dataSource: DataSource): Promise<RecordedFacts> {
  const [row] = await dataSource.query<RecordedFacts[]>(
    'SELECT id, provider_otp_id AS "otpId", mobile_mac AS "mobileMac" FROM otps',
  );
  if (!row) throw new Error('No OTP was written.');
  return row;
}
