import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post } from '@nestjs/common';
import request from '../support/request.js';
import { BOTH_ADAPTERS, bootApp } from '../support/app.js';
import type { TestApp } from '../support/app.js';

@Controller('login/otp')
class OwnController {
  @Post()
  login(@Body() body: unknown): unknown {
    return body;
  }
}

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe.each(BOTH_ADAPTERS)('a body that the parser refuses on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      extras: { routes: true },
      controllers: [OwnController],
      setUp: (app) => app.setGlobalPrefix('api'),
    });
  });
  afterAll(() => t.close());

  const post = (path: string, body: string) =>
    request(t.url).post(path).set('Content-Type', 'application/json').send(body);

  it.each(['/api/otp', `/api/otp/${ID}/resend`, `/api/otp/${ID}/verify`])(
    'has a stable code on %s',
    async (path) => {
      const malformed = await post(path, '{"mobile":').expect(400);
      expect(malformed.body).toMatchObject({ statusCode: 400, code: 'invalid_request' });
      const large = JSON.stringify({ mobile: 'x'.repeat(1_100_000) });
      const tooLarge = await post(path, large).expect(413);
      expect(tooLarge.body).toMatchObject({ statusCode: 413, code: 'invalid_request' });
      expect(t.simulator.requests).toHaveLength(0);
    },
  );

  it('keeps the framework’s answer on a route of the app', async () => {
    const malformed = await post('/api/login/otp', '{"mobile":').expect(400);
    expect(malformed.body).not.toHaveProperty('code', 'invalid_request');
  });
});
