import { Agent } from 'node:http';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { startBenchApp } from './harness/bench-app.js';
import { COMPARED, compareAnswers } from './harness/compare-answers.js';
import { httpAnswer } from './harness/http-answer.js';
import type { Findings, Measurement } from './measurement.js';

const TRIES = 2_000;
/** What the simulated ANTS takes for an answer; shorter than the real one, or a run would take an hour. */
const LATENCY_MS: [number, number] = [5, 15];

async function run(): Promise<Findings> {
  const app = await startBenchApp(
    {
      blockLimit: false,
      beforeSend: ({ context }) => (context['captcha'] === 'suppress' ? 'suppress' : 'allow'),
    },
    [],
    { latencyMs: LATENCY_MS },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let asked = 0;
  const ask = (captcha: string) => async (): Promise<string> => {
    const answer = await httpAnswer(
      `${app.url}/otp`,
      { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
      JSON.stringify({ mobile: `08${12_000_000 + asked++}`, captcha }),
    );
    return shapeOf(answer);
  };
  try {
    const compared = await compareAnswers(
      [
        { name: 'an ask that is sent', once: ask('send') },
        { name: '… the same again', once: ask('send') },
        { name: 'an ask that is suppressed', once: ask('suppress') },
      ],
      TRIES,
    );
    return { table: { head: COMPARED, rows: compared.rows }, missed: compared.missed };
  } finally {
    agent.destroy();
    await app.close();
  }
}

/** An answer without what differs from OTP to OTP. */
function shapeOf(answer: string): string {
  const body = answer.slice(answer.indexOf('{'));
  const { attemptsLeft, delivery, referenceCode, ...rest } = JSON.parse(body) as OtpChallenge;
  return JSON.stringify([
    answer.slice(0, answer.indexOf('\n')),
    Object.keys(rest),
    [attemptsLeft, delivery, referenceCode.length],
  ]);
}

export const suppressed: Measurement = {
  name: 'suppressed',
  about:
    'whether an ask that `beforeSend` suppresses answers at another time than one that is sent.',
  run,
};
