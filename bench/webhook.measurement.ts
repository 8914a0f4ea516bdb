import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { randomBytes } from 'node:crypto';
import { OtpService } from 'nestjs-ants-otp';
import { OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import { parse, v7 as uuidv7 } from 'uuid';
import { COMPARED, compareAnswers } from './harness/compare-answers.js';
import type { Ask } from './harness/compare-answers.js';
import { httpAnswer } from './harness/http-answer.js';
import { mobileOf } from './harness/mobile-of.js';
import { QUIET } from './harness/quiet.js';
import type { Findings, Measurement } from './measurement.js';

const TRIES = 2_000;
/** Of each kind, so that no case is always the same text. */
const TOKENS = 100;
/** A token is good for 72 h. */
const TOO_OLD_SECONDS = 73 * 3600;
const ANTS = '198.51.100.7';
const STRANGER = '203.0.113.9';
const BODY = JSON.stringify({ details: [{ messageId: '1', status: { name: 'PENDING' } }] });
const basic = (credential: string): string => `Basic ${Buffer.from(credential).toString('base64')}`;

/** How a push differs from one that is heard. */
interface Push {
  tokens: readonly string[];
  from?: string;
  authorization?: string;
}

/** With a store in memory and a clock to move: no refusal may reach the database, and a token must get old. */
async function run(): Promise<Findings> {
  const webhookAuth = { username: 'ants', password: randomBytes(16).toString('base64url') };
  const module = OtpTestingModule.forTest({ otp: { webhookAuth, webhookAddresses: [ANTS] } });
  const app = await NestFactory.create<NestExpressApplication>(module, QUIET);
  app.set('trust proxy', '127.0.0.1');
  await app.listen(0, '127.0.0.1');
  try {
    const url = await app.getUrl();
    const tester = app.get(OtpTester);
    const askTokens = async (): Promise<string[]> => {
      const tokens: string[] = [];
      for (let n = 0; n < TOKENS; n++) {
        const mobile = mobileOf(n);
        await app.get(OtpService).request({ mobile });
        tokens.push(tester.messages(mobile).at(-1)?.notifyUrl?.split('/').at(-1) ?? '');
      }
      return tokens;
    };
    const old = await askTokens();
    tester.advance(TOO_OLD_SECONDS);
    const good = await askTokens();
    const letters = good.map(() => randomBytes(32).toString('base64url'));
    const unknown = good.map(() =>
      Buffer.concat([Buffer.from(parse(uuidv7())), randomBytes(16)]).toString('base64url'),
    );
    // The id stays, which is in the first 22 letters; the MAC behind it is made up.
    const forged = good.map(
      (token) => token.slice(0, 22) + randomBytes(16).toString('base64url').slice(1),
    );

    const credential = basic(`${webhookAuth.username}:${webhookAuth.password}`);
    const ask = (name: string, { tokens, from = ANTS, authorization = credential }: Push): Ask => {
      const headers = { authorization, 'x-forwarded-for': from };
      const paths = tokens.map((token) => `${url}/otp/delivery-reports/${token}`);
      return {
        name,
        once: (round) =>
          httpAnswer(paths[round % TOKENS] ?? '', { agent: false, method: 'POST', headers }, BODY),
      };
    };
    const { rows, missed } = await compareAnswers(
      [
        ask('an unknown token', { tokens: unknown }),
        ask('… the same again', { tokens: unknown }),
        ask('letters at random', { tokens: letters }),
        ask('a forged token', { tokens: forged }),
        ask('a token that is too old', { tokens: old }),
        ask('a foreign sender', { tokens: good, from: STRANGER }),
        ask('a wrong credential', { tokens: good, authorization: basic('ants:wrong') }),
      ],
      TRIES,
    );
    return { table: { head: COMPARED, rows }, missed };
  } finally {
    await app.close();
  }
}

export const webhook: Measurement = {
  name: 'webhook',
  about: 'whether the refusal of a delivery report tells by its time what was wrong.',
  run,
};
