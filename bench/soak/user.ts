import { setTimeout as sleep } from 'node:timers/promises';
import { newLife } from '../limit/lives.js';

/** A check that may not have come through is tried again, as a person would. */
const CHECKS = 4;
const AGAIN_MS = 1_000;
/** Of five people one mistypes the code first. */
const MISTYPES_EVERY = 5;

/** What became of somebody who wanted to log in. */
export interface LifeEnd {
  mobile: string;
  /** Once a request was answered with one. */
  id: string | undefined;
  /** `verified`, or the code of the last refusal. */
  end: string;
  requestMs: number;
  /** Of the check that counted. */
  verifyMs: number | undefined;
}

interface Reply {
  ok: boolean;
  body: { id: string; ticket: string; code: string };
  ms: number;
}

/** Asks for a code, reads the SMS and enters it. @throws Error when the app does not answer */
export async function live(
  n: number,
  app: string,
  codeFor: (mobile: string) => string | undefined,
): Promise<LifeEnd> {
  const { mobile, ip } = newLife(n);
  const asked = await post(`${app}/otp`, { mobile }, ip);
  const { id, ticket } = asked.body;
  const so = (end: string, verifyMs?: number): LifeEnd => ({
    ...{ mobile, id: asked.ok ? id : undefined, end, requestMs: asked.ms, verifyMs },
  });
  if (!asked.ok) return so(asked.body.code);
  const code = codeFor(mobile);
  if (code === undefined) return so('no SMS');
  const check = (entered: string): Promise<Reply> =>
    post(`${app}/otp/${id}/verify`, { ticket, code: entered }, ip);
  if (n % MISTYPES_EVERY === 0) await check(wrong(code));
  let answer = await check(code);
  for (let tries = 1; tries < CHECKS && !answer.ok; tries++) {
    await sleep(AGAIN_MS);
    answer = await check(code);
  }
  return so(answer.ok ? 'verified' : answer.body.code, answer.ms);
}

const wrong = (code: string): string =>
  code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10));

async function post(url: string, body: object, ip: string): Promise<Reply> {
  const begun = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
    body: JSON.stringify(body),
  });
  const read = (await response.json()) as Reply['body'];
  return { ok: response.ok, body: read, ms: performance.now() - begun };
}
