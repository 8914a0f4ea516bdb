import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { OtpService } from 'nestjs-ants-otp';
import type { OtpChallenge, OtpVerification, OtpView } from 'nestjs-ants-otp';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { v7 as uuidv7 } from 'uuid';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

/** An app whose holders are its signed-in users; here they are all one stranger. */
@Controller('own')
class StrangerController {
  private readonly holder = { subject: 'stranger' };

  constructor(private readonly otps: OtpService) {}

  @Post(':id/resend')
  resend(@Param('id') id: string): Promise<OtpChallenge> {
    return this.otps.resend(id, this.holder);
  }

  @Post(':id/verify')
  verify(@Param('id') id: string, @Body('code') code: string): Promise<OtpVerification> {
    return this.otps.verify(id, code, this.holder);
  }

  @Post(':id/cancel')
  cancel(@Param('id') id: string): Promise<OtpView> {
    return this.otps.cancel(id, this.holder);
  }

  @Get(':id')
  status(@Param('id') id: string): Promise<OtpView> {
    return this.otps.status(id, this.holder);
  }
}

describe.each(ADAPTERS)('a stranger with an id on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter, extras: { routes: true }, controllers: [StrangerController] });
  });
  afterAll(() => t.close());

  const post = (path: string, body: object) => request(t.url).post(path).send(body);
  const get = (path: string) => request(t.url).get(path);
  const ask = async () => {
    const [mobile, subject] = [nextMobile(), randomUUID()];
    const { id, ticket } = await t.otps.request({ mobile, subject });
    return { id, ticket, subject, code: t.simulator.codeFor(mobile) };
  };

  it.each<[string, (id: string, ticket: string, code: string) => Promise<Response>]>([
    ['POST /otp/:id/verify', (id, ticket, code) => post(`/otp/${id}/verify`, { code, ticket })],
    ['POST /otp/:id/resend', (id, ticket) => post(`/otp/${id}/resend`, { ticket })],
    ['GET /otp/:id', (id, ticket) => get(`/otp/${id}`).set('x-otp-ticket', ticket)],
    ['GET /otp/:id/events', (id, ticket) => get(`/otp/${id}/events`).set('x-otp-ticket', ticket)],
    ['verify by a subject', (id, _, code) => post(`/own/${id}/verify`, { code })],
    ['resend by a subject', (id) => post(`/own/${id}/resend`, {})],
    ['cancel by a subject', (id) => post(`/own/${id}/cancel`, {})],
    ['status by a subject', (id) => get(`/own/${id}`)],
  ])('cannot tell by %s whether it exists', async (_, send) => {
    const live = await ask();
    const over = await ask();
    await t.otps.cancel(over.id);
    const foreign = (await ask()).ticket;
    const unknown = bytes(await send(uuidv7(), foreign, live.code));
    expect(bytes(await send(live.id, foreign, live.code))).toBe(unknown);
    expect(bytes(await send(over.id, foreign, over.code))).toBe(unknown);
    expect(bytes(await send('not-a-uuid', foreign, live.code))).toBe(unknown);
    expect(unknown).toMatch(/^\[404,.*not_found/);
    // Nothing was spent by it: the owner's code is still good.
    const verified = await t.otps.verify(live.id, live.code, { subject: live.subject });
    expect(verified.repeated).toBe(false);
  });
});

/** All a client sees but the time of day. */
function bytes({ status, headers, text }: Response): string {
  return JSON.stringify([status, { ...(headers as object), date: '' }, text]);
}
