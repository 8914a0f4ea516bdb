import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Catch,
  HttpException,
  Injectable,
  RequestMethod,
  SetMetadata,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import type {
  ArgumentsHost,
  CallHandler,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  INestApplication,
  NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, Reflector } from '@nestjs/core';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';

const Public = () => SetMetadata('isPublic', true);

@Injectable()
class DenyingGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean>('isPublic', [
      context.getHandler(),
      context.getClass(),
    ]);
  }
}

@Injectable()
class EnvelopeInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Catch()
class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}
  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { oops: true }, status);
  }
}

const strictPipe = (app: INestApplication) =>
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      validateCustomDecorators: true,
    }),
  );

const APPS: Record<string, BootOptions> = {
  'a plain app': {},
  'a global prefix': { setUp: (app) => app.setGlobalPrefix('api/v0') },
  'a global prefix that excludes the webhook': {
    setUp: (app) =>
      app.setGlobalPrefix('api', {
        exclude: [{ path: 'otp/delivery-reports/:token', method: RequestMethod.POST }],
      }),
  },
  'URI versioning': {
    setUp: (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
  },
  'header versioning': {
    setUp: (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
  },
  'an APP_GUARD that denies': {
    providers: [{ provide: APP_GUARD, useClass: DenyingGuard }],
    extras: { webhook: { decorators: [Public()] } },
  },
  'a strict ValidationPipe': { setUp: strictPipe },
  'a response interceptor': {
    providers: [{ provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor }],
  },
  'a global filter': { providers: [{ provide: APP_FILTER, useClass: CatchAllFilter }] },
  'all of them at once': {
    providers: [
      { provide: APP_GUARD, useClass: DenyingGuard },
      { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
      { provide: APP_FILTER, useClass: CatchAllFilter },
    ],
    extras: { webhook: { path: 'hooks/ants', decorators: [Public()] } },
    setUp(app) {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
      strictPipe(app);
    },
  },
};

describe.each(ADAPTERS)('the webhook on %s', (adapter) => {
  describe.each(Object.entries(APPS))('in an app with %s', (_, boot) => {
    let t: TestApp;
    beforeAll(async () => {
      t = await bootApp({ adapter, ...boot });
    });
    afterAll(() => t.close());

    it('stores a report and answers 200', async () => {
      const mobile = nextMobile();
      const otp = await t.otps.request({ mobile, callbackData: 'order-17' });
      await t.simulator.reportsSettled();
      expect(await t.otps.status(otp.id)).toMatchObject({ delivery: 'delivered' });
      const sms = t.simulator.lastSms(mobile)!;
      expect(await t.simulator.report(sms, { status: 'EXPIRED' })).toEqual([200]);
    });

    it('answers a bad token with an empty 404', async () => {
      const mobile = nextMobile();
      await t.otps.request({ mobile });
      const { pathname } = new URL(t.simulator.lastSms(mobile)!.notifyUrl!);
      const last = pathname.at(-1) === 'A' ? 'B' : 'A';
      for (const bad of [pathname.slice(0, -1) + last, pathname.slice(0, -10), `${pathname}A`]) {
        const answer = await request(t.url).post(bad).send({ details: [] });
        expect([answer.status, answer.text]).toEqual([404, '']);
      }
    });
  });

  describe('in detail', () => {
    let t: TestApp;
    beforeAll(async () => {
      t = await bootApp({ adapter, options: { sweepEvery: false } });
    });
    afterAll(() => t.close());
    afterEach(() => {
      t.simulator.reset();
    });

    const ask = async (options: { callbackData?: string } = {}) => {
      const mobile = nextMobile();
      const otp = await t.otps.request({ mobile, ...options });
      await t.simulator.reportsSettled();
      const sms = t.simulator.lastSms(mobile)!;
      return { otp, sms, path: new URL(sms.notifyUrl!).pathname };
    };
    const post = (path: string, body: string, type = 'application/json') =>
      request(t.url).post(path).set('Content-Type', type).send(body);
    const reports = async (id: string) =>
      (await t.otps.history(id)).filter(({ type }) => /^(un)?deliver/.test(type));

    it('keeps every digit of a message id that came as a JSON number', async () => {
      const { otp, path } = await ask();
      await post(
        path,
        '{"details":[{"messageId":25501288135972440649,"status":{"name":"PENDING"}}]}',
      ).expect(200);
      const [, stored] = await reports(otp.id);
      expect(stored?.data).toMatchObject({ messageId: '25501288135972440649' });
    });

    it('answers a compressed body with 415', async () => {
      const { path } = await ask();
      const answer = await request(t.url)
        .post(path)
        .set('Content-Encoding', 'gzip')
        .send('x')
        .expect(415);
      expect(answer.body).toMatchObject({ code: 'report_encoding' });
    });

    it('leaves every other route of the app alone', async () => {
      await request(t.url).post('/otp/delivery-reports').send({}).expect(404);
      await request(t.url).get('/otp/delivery-reports/x').expect(404);
      await request(t.url).post('/otp/delivery-reports/a/b').send({ a: 1 }).expect(404);
    });
  });

  it('answers 503 while the database is away, so that ANTS tries again', async () => {
    const t = await bootApp({ adapter });
    const mobile = nextMobile();
    await t.otps.request({ mobile });
    await t.simulator.reportsSettled();
    const sms = t.simulator.lastSms(mobile)!;
    await t.database.drop();
    try {
      expect(await t.simulator.report(sms, { status: 'REJECTED' })).toEqual([503]);
    } finally {
      await t.app.close();
      await t.simulator.stop();
    }
  });

  it('does not boot with a notifyUrl that ANTS would cut', async () => {
    const publicUrl = `https://example.com/${'x'.repeat(80)}`;
    await expect(bootApp({ adapter, options: { publicUrl } })).rejects.toThrow(
      /option "publicUrl" must be shorter.*150/,
    );
  });
});
