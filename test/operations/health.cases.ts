import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { OtpHealthIndicator } from 'nestjs-ants-otp';
import { antsError, FakeClock } from 'nestjs-ants-otp/testing';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { BootOptions, TestApp } from '../support/app.js';
import { countStatements } from '../support/statements.js';
import { until } from '../support/until.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly otp: OtpHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([
      () => this.otp.database('database'),
      () => this.otp.provider('provider'),
    ]);
  }
}

interface Health {
  status: string;
  details: Record<'database' | 'provider', Record<string, unknown>>;
}

describe('the health by @nestjs/terminus', () => {
  let t: TestApp;
  let clock: FakeClock;
  afterEach(() => t.close());

  const boot = async (options: BootOptions = {}): Promise<void> => {
    clock = new FakeClock(Date.now());
    t = await bootApp({
      ...{ clock, controllers: [HealthController], ...options },
      imports: [TerminusModule.forRoot({ logger: false })],
    });
  };
  const look = async (status: number): Promise<Health> => {
    const answer = await request(t.url).get('/health').expect(status);
    return answer.body as Health;
  };

  it.each(ADAPTERS)('is up on %s, and knows the credit without waiting for it', async (adapter) => {
    await boot({ adapter });
    t.simulator.credit = 500;
    expect((await look(200)).details).toEqual({
      database: { status: 'up', migrations: 'applied', access: 'ok' },
      provider: { status: 'up', circuit: 'closed', credit: 'ok', configuration: 'ok' },
    });
    await until(
      'the credit is known',
      async () => (await look(200)).details.provider['balance'] === 500,
    );
    clock.advance(42);
    expect((await look(200)).details.provider).toMatchObject({ balance: 500, balanceAge: 42 });
  });

  it('costs one statement, and one call to ANTS in five minutes', async () => {
    await boot();
    const statements = countStatements(t.app);
    for (let n = 0; n < 20; n++) await look(200);
    expect(statements()).toBe(20);
    await until('ANTS was asked', () => t.simulator.count('balance') > 0);
    clock.advance(299);
    await look(200);
    expect(t.simulator.count('balance')).toBe(1);
    clock.advance(1);
    await look(200);
    await until('ANTS was asked again', () => t.simulator.count('balance') === 2);
  });

  it('is down when columns are missing, and says what to do', async () => {
    await boot();
    await t.database.query('ALTER TABLE otp_sends DROP COLUMN credit');
    expect((await look(503)).details.database).toEqual({
      ...{ status: 'down', migrations: 'missing', access: 'ok' },
      message: expect.stringContaining('Run the migrations'),
    });
  });

  it('is down when the credit is out, as a send has found', async () => {
    await boot();
    t.simulator.next('requestOTP', { body: antsError('9995') });
    await expect(t.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'send_failed',
    });
    expect((await look(503)).details.provider).toMatchObject({
      ...{ status: 'down', credit: 'out', message: 'The credit is out.' },
    });
    clock.advance(61);
    expect((await look(200)).details.provider).toMatchObject({ credit: 'ok' });
  });

  it('is down when the account has nothing left', async () => {
    await boot();
    t.simulator.credit = 0;
    await until('it is down', async () => (await request(t.url).get('/health')).status === 503);
    expect((await look(503)).details.provider).toMatchObject({ balance: 0 });
  });

  it('takes no old balance for the credit of now', async () => {
    await boot();
    t.simulator.credit = 0;
    await until('it is down', async () => (await request(t.url).get('/health')).status === 503);
    await t.simulator.stop();
    clock.advance(900);
    expect((await look(503)).details.provider).toMatchObject({ balance: 0, balanceAge: 900 });
    clock.advance(1);
    expect((await look(200)).details.provider).toMatchObject({ balance: 0, balanceAge: 901 });
    await t.simulator.start();
  });

  it('is down while the circuit is open, and up again when the next call decides', async () => {
    await boot();
    await t.otps.request({ mobile: nextMobile() });
    await t.simulator.stop();
    for (let n = 0; n < 5; n++)
      await t.otps.request({ mobile: nextMobile() }).catch(() => undefined);
    expect((await look(503)).details.provider).toMatchObject({ circuit: 'open' });
    clock.advance(15);
    expect((await look(200)).details.provider).toMatchObject({ circuit: 'half-open' });
    await t.simulator.start();
  });

  it('is down when ANTS refuses the credentials', async () => {
    await boot();
    t.simulator.next('requestOTP', { body: antsError('9998') });
    await t.otps.request({ mobile: nextMobile() }).catch(() => undefined);
    expect((await look(503)).details.provider).toMatchObject({ configuration: 'refused' });
  });
});
