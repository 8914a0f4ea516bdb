import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Controller, Logger, Module, Post, UseGuards } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OtpControls, OtpGuard, OtpModule, OtpPrivacy, RequireOtp } from 'nestjs-ants-otp';
import type { OtpAsk, OtpOptions, Rekeyed } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ControlStore } from '../../src/ports/control-store.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { rangeOf, SendKeys } from '../../src/service/send-keys.js';
import { bootApp, nextMobile, SECRET } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { times } from '../support/counts.js';
import { createMigratedDatabase, isPooled } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const SECRETS = ['old', 'new', 'newest'].map((name) =>
  `the-${name}-look-up-secret-`.padEnd(40, '.'),
);
/** The configuration after so many changes of the look-up secret. */
const configuration = (changes: number): Partial<OtpOptions> => ({
  lookupSecret: SECRETS[changes]!,
  formerLookupSecrets: SECRETS.slice(0, changes),
});
const OPTIONS = {
  blockLimit: false,
  ipTrusted: true,
  ipLimit: { ipv4: 1 },
  dailyBudget: 1000,
  sendLimit: { perHour: 5, perDay: 5 },
  subjectSendLimit: { perHour: 2, perDay: 2 },
  purposes: {
    often: { cooldown: [1] },
    guessed: { cooldown: [1], maxAttempts: 10, lockout: { perHour: 3, perDay: 3 } },
    paid: {},
  },
  limits: [
    {
      name: 'device',
      key: (ask: OtpAsk) => ask.context['device'] as string | undefined,
      max: 1,
      per: 3600,
    },
  ],
} satisfies Partial<OtpOptions>;
const IP = '198.51.100.9';
const BATCH = 4;
const VERIFIES = times(12, 200, 4);

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Post()
  @RequireOtp('paid', { binding: () => ({ to: 'a' }), reuse: true })
  open(): void {
    // open
  }
}

@Module({})
class RootModule {}

describe('a change of the look-up secret', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let database: TestDatabase;
  const open = new Set<{ close(): Promise<void> }>();
  beforeAll(() => simulator.start());
  afterAll(() => simulator.stop());
  beforeEach(async () => {
    database = await createMigratedDatabase();
  });
  afterEach(async () => {
    for (const app of open) await app.close();
    open.clear();
    jest.restoreAllMocks();
    await database.drop();
  });

  const deploy = async (changes: number, options: Partial<OtpOptions> = {}): Promise<TestApp> => {
    const app = await bootApp({
      ...{ database, simulator, controllers: [VaultController] },
      options: { ...OPTIONS, ...configuration(changes), ...options },
    });
    open.add(app);
    return app;
  };
  const stop = async (app: TestApp): Promise<void> => {
    open.delete(app);
    await app.close();
  };
  /** A process that serves nobody, as the documentation starts it. */
  const oneOff = async (changes: number): Promise<INestApplicationContext> => {
    const options: OtpOptions = {
      ...{ username: 'user', password: 'password', otcId: 'F2A1', secret: SECRET },
      ...{ publicUrl: 'https://app.example.com', sweepEvery: false as const },
      preparedStatements: !isPooled(),
      ...OPTIONS,
      ...configuration(changes),
    };
    const imports = [
      TypeOrmModule.forRoot({ type: 'postgres', url: database.appUrl, autoLoadEntities: true }),
      OtpModule.forRoot({ ...options, routes: true }),
    ];
    // Its ready routes and its webhook are where no request can come.
    const root = { module: RootModule, imports };
    const context = await NestFactory.createApplicationContext(root);
    open.add(context);
    return context;
  };
  const privacy = ({ app }: TestApp): OtpPrivacy => app.get(OtpPrivacy);
  const controls = ({ app }: TestApp): OtpControls => app.get(OtpControls);
  /** And lets the sends that had begun before end. */
  const pause = async (app: TestApp): Promise<void> => {
    await controls(app).pauseSends();
    await database.age('15 s');
  };
  const refusal = async (call: Promise<unknown>): Promise<string> =>
    (await outcomes([call])).refused[0] ?? 'done';
  const stored = async (): Promise<string> => {
    const tables = ['otps', 'otp_sends', 'otp_events', 'otp_limits'];
    const rows = await Promise.all(
      tables.map((table) => database.query(`SELECT to_jsonb(x)::text AS row FROM ${table} AS x`)),
    );
    return rows.flatMap((result) => result.rows.map(({ row }) => row as string)).join('\n');
  };
  const report = ({ url }: TestApp, mobile: string) => {
    const { notifyUrl, to } = simulator.lastSms(mobile)!;
    return request(url)
      .post(new URL(notifyUrl!).pathname)
      .send({ details: [{ messageId: `${to}1`, to, status: { name: 'DELIVERED' } }] });
  };

  /** Numbers that may not have an SMS, each for a reason of its own. */
  interface Kept {
    cooling: string;
    spent: string;
    locked: string;
    blocked: string;
    ranged: string;
  }
  const fill = async (t: TestApp): Promise<Kept> => {
    const [spent, locked, blocked] = [nextMobile(), nextMobile(), nextMobile()];
    // In no range of the others.
    const ranged = '0612345678';
    for (let n = 0; n < 5; n++) {
      await t.otps.request({ mobile: spent, purpose: 'often' });
      await database.age('2 s');
    }
    const guess = await t.otps.request({ mobile: locked, purpose: 'guessed' });
    for (const code of wrongCodes(simulator.codeFor(locked), 3))
      await refusal(t.otps.verify(guess.id, code, guess));
    await database.age('2 s');
    await t.otps.request({ mobile: nextMobile(), ip: IP });
    await t.otps.request({ mobile: nextMobile(), context: { device: 'd1' } });
    for (let n = 0; n < 2; n++) await t.otps.request({ mobile: nextMobile(), subject: 'ann' });
    await controls(t).block(blocked);
    await t.app
      .get(ControlStore)
      .stop(t.app.get(SendKeys).guard('default', rangeOf(`+66${ranged.slice(1)}`), false), 3600);
    const cooling = nextMobile();
    await t.otps.request({ mobile: cooling });
    return { cooling, spent, locked, blocked, ranged };
  };
  const refusals = async ({ otps }: TestApp, kept: Kept): Promise<Record<string, string>> => ({
    cooling: await refusal(otps.request({ mobile: kept.cooling })),
    spent: await refusal(otps.request({ mobile: kept.spent, purpose: 'often' })),
    locked: await refusal(otps.request({ mobile: kept.locked, purpose: 'guessed' })),
    blocked: await refusal(otps.request({ mobile: kept.blocked })),
    ranged: await refusal(otps.request({ mobile: kept.ranged })),
    address: await refusal(otps.request({ mobile: nextMobile(), ip: IP })),
    device: await refusal(otps.request({ mobile: nextMobile(), context: { device: 'd1' } })),
    subject: await refusal(otps.request({ mobile: nextMobile(), subject: 'ann' })),
  });
  const REFUSED = {
    ...{ cooling: 'cooldown', spent: 'too_many_sends', locked: 'locked' },
    ...{ blocked: 'number_rejected', ranged: 'too_many_sends' },
    ...{ address: 'too_many_sends', device: 'too_many_sends', subject: 'too_many_sends' },
  };

  it('ends no cool-down, limit, lock, stop or live OTP, killed half-way and done twice at once', async () => {
    let running = await deploy(0);
    const kept = await fill(running);
    const paid = { mobile: nextMobile(), purpose: 'paid', binding: { to: 'a' }, subject: 'ben' };
    const live = await running.otps.request(paid);
    expect(await refusals(running, kept)).toEqual(REFUSED);

    for (const changes of [1, 2]) {
      await pause(running);
      const next = await deploy(changes);
      const stopped = privacy(next).rekey({
        batch: BATCH,
        onProgress: ({ otps }) => {
          if (otps >= 2 * BATCH) throw new Error('killed');
        },
      });
      await expect(stopped).rejects.toThrow('killed');
      const sides = await Promise.all([
        privacy(next).rekey({ batch: BATCH }),
        privacy(next).rekey({ batch: 2 * BATCH }),
      ]);
      expect(sides.map(({ left }) => left)).toEqual([0, 0]);
      expect(await privacy(next).rekey()).toEqual({ otps: 0, limits: 0, left: 0 });
      const old = running.app.get(KeyRing);
      const left = await stored();
      for (const mac of [
        ...[old.mobileMac(`+66${kept.spent.slice(1)}`), old.bindingMac({ to: 'a' }), old.ipMac(IP)],
        ...[Buffer.from(old.limitMac('subject', 'ann'), 'hex')],
      ])
        expect(left).not.toContain(mac.toString('hex'));
      expect(left).not.toContain(old.lookupId);
      expect(left).toContain(
        next.app
          .get(KeyRing)
          .mobileMac(`+66${kept.spent.slice(1)}`)
          .toString('hex'),
      );
      await stop(running);
      running = next;
      await controls(running).resumeSends();
      // The pause lets no cool-down end, but the test let time pass.
      await database.query(
        `UPDATE otp_limits SET until = until + interval '15 s' WHERE key LIKE 'cooldown:%' AND until > now()`,
      );
      expect(await refusals(running, kept)).toEqual(REFUSED);
    }
    expect(await running.otps.find({ mobile: paid.mobile })).toMatchObject([{ id: live.id }]);
    expect((await running.otps.request(paid)).id).toBe(live.id);
    expect(await refusal(running.otps.request({ ...paid, subject: 'eve' }))).toBe('cooldown');
    expect(await controls(running).stops()).toMatchObject([
      { kind: 'blocked' },
      { kind: 'guard', range: kept.ranged.slice(0, 5) },
    ]);
    const { proof } = await running.otps.verify(live.id, simulator.codeFor(paid.mobile), live);
    await request(running.url).post('/vault').set('X-OTP-Proof', proof).expect(201);
    expect(await controls(running).unblock({ mobile: kept.blocked })).toBe(true);
    expect(await controls(running).unlock(kept.locked, 'guessed')).toBe(true);
    expect(await running.otps.erase(kept.spent)).toBe(5);
  });

  it('lets codes that are out be entered, on old and on new processes, before it and after it', async () => {
    const old = await deploy(0);
    const ask = async (purpose = 'default') => {
      const mobile = nextMobile();
      const otp = await old.otps.request({ mobile, purpose });
      return { mobile, ...otp, right: simulator.codeFor(mobile) };
    };
    const codes = [await ask(), await ask(), await ask(), await ask()];
    const guessed = await ask('guessed');
    const guesses = wrongCodes(guessed.right, 4);
    const guess = ({ otps }: TestApp) => refusal(otps.verify(guessed.id, guesses.pop()!, guessed));
    const enter = async ({ otps }: TestApp) => {
      const { id, ticket, right, mobile } = codes.pop()!;
      expect((await otps.verify(id, right, { ticket })).mobile).toBe(`+66${mobile.slice(1)}`);
    };
    await pause(old);
    const next = await deploy(1);
    await enter(old);
    await enter(next);
    expect(await guess(old)).toBe('wrong_code');
    const process = await oneOff(1);
    expect(await process.get(OtpPrivacy).rekey()).toMatchObject({ otps: 5, left: 0 });
    await enter(old);
    await enter(next);
    expect([await guess(old), await guess(next)]).toEqual(['wrong_code', 'wrong_code']);
    expect([await guess(next), guesses.length]).toEqual(['locked', 0]);
    for (const t of [old, next])
      expect(await refusal(t.otps.resend(guessed.id, guessed))).toBe('locked');
  });

  it('keeps what proofs, delivery reports and lost answers of before stand for', async () => {
    const old = await deploy(0);
    const ask = { mobile: nextMobile(), purpose: 'paid', binding: { to: 'a' } };
    const otp = await old.otps.request(ask);
    await report(old, ask.mobile).expect(200);
    const { proof } = await old.otps.verify(otp.id, simulator.codeFor(ask.mobile), otp);
    const lost = { mobile: nextMobile() };
    const unknown = await old.otps.request(lost);
    const code = simulator.codeFor(lost.mobile);
    simulator.next('verifyOTP', { drop: 'after' });
    expect(await refusal(old.otps.verify(unknown.id, code, unknown))).toBe('verify_unknown');
    await pause(old);
    const next = await deploy(1);
    // A report that names a receiver is not refused for a row of the other kind.
    await report(next, lost.mobile).expect(200);
    expect(await privacy(next).rekey()).toMatchObject({ otps: 2, left: 0 });
    const lines = (await next.otps.history(otp.id)).length;
    await report(next, ask.mobile).expect(200);
    expect(await next.otps.history(otp.id)).toHaveLength(lines);
    expect(await next.otps.status(unknown.id)).toMatchObject({ delivery: 'delivered' });
    await request(next.url).post('/vault').set('X-OTP-Proof', proof).expect(201);
    const done = await next.otps.verify(unknown.id, code, unknown);
    expect(done).toMatchObject({ repeated: false, mobile: `+66${lost.mobile.slice(1)}` });
    expect((await next.otps.history(unknown.id)).at(-1)).toMatchObject({
      data: { recovered: true },
    });
  });

  it('loses no right code and no attempt beside it', async () => {
    const old = await deploy(0);
    const otps = [];
    for (let n = 0; n < VERIFIES; n++) {
      const mobile = nextMobile();
      otps.push({ mobile, ...(await old.otps.request({ mobile, purpose: 'guessed' })) });
    }
    await pause(old);
    const next = await deploy(1);
    const [done, ...entered] = await Promise.all([
      privacy(next).rekey({ batch: 2 }),
      ...otps.map(async ({ id, ticket, mobile }, n) => {
        const t = n % 2 === 0 ? old : next;
        const right = simulator.codeFor(mobile);
        const [wrong = ''] = wrongCodes(right, 1);
        return [
          await refusal(t.otps.verify(id, wrong, { ticket })),
          await refusal(t.otps.verify(id, right, { ticket })),
        ];
      }),
    ]);
    expect(entered).toEqual(otps.map(() => ['wrong_code', 'done']));
    expect(done.left).toBe(0);
    const keys = next.app.get(KeyRing);
    const { rows } = await database.query(
      `SELECT l.key, cardinality(l.hits) AS hits FROM otp_limits AS l WHERE l.key LIKE 'failures:%'`,
    );
    const macs = otps.map(({ mobile }) => keys.mobileMac(`+66${mobile.slice(1)}`).toString('hex'));
    expect(rows.map(({ key }) => (key as string).split(':').at(-1)).sort()).toEqual(macs.sort());
    for (const { hits } of rows) expect(hits).toBeGreaterThanOrEqual(1);
  });

  describe('is refused', () => {
    const told = async (t: TestApp, onProgress?: (soFar: Rekeyed) => unknown): Promise<string> => {
      const error = await privacy(t)
        .rekey({ batch: 1, onProgress })
        .catch((reason: unknown) => reason as Error);
      return (error as Error).message;
    };

    it('without a pause of all sends, also one that ends meanwhile', async () => {
      const old = await deploy(0);
      for (let n = 0; n < 3; n++) await old.otps.request({ mobile: nextMobile() });
      const next = await deploy(1);
      const needsPause = 'rekey() needs a pause of all sends: call OtpControls.pauseSends()';
      expect(await told(next)).toContain(needsPause);
      await controls(next).pauseSends('default');
      expect(await told(next)).toContain(needsPause);
      await pause(next);
      expect(await told(next, () => controls(next).resumeSends())).toContain(needsPause);
      await pause(next);
      expect(await privacy(next).rekey()).toMatchObject({ otps: 2, left: 0 });
    });

    it('without a former secret', async () => {
      const t = await deploy(0);
      await pause(t);
      expect(await told(t)).toBe('rekey() needs the old "lookupSecret" in "formerLookupSecrets".');
    });
  });

  describe('at boot', () => {
    it('stops a process that would find nothing of before, and says what to do', async () => {
      const t = await deploy(0);
      await t.otps.request({ mobile: nextMobile() });
      for (const bad of [
        { lookupSecret: SECRETS[1]! },
        { lookupSecret: SECRETS[0]!, formerLookupSecrets: [SECRETS[1]!] },
      ]) {
        const boot = bootApp({ database, simulator, options: { ...OPTIONS, ...bad } });
        await expect(boot).rejects.toThrow(
          /option "lookupSecret" is not the one.*Put the old value back.*rekey\(\)/,
        );
      }
    });

    it('warns while it is not finished, not before and not after', async () => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      const warned = (): number =>
        warn.mock.calls.filter(([text]) => String(text).includes('rekey() is not finished')).length;
      const old = await deploy(0);
      await deploy(1);
      expect(warned()).toBe(0);
      await old.otps.request({ mobile: nextMobile() });
      const next = await deploy(1);
      expect(warned()).toBe(1);
      await pause(next);
      const killed = privacy(next).rekey({
        batch: 1,
        onProgress: ({ limits }) => {
          if (limits > 0) throw new Error('killed');
        },
      });
      await expect(killed).rejects.toThrow('killed');
      await deploy(1);
      expect(warned()).toBe(2);
      await privacy(next).rekey();
      await deploy(1);
      expect(warned()).toBe(2);
    });
  });
});
