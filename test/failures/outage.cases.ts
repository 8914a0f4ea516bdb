import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Inject, Injectable, type LoggerService, Module, type OnModuleInit } from '@nestjs/common';
import axios from 'axios';
import type { OtpAlarm } from 'nestjs-ants-otp';
import { antsError } from 'nestjs-ants-otp/testing';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { runLog } from '../support/leaks/run-log.js';

const YES_OR_NO = [() => true, () => false] as const;

const rows = async ({ database }: TestApp): Promise<number> => {
  const { rows: counted } = await database.query(`SELECT count(*)::int AS n FROM otps`);
  return counted[0]!['n'] as number;
};

describe('when ANTS', () => {
  const alarms: OtpAlarm[] = [];
  let t: TestApp | undefined;
  afterAll(() => t?.close());
  const app = () => t!;
  beforeEach(async () => {
    t ??= await bootApp({
      options: { dailyBudget: 1_000, onAlarm: (alarm) => alarms.push(alarm) },
    });
    alarms.length = 0;
  });
  afterEach(async () => {
    // Also forgets the outages so far. An app that cannot send any more is not used again.
    const works = await app()
      .otps.request({ mobile: nextMobile() })
      .then(...YES_OR_NO);
    if (works) return;
    await app().close();
    t = undefined;
  });

  it('is away for long, nothing is written any more', async () => {
    const { otps, simulator } = app();
    await simulator.stop();
    for (let n = 0; n < 5; n++)
      await expect(otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
        code: 'send_failed',
      });
    const before = await rows(app());
    await expect(otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 15,
    });
    expect(await rows(app())).toBe(before);
    expect(otps.health()).toMatchObject({ circuit: 'open' });
    await simulator.start();
  });

  it.each([
    ['refuses our credentials', '9998'],
    ['does not know our configuration', '0301'],
  ] as const)('%s, it is not the user’s fault and costs no quota', async (_, antsCode) => {
    const { otps, simulator } = app();
    const mobile = nextMobile();
    simulator.next('requestOTP', { body: antsError(antsCode) });
    const refusal = await otps.request({ mobile }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'send_failed', antsCode, status: 503 });
    expect(JSON.stringify((refusal as { getResponse(): unknown }).getResponse())).not.toContain(
      antsCode,
    );
    expect(await otps.request({ mobile })).toMatchObject({ attemptsLeft: 5 });
  });

  it('says "no credit" by a Thai message at the root alone, the alarm is raised and sends stop', async () => {
    const { otps, simulator } = app();
    const first = nextMobile();
    const { id, ticket } = await otps.request({ mobile: first });
    // The least that it may say: `ants.codes.spec.ts` has every other form.
    const says = { codeForm: 'none', messageLanguage: 'th', failurePlace: 'root' } as const;
    simulator.configure({ ...says, credit: 0 });

    const mobile = nextMobile();
    await expect(otps.request({ mobile })).rejects.toMatchObject({
      code: 'send_failed',
      antsCode: '9995',
    });
    const [found] = await otps.find({ mobile });
    expect(alarms).toMatchObject([{ kind: 'credit_out', facts: { antsCode: '9995' } }]);
    expect(otps.health()).toMatchObject({ credit: 'out' });
    expect((await otps.history(found!.id)).at(-1)).toMatchObject({
      type: 'send_failed',
      data: { reason: 'credit', antsCode: '9995' },
    });

    const before = simulator.count('requestOTP');
    await expect(otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(simulator.count('requestOTP')).toBe(before);
    // Checks go on.
    const right = simulator.codeFor(first);
    expect(await otps.verify(id, right, { ticket })).toMatchObject({ repeated: false });
  });

  it('names a code that it does not document, the code stays in the history', async () => {
    const { otps, simulator } = app();
    const mobile = nextMobile();
    simulator.next('requestOTP', { body: { error: { message: 'New', code: '9990' } } });
    const refusal = await otps.request({ mobile }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'send_unknown' });
    expect(refusal).not.toHaveProperty('antsCode', expect.anything());
    const [found] = await otps.find({ mobile });
    expect(found).toMatchObject({ errorCode: '9990' });
    const { data } = (await otps.history(found!.id)).at(-1)!;
    expect(data).toMatchObject({ unlistedCode: '9990' });
    expect(data).not.toHaveProperty('antsCode');
    expect(JSON.stringify(await otps.explain(found!.id))).toContain('(ANTS 9990)');
  });

  /** What is used up of a number's own limit, its block's, and the day's budget. */
  const used = async (): Promise<Record<string, number>> => {
    const { rows: limits } = await app().database.query(
      `SELECT split_part(key, ':', 1) AS kind, sum(cardinality(hits) + count)::int AS used FROM otp_limits
       WHERE split_part(key, ':', 1) IN ('cooldown', 'number', 'block', 'day') GROUP BY kind ORDER BY kind`,
    );
    return Object.fromEntries(limits.map((row) => [row['kind'], row['used']])) as Record<
      string,
      number
    >;
  };
  /** What one request uses up. */
  const usedByRequest = async (): Promise<unknown> => {
    const before = await used();
    await app()
      .otps.request({ mobile: nextMobile() })
      .catch(() => undefined);
    return Object.entries(await used()).map(([kind, n]) => `${kind} ${n - (before[kind] ?? 0)}`);
  };
  const NOTHING = ['block 0', 'cooldown 0', 'day 0', 'number 0'];
  const ONE = ['block 1', 'cooldown 1', 'day 1', 'number 1'];

  it.each<[string, Parameters<AntsSimulator['next']>[1], unknown]>([
    ['9995', { body: antsError('9995') }, NOTHING],
    ['9998', { body: antsError('9998') }, NOTHING],
    ['9996', { body: antsError('9996') }, NOTHING],
    ['0301', { body: antsError('0301') }, NOTHING],
    ['0302', { body: antsError('0302') }, ONE],
    ['0307', { body: antsError('0307') }, ONE],
    ['9999', { body: antsError('9999') }, ONE],
    ['HTTP 401', { status: 401, body: '' }, NOTHING],
    ['HTTP 429', { status: 429, body: '' }, ONE],
    ['a lost answer', { drop: 'after' }, ONE],
  ])(
    'answers %s, number, block and day give back exactly what was not sent',
    async (_, fault, left) => {
      app().simulator.next('requestOTP', fault);
      expect(await usedByRequest()).toEqual(left);
    },
  );

  it('cannot be reached, number, block and day give back what was not sent', async () => {
    await app().simulator.stop();
    expect(await usedByRequest()).toEqual(NOTHING);
    await app().simulator.start();
  });

  it('does not accept the number, the user is told so and keeps waiting', async () => {
    const { otps, simulator } = app();
    const mobile = nextMobile();
    simulator.next('requestOTP', { body: antsError('0307') });
    await expect(otps.request({ mobile })).rejects.toMatchObject({ code: 'number_rejected' });
    await expect(otps.request({ mobile })).rejects.toMatchObject({ code: 'cooldown' });
  });
});

describe('an error that began in the HTTP library', () => {
  const OTC_ID = 'F2A1-the-configuration';
  const PASSWORD = 'p%:#"ก-password';
  /** Every text of a value, of its causes and hidden fields too. */
  const whole = (value: unknown) =>
    inspect(value, { depth: Infinity, showHidden: true, customInspect: false });

  it('reaches caller, log and history without its config, request and body', async () => {
    const logged: unknown[] = [];
    const log = (...given: unknown[]) => logged.push(...given);
    const logger: LoggerService = { log, error: log, warn: log };
    const simulator = recordedSimulator({ password: PASSWORD, otcIds: [OTC_ID] });
    await simulator.start();
    const t = await bootApp({
      simulator,
      setUp: (app) => {
        app.useLogger(runLog(logger));
      },
    });
    const errors: unknown[] = [];
    t.app
      .get(HttpService, { strict: false })
      .axiosRef.interceptors.response.use(undefined, (error: unknown) => {
        errors.push(error);
        throw error;
      });
    try {
      const mobile = nextMobile();
      const otp = await t.otps.request({ mobile });
      const code = simulator.codeFor(mobile);
      simulator.next('verifyOTP', { drop: 'before' });
      const other = nextMobile();
      simulator.next('requestOTP', { cut: true });
      const refusals: unknown[] = await Promise.all([
        t.otps.verify(otp.id, code, otp).catch((error: unknown) => error),
        t.otps.request({ mobile: other }).catch((error: unknown) => error),
      ]);

      expect(refusals).toMatchObject([{ code: 'verify_unknown' }, { code: 'send_unknown' }]);
      expect(errors.map((error) => axios.isAxiosError(error))).toEqual([true, true]);
      const basic = Buffer.from(`ants-user:${PASSWORD}`).toString('base64');
      for (const secret of [code, basic, OTC_ID, other.slice(1)]) {
        expect(whole(errors)).toContain(secret);
        expect(whole([refusals, logged])).not.toContain(secret);
      }
      const history = [await t.otps.find({ mobile }), await t.otps.find({ mobile: other })];
      for (const secret of [code, basic, PASSWORD]) expect(whole(history)).not.toContain(secret);
      for (const word of ['AxiosError', 'Authorization'])
        expect(whole([refusals, logged, history])).not.toContain(word);
    } finally {
      await t.close();
      await simulator.stop();
    }
  });
});

describe('an app whose own HTTP client repeats what fails', () => {
  @Injectable()
  class Repeating implements OnModuleInit {
    @Inject(HttpService) private readonly http!: HttpService;

    onModuleInit(): void {
      const { axiosRef } = this.http;
      axiosRef.interceptors.response.use(undefined, (error: unknown) => {
        if (!axios.isAxiosError(error) || !error.config) throw error;
        return axiosRef.request(error.config);
      });
    }
  }
  @Module({ imports: [HttpModule.register({ global: true })], providers: [Repeating] })
  class RepeatingModule {}

  it('asks ANTS once: the module has a client of its own', async () => {
    const t = await bootApp({ imports: [{ module: RepeatingModule }] });
    try {
      t.simulator.next('requestOTP', { drop: 'after' });
      await expect(t.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
        code: 'send_unknown',
      });
      expect(t.simulator.count('requestOTP')).toBe(1);
      expect(t.simulator.inbox).toHaveLength(1);
    } finally {
      await t.close();
    }
  });
});
