import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OtpGuard, OtpService, RequireOtp } from 'nestjs-ants-otp';
import type { Server } from 'node:http';
import request from 'supertest';
import { OtpTester, OtpTestingModule } from './index.js';

/** The recipes of docs/testing.md: what that page promises. */

@Controller('transfers')
class TransfersController {
  @Post()
  @HttpCode(201)
  @UseGuards(OtpGuard)
  @RequireOtp('transfer')
  transfer(): void {
    // The guard is what is tested.
  }
}

const mobile = '081-234-5678';
let app: INestApplication<Server>;
let otps: OtpService;
let otp: OtpTester;

beforeEach(async () => {
  const testing = await Test.createTestingModule({
    imports: [OtpTestingModule.forTest()],
    controllers: [TransfersController],
  }).compile();
  app = testing.createNestApplication();
  app.useLogger(false);
  await app.init();
  otps = app.get(OtpService);
  otp = app.get(OtpTester);
});

afterEach(() => app.close());

describe('test your login', () => {
  it('logs in with the code of the SMS', async () => {
    const { id, ticket } = await otps.request({ mobile });

    expect(await otps.verify(id, otp.codeFor(mobile), { ticket })).toMatchObject({
      mobile: '+66812345678',
    });
  });

  it('refuses a wrong code', async () => {
    const { id, ticket } = await otps.request({ mobile });

    await expect(otps.verify(id, otp.wrongCodeFor(mobile), { ticket })).rejects.toMatchObject({
      code: 'wrong_code',
    });
  });
});

it('test a guarded route', async () => {
  const { id } = await otps.request({ mobile, purpose: 'transfer', subject: 'user-1' });
  const { proof } = await otps.verify(id, otp.codeFor(mobile), { subject: 'user-1' });
  const transfer = () => request(app.getHttpServer()).post('/transfers').set('x-otp-proof', proof);

  await transfer().expect(201);
  await transfer().expect(401);
});

it('test the resend button', async () => {
  const { id, ticket } = await otps.request({ mobile });
  await expect(otps.resend(id, { ticket })).rejects.toMatchObject({
    code: 'cooldown',
    retryAfter: 60,
  });

  otp.advance(60);
  await otps.resend(id, { ticket });

  expect(otp.messages(mobile)).toHaveLength(2);
  expect(await otps.verify(id, otp.codeFor(mobile), { ticket })).toHaveProperty('proof');
});

describe('what if ANTS is down', () => {
  it('tells the user to try again when ANTS cannot be reached', async () => {
    await otp.simulator.stop();
    await expect(otps.request({ mobile })).rejects.toMatchObject({ code: 'send_failed' });

    await otp.simulator.start();
    expect(await otps.request({ mobile })).toHaveProperty('ticket');
  });

  it('survives an answer that is lost', async () => {
    const { id, ticket } = await otps.request({ mobile });
    otp.simulator.next('verifyOTP', { drop: 'after' });
    const code = otp.codeFor(mobile);
    await expect(otps.verify(id, code, { ticket })).rejects.toMatchObject({
      code: 'verify_unknown',
    });

    expect(await otps.verify(id, code, { ticket })).toHaveProperty('proof');
  });

  it.each([
    ['0800000995', 'send_failed'],
    ['0800000307', 'number_rejected'],
    ['0800000213', 'send_unknown'],
  ])('answers the magic number %s with %s', async (magic, code) => {
    await expect(otps.request({ mobile: magic })).rejects.toMatchObject({ code });
  });

  it('has a code that is always the same', async () => {
    const { id, ticket } = await otps.request({ mobile: '0800000000' });

    expect(await otps.verify(id, '123456', { ticket })).toHaveProperty('proof');
  });
});
