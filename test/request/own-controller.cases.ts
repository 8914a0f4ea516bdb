import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Catch, Controller, HttpException, Module, Param, Post } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { OtpService } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';

@Controller('login')
class LoginController {
  constructor(private readonly otps: OtpService) {}

  @Post()
  ask(@Body() { mobile }: { mobile: string }): Promise<OtpChallenge> {
    return this.otps.request({ mobile });
  }

  @Post(':id/resend')
  resend(@Param('id') id: string, @Body() { ticket }: { ticket: string }): Promise<OtpChallenge> {
    return this.otps.resend(id, { ticket });
  }

  @Post(':id')
  async logIn(
    @Param('id') id: string,
    @Body() { code, ticket }: { code: string; ticket: string },
  ): Promise<{ user: string }> {
    const { mobile } = await this.otps.verify(id, code, { ticket });
    return { user: mobile };
  }
}

/** The catch-all filter of Nest's own documentation. */
@Catch()
class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const known = error instanceof HttpException;
    this.host.httpAdapter.reply(
      host.switchToHttp().getResponse(),
      known ? error.getResponse() : { oops: true },
      known ? error.getStatus() : 500,
    );
  }
}

const CATCH_ALL = { provide: APP_FILTER, useClass: CatchAllFilter };

@Module({})
class LaterModule {}

/** Whether our filter or the app's answers; either way the status and the body are right. */
const APPS: [name: string, boot: BootOptions, ours: boolean][] = [
  ['no filter of its own', {}, true],
  ['a catch-all APP_FILTER in its root module', { providers: [CATCH_ALL] }, true],
  [
    'a catch-all APP_FILTER in a module that comes after ours',
    { imports: [{ module: LaterModule, providers: [CATCH_ALL] }] },
    false,
  ],
  [
    'a catch-all by useGlobalFilters',
    { setUp: (app) => app.useGlobalFilters(new CatchAllFilter(app.get(HttpAdapterHost))) },
    false,
  ],
];

describe.each(ADAPTERS)("an app's own controller on %s", (adapter) => {
  describe.each(APPS)('in an app with %s', (_, boot, ours) => {
    let t: TestApp;
    beforeAll(async () => {
      t = await bootApp({ adapter, controllers: [LoginController], ...boot });
    });
    afterAll(() => t.close());

    const post = (path: string, body: object) => request(t.url).post(`/login${path}`).send(body);
    const ask = async () => {
      const mobile = nextMobile();
      const answer = await post('', { mobile }).expect(201);
      const { id, ticket } = answer.body as OtpChallenge;
      return { mobile, id, ticket, code: t.simulator.codeFor(mobile) };
    };

    it('logs a user in', async () => {
      const { mobile, id, ticket, code } = await ask();
      const answer = await post(`/${id}`, { code, ticket }).expect(201);
      expect(answer.body).toEqual({ user: `+66${mobile.slice(1)}` });
    });

    it('has no ready routes beside it', async () => {
      await request(t.url).post('/otp').send({ mobile: nextMobile() }).expect(404);
    });

    it('answers the cool-down with 429 and the seconds to wait', async () => {
      const { mobile, id, ticket } = await ask();
      for (const answer of [
        await post('', { mobile }).expect(429),
        await post(`/${id}/resend`, { ticket }).expect(429),
      ]) {
        const { retryAfter } = answer.body as { retryAfter: number };
        expect(retryAfter).toBeGreaterThan(50);
        expect(retryAfter).toBeLessThanOrEqual(60);
        expect(answer.body).toEqual({
          statusCode: 429,
          code: 'cooldown',
          message: `A code was just sent to this number. You can ask for another in ${retryAfter} seconds.`,
          retryAfter,
        });
      }
    });

    it(`${ours ? 'sends' : 'loses'} the Retry-After header`, async () => {
      const { mobile } = await ask();
      const answer = await post('', { mobile }).expect(429);
      const { retryAfter } = answer.body as { retryAfter: number };
      expect(answer.headers['retry-after']).toBe(ours ? String(retryAfter) : undefined);
    });

    it(`answers ${ours ? 'in Thai' : 'in English'} when the client prefers Thai`, async () => {
      const answer = await post('', { mobile: '123' }).set('Accept-Language', 'th').expect(400);
      expect(answer.body).toEqual({
        statusCode: 400,
        code: 'invalid_mobile',
        message: expect.stringMatching(ours ? /^หมายเลข/ : /^This is not a Thai mobile/),
      });
    });

    it('answers a wrong code with 422 and the attempts left', async () => {
      const { id, ticket, code } = await ask();
      const wrong = code === '000000' ? '111111' : '000000';
      const answer = await post(`/${id}`, { code: wrong, ticket }).expect(422);
      expect(answer.body).toEqual({
        statusCode: 422,
        code: 'wrong_code',
        message: 'The code is wrong. You can try 4 more times.',
        attemptsLeft: 4,
      });
    });
  });
});
