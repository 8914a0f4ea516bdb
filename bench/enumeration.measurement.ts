import { Body, Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { OtpService } from 'nestjs-ants-otp';
import type { OtpChallenge, OtpVerification, OtpView } from 'nestjs-ants-otp';
import { v7 as uuidv7 } from 'uuid';
import { startBenchApp } from './harness/bench-app.js';
import { COMPARED, compareAnswers } from './harness/compare-answers.js';
import { httpAnswer } from './harness/http-answer.js';
import { mobileOf } from './harness/mobile-of.js';
import type { Findings, Measurement } from './measurement.js';

const TRIES = 2_000;
/** Of each kind of id, so that no single row is always in the processor's cache. */
const IDS = 100;

/** An app of users who are signed in: their id is the holder. */
@Controller('own')
class OwnController {
  constructor(private readonly otps: OtpService) {}

  @Post(':id/verify')
  @HttpCode(200)
  verify(
    @Param('id') id: string,
    @Headers('x-user') subject: string,
    @Body('code') code: string,
  ): Promise<OtpVerification> {
    return this.otps.verify(id, code, { subject });
  }

  @Post(':id/resend')
  resend(@Param('id') id: string, @Headers('x-user') subject: string): Promise<OtpChallenge> {
    return this.otps.resend(id, { subject });
  }

  @Get(':id')
  status(@Param('id') id: string, @Headers('x-user') subject: string): Promise<OtpView> {
    return this.otps.status(id, { subject });
  }
}

async function run(): Promise<Findings> {
  const app = await startBenchApp({}, [OwnController]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const existing: string[] = [];
    const unknown: string[] = [];
    for (let n = 0; n < IDS; n++) {
      const ask = { mobile: mobileOf(n), subject: `user-${n}` };
      existing.push((await app.otps.request(ask)).id);
      unknown.push(uuidv7());
    }
    const ticket = (): string => randomBytes(16).toString('base64url');
    const post = (path: string, headers: Record<string, string>, body: object) =>
      httpAnswer(
        app.url + path,
        { agent, method: 'POST', headers: { ...headers, 'content-type': 'application/json' } },
        JSON.stringify(body),
      );
    const get = (path: string, headers: Record<string, string>) =>
      httpAnswer(app.url + path, { agent, headers });
    const stranger = { 'x-user': 'stranger' };
    const code = '123456';
    const ways: [name: string, wrong: string, ask: (id: string) => Promise<string>][] = [
      ['verify', 'ticket', (id) => post(`/otp/${id}/verify`, {}, { code, ticket: ticket() })],
      ['verify', 'subject', (id) => post(`/own/${id}/verify`, stranger, { code })],
      ['resend', 'subject', (id) => post(`/own/${id}/resend`, stranger, {})],
      ['status', 'ticket', (id) => get(`/otp/${id}`, { 'x-otp-ticket': ticket() })],
      ['status', 'subject', (id) => get(`/own/${id}`, stranger)],
    ];
    const rows: string[][] = [];
    const missed: string[] = [];
    for (const [name, wrong, ask] of ways) {
      const to = (ids: readonly string[]) => (round: number) => ask(ids[round % IDS] ?? '');
      const compared = await compareAnswers(
        [
          { name: `${name} by ${wrong}, an unknown id`, once: to(unknown) },
          { name: '… an unknown id, the same again', once: to(unknown) },
          { name: `… an existing id, a wrong ${wrong}`, once: to(existing) },
        ],
        TRIES,
      );
      rows.push(...compared.rows);
      missed.push(...compared.missed.map((sentence) => `${name} by ${wrong}: ${sentence}`));
    }
    return { table: { head: COMPARED, rows }, missed };
  } finally {
    agent.destroy();
    await app.close();
  }
}

export const enumeration: Measurement = {
  name: 'enumeration',
  about: 'whether an id that exists answers a stranger at another time than one that does not.',
  run,
};
