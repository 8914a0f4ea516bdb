import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Post, UseGuards } from '@nestjs/common';
import { OtpGuard, RequireOtp } from 'nestjs-ants-otp';
import type { OtpChallenge, OtpOptions } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';
import { outcomes, wrongCodes } from '../support/outcomes.js';

const OLD = 'the-old-secret-'.padEnd(40, 'o');
const NEW = 'the-new-secret-'.padEnd(40, 'n');

/** The secrets of each deploy, as docs/options.md says to rotate them, and the one that signs. */
const DEPLOYS: { secrets: Partial<OtpOptions>; signs: string }[] = [
  { secrets: { secret: OLD }, signs: OLD },
  { secrets: { secret: undefined, secrets: [OLD, NEW], lookupSecret: OLD }, signs: OLD },
  { secrets: { secret: undefined, secrets: [NEW, OLD], lookupSecret: OLD }, signs: NEW },
  { secrets: { secret: undefined, secrets: [NEW], lookupSecret: OLD }, signs: NEW },
];
const LIMITS: Partial<OtpOptions> = {
  purposes: {
    // One SMS in each deploy; the fourth is one too many.
    often: { cooldown: [1], sendLimit: { perHour: 3, perDay: 3 } },
    // One wrong code in each deploy; the fourth meets a locked number.
    guessed: { maxAttempts: 10, lockout: { perHour: 3, perDay: 3 } },
  },
};

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Post()
  @RequireOtp('default')
  open(): void {
    // open
  }
}

/** What users hold while a deploy goes on. */
interface Held {
  mobile: string;
  otp: OtpChallenge;
  code: string;
  /** Path of the webhook with its token. */
  webhook: string;
  proof: string;
  /** A second OTP, to be canceled by its ticket. */
  spare: OtpChallenge;
}

describe.each(ADAPTERS)('a rotation of the secret in three deploys on %s', (adapter) => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let database: TestDatabase;
  beforeAll(async () => {
    await simulator.start();
    database = await createMigratedDatabase();
  });
  const open = new Set<TestApp>();
  afterAll(async () => {
    for (const app of open) await app.close();
    await database.drop();
    await simulator.stop();
  });

  const deploy = async (secrets: Partial<OtpOptions>): Promise<TestApp> => {
    const app = await bootApp({
      ...{ adapter, database, simulator },
      controllers: [VaultController],
      options: { ...LIMITS, ...secrets },
    });
    open.add(app);
    return app;
  };
  const stop = async (app: TestApp): Promise<void> => {
    open.delete(app);
    await app.close();
  };
  const hold = async ({ otps }: TestApp): Promise<Held> => {
    const mobile = nextMobile();
    const otp = await otps.request({ mobile });
    const other = nextMobile();
    const { id, ticket } = await otps.request({ mobile: other });
    return {
      ...{ mobile, otp },
      code: simulator.codeFor(mobile),
      webhook: new URL(simulator.lastSms(mobile)!.notifyUrl!).pathname,
      proof: (await otps.verify(id, simulator.codeFor(other), { ticket })).proof,
      spare: await otps.request({ mobile: nextMobile() }),
    };
  };
  const openVault = ({ url }: TestApp, { proof }: Held) =>
    request(url).post('/vault').set('X-OTP-Proof', proof);
  const report = ({ url }: TestApp, { webhook }: Held) =>
    request(url)
      .post(webhook)
      .send({ details: [{ messageId: '1', status: { name: 'DELIVERED' } }] });
  const refusalOf = async (work: Promise<unknown>): Promise<unknown> =>
    (await outcomes([work])).refused[0];

  /** Everything that was made before goes on in this process. */
  const expectHonoured = async (t: TestApp, held: Held): Promise<void> => {
    const { mobile, otp, code, spare } = held;
    expect(await refusalOf(t.otps.request({ mobile }))).toBe('cooldown');
    await report(t, held).expect(200, '');
    expect(await t.otps.status(otp.id, { ticket: otp.ticket })).toMatchObject({
      delivery: 'delivered',
    });
    await t.otps.cancel(spare.id, { ticket: spare.ticket });
    const done = await t.otps.verify(otp.id, code, { ticket: otp.ticket });
    expect(done.mobile).toBe(`+66${mobile.slice(1)}`);
    await openVault(t, held).expect(201);
    await openVault(t, { ...held, proof: done.proof }).expect(201);
  };

  /** What the old secret made is refused as if somebody had made it up. */
  const expectRefused = async (t: TestApp, held: Held): Promise<void> => {
    const { otp, code } = held;
    const { ticket } = otp;
    for (const call of [
      t.otps.verify(otp.id, code, { ticket }),
      t.otps.resend(otp.id, { ticket }),
      t.otps.status(otp.id, { ticket }),
      t.otps.cancel(otp.id, { ticket }),
    ])
      expect(await refusalOf(call)).toBe('not_found');
    await report(t, held).expect(404, '');
    const answer = await openVault(t, held).expect(401);
    expect(answer.body).toMatchObject({ code: 'proof_invalid' });
    expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect(await t.otps.status(otp.id)).toMatchObject({ status: 'pending', delivery: 'none' });
  };

  it('loses nothing that was made before and no limit, until the old one is dropped', async () => {
    const often = nextMobile();
    const guessed = nextMobile();
    const holder = { subject: 'user-1' };
    const counted: unknown[] = [];
    let running = await deploy(DEPLOYS[0]!.secrets);
    const guess = await running.otps.request({ mobile: guessed, purpose: 'guessed', ...holder });
    const [wrong = ''] = wrongCodes(simulator.codeFor(guessed), 1);
    const count = async (): Promise<void> => {
      counted.push([
        await refusalOf(running.otps.request({ mobile: often, purpose: 'often' })),
        await refusalOf(running.otps.verify(guess.id, wrong, holder)),
      ]);
      await database.age('2 s');
    };
    await count();
    let signedByOld = await hold(running);
    for (const { secrets, signs } of DEPLOYS.slice(1)) {
      const next = await deploy(secrets);
      // Both answer while a deploy goes on, and a user may come to either.
      await expectHonoured(next, await hold(running));
      await expectHonoured(running, await hold(next));
      const held = await hold(running);
      await stop(running);
      running = next;
      await expectHonoured(running, held);
      if (signs === OLD) signedByOld = await hold(running);
      await count();
    }
    expect(counted).toEqual([
      [undefined, 'wrong_code'],
      [undefined, 'wrong_code'],
      [undefined, 'wrong_code'],
      ['too_many_sends', 'locked'],
    ]);
    await expectRefused(running, signedByOld);
  });
});
