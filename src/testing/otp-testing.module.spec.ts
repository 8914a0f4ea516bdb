import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Module,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import type { INestApplication, OnModuleInit } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  OnOtpEvent,
  OtpGuard,
  OtpHealthIndicator,
  OtpModule,
  OtpService,
  RequireOtp,
} from 'nestjs-ants-otp';
import type { Server } from 'node:http';
import request from 'supertest';
import { OutboxStore } from '../ports/outbox-store.js';
import { runLog } from '../../test/support/leaks/run-log.js';
import {
  AntsSimulator,
  FakeClock,
  OtpTester,
  OtpTestingModule,
  type OtpTestingOptions,
} from './index.js';

const MOBILE = '081-234-5678';

/** A login as an app would write it. */
@Controller('login')
class LoginController {
  constructor(private readonly otps: OtpService) {}

  @Post()
  start(@Body() { mobile }: { mobile: string }) {
    return this.otps.request({ mobile });
  }

  @Post(':id/resend')
  @HttpCode(200)
  resend(@Param('id') id: string, @Body() { ticket }: { ticket: string }) {
    return this.otps.resend(id, { ticket });
  }

  @Post(':id')
  @HttpCode(200)
  finish(@Param('id') id: string, @Body() { code, ticket }: { code: string; ticket: string }) {
    return this.otps.verify(id, code, { ticket });
  }

  @Get('secret')
  @UseGuards(OtpGuard)
  @RequireOtp('default')
  secret() {
    return { secret: 42 };
  }
}

@Module({ controllers: [LoginController] })
class LoginModule {}

let app: INestApplication<Server>;
let otp: OtpTester;

async function boot(options?: OtpTestingOptions): Promise<void> {
  const testing = await Test.createTestingModule({
    imports: [OtpTestingModule.forTest(options), LoginModule],
  }).compile();
  app = testing.createNestApplication<INestApplication<Server>>();
  app.useLogger(false);
  await app.init();
  otp = app.get(OtpTester);
}

afterEach(() => app.close());

/** An answer of the app. */
interface Answer {
  status: number;
  body: unknown;
}

interface Started {
  id: string;
  ticket: string;
}

const post = (path: string, body: object): Promise<Answer> =>
  Promise.resolve(request(app.getHttpServer()).post(path).send(body));

const start = async (mobile = MOBILE): Promise<Started> =>
  (await post('/login', { mobile })).body as Started;

const finish = ({ id, ticket }: Started, code: string): Promise<Answer> =>
  post(`/login/${id}`, { code, ticket });

describe('an app on OtpTestingModule', () => {
  beforeEach(() => boot());

  it('logs in with the code of the SMS', async () => {
    const started = await start();

    expect(await finish(started, otp.codeFor(MOBILE))).toMatchObject({
      status: 200,
      body: { mobile: '+66812345678', repeated: false },
    });
  });

  it('opens a guarded route with the proof, once', async () => {
    const { body } = await finish(await start(), otp.codeFor(MOBILE));
    const { proof } = body as { proof: string };
    const open = () => request(app.getHttpServer()).get('/login/secret').set('x-otp-proof', proof);

    await open().expect(200, { secret: 42 });
    await open().expect(401);
  });

  it('refuses a wrong code', async () => {
    expect((await finish(await start(), otp.wrongCodeFor(MOBILE))).body).toMatchObject({
      code: 'wrong_code',
      attemptsLeft: 4,
    });
  });

  it('lets codes expire without waiting', async () => {
    const started = await start();
    otp.advance(301);

    expect((await finish(started, otp.codeFor(MOBILE))).body).toMatchObject({ code: 'expired' });
  });

  it('lets the cool-down of the resend button pass', async () => {
    const { id, ticket } = await start();
    expect((await post(`/login/${id}/resend`, { ticket })).status).toBe(429);

    otp.advance(60);

    expect((await post(`/login/${id}/resend`, { ticket })).status).toBe(200);
    expect(otp.messages(MOBILE)).toHaveLength(2);
  });

  it('takes delivery reports without a port', async () => {
    const { id } = await start();
    await otp.report(MOBILE, { status: 'UNDELIVERED' });

    expect(await app.get(OtpService).status(id)).toMatchObject({ delivery: 'undelivered' });
  });

  it('takes the same report twice as once', async () => {
    const { id } = await start();
    await otp.report(MOBILE, { times: 2 });

    const history = await app.get(OtpService).history(id);
    expect(history.filter(({ type }) => type === 'delivered')).toHaveLength(1);
  });

  it('refuses options of a report that do not exist', async () => {
    await start();
    await expect(otp.report(MOBILE, { state: 'DELIVERED' } as never)).rejects.toThrow(
      'report(): there is no "state", only status, times,',
    );
    await expect(otp.report(MOBILE, { status: 'LOST' } as never)).rejects.toThrow(
      'report(): "status" must be one of ACCEPTED,',
    );
  });

  it('has an ANTS that can be down, and come back', async () => {
    await otp.simulator.stop();
    expect((await post('/login', { mobile: MOBILE })).status).toBe(503);
    await otp.simulator.start();

    expect(await start()).toHaveProperty('ticket');
  });

  it('has the magic numbers', async () => {
    expect(await start('0800000307')).toMatchObject({ code: 'number_rejected' });
  });

  it('says what is missing when there is no SMS to report on', async () => {
    await expect(otp.report(MOBILE)).rejects.toThrow('sent no SMS');
  });
});

describe('the options of OtpTestingModule', () => {
  it('are those of the module', async () => {
    await boot({ otp: { ttl: 60, maxAttempts: 2 }, routes: true });
    expect((await post('/otp', { mobile: MOBILE })).status).toBe(201);

    const [view] = await app.get(OtpService).find({ mobile: MOBILE });

    expect(view).toMatchObject({ attemptsLeft: 2 });
    expect(view!.expiresAt.getTime() - view!.createdAt.getTime()).toBe(60_000);
  });

  it('are those of the simulator', async () => {
    await boot({ ants: { codeLength: 4, keyCase: 'lower' } });
    await start();

    expect(otp.codeFor(MOBILE)).toMatch(/^\d{4}$/);
  });

  it('name a report that cannot come', async () => {
    await boot({ otp: { publicUrl: undefined } });
    await start();

    await expect(otp.report(MOBILE)).rejects.toThrow('no address of this app');
  });
});

describe('an app with its own OtpModule', () => {
  it('gets the testing module in its place', async () => {
    const own = OtpModule.forRoot({
      username: 'u',
      password: 'p',
      otcId: 'o',
      secret: 'x'.repeat(32),
    });
    @Module({ imports: [own, LoginModule] })
    class AppModule {}
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(own)
      .useModule(OtpTestingModule.forTest())
      .compile();
    app = testing.createNestApplication<INestApplication<Server>>();
    await app.init();
    otp = app.get(OtpTester);

    expect((await finish(await start(), otp.codeFor(MOBILE))).status).toBe(200);
  });
});

describe('time that stands still', () => {
  beforeEach(() => boot());

  it('lets a double click have the same OTP at once', async () => {
    const otps = app.get(OtpService);
    for (const ask of [{ idempotencyKey: 'k1' }, { subject: 'user-1' }]) {
      const mobile = ask.subject ? '089-999-9999' : MOBILE;
      const [first, second] = await Promise.all([
        otps.request({ mobile, ...ask }),
        otps.request({ mobile, ...ask }),
      ]);
      expect(second.id).toBe(first.id);
    }
    expect(otp.simulator.inbox).toHaveLength(2);
  });

  it('lets an outage of ANTS pass, by the same clock', async () => {
    const otps = app.get(OtpService);
    const simulator = app.get(AntsSimulator);
    for (let n = 0; n < 5; n++) {
      simulator.next('requestOTP', { drop: 'before' });
      await otps.request({ mobile: `08123456${n}0` }).catch(() => undefined);
    }
    const ask = { mobile: '0812345690' };
    await expect(otps.request(ask)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 15 });
    otp.advance(15);
    expect((await otps.request(ask)).ticket).toBeTruthy();
    expect(otps.health().circuit).toBe('closed');
  });
});

describe('the hook before a send', () => {
  it('that suppresses takes no time that a test would have to let pass', async () => {
    await boot({ otp: { beforeSend: () => 'suppress' } });
    const { body } = await finish(await start(), '123456');
    expect(body).toMatchObject({ code: 'wrong_code', attemptsLeft: 4 });
    expect(otp.messages(MOBILE)).toEqual([]);
  });

  it('that never answers refuses after 3 s', async () => {
    await boot({ otp: { beforeSend: () => new Promise(() => undefined) } });
    const asked = app.get(OtpService).request({ mobile: MOBILE });
    otp.advance(3);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retryAfter: 1 });
  });
});

/** Whether an app was started is nothing that `afterEach` should have to know. */
describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('closing an app on %s', (_, adapter) => {
  it.each<[string, () => Promise<unknown>]>([
    ['that was not started', () => app.close()],
    ['twice', () => app.init().then(() => app.close().then(() => app.close()))],
    ['twice at once', () => app.init().then(() => Promise.all([app.close(), app.close()]))],
    [
      'in the middle of its start',
      async () => {
        let goOn!: () => void;
        const inTheMiddle = new Promise<void>((resolve) => {
          startUp = () => {
            resolve();
            return new Promise((further) => (goOn = further));
          };
        });
        const starting = app.init();
        await inTheMiddle;
        await app.close();
        goOn();
        // Fastify refuses hooks once it is closed.
        await Promise.allSettled([starting]);
      },
    ],
    [
      'that did not start',
      async () => {
        startUp = () => Promise.reject(new Error('The start-up failed.'));
        await expect(app.init()).rejects.toThrow('The start-up failed.');
        await app.close();
      },
    ],
  ])('%s stops the simulator, and leaves nothing running', async (_, closing) => {
    startUp = () => Promise.resolve();
    const clock = new FakeClock();
    const testing = await Test.createTestingModule({
      imports: [OtpTestingModule.forTest({ clock, otp: { sweepEvery: 5 } })],
      providers: [StartUp],
    })
      .setLogger(runLog())
      .compile();
    app = testing.createNestApplication(adapter());
    const { simulator } = app.get(OtpTester);
    const asks = jest.spyOn(app.get(OutboxStore), 'claim');
    await closing();

    expect(() => simulator.url).toThrow('call start()');
    asks.mockClear();
    clock.advance(3600);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(asks).not.toHaveBeenCalled();
  });
});

let startUp: () => Promise<void>;

@Injectable()
class StartUp implements OnModuleInit {
  onModuleInit(): Promise<void> {
    return startUp();
  }

  @OnOtpEvent('requested')
  onRequested(): void {
    // What listens makes the module look for events.
  }
}

it('is healthy, without a database', async () => {
  await boot({});
  const health = app.get(OtpHealthIndicator);
  expect(await health.database('database')).toMatchObject({ database: { status: 'up' } });
  expect(health.provider('provider')).toMatchObject({ provider: { status: 'up' } });
});
