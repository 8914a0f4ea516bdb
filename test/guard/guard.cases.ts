import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { OtpGuard, OtpProof, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { OtpRequest, OtpVerification } from 'nestjs-ants-otp';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { DataSource } from 'typeorm';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { runLog } from '../support/leaks/run-log.js';

interface Incoming {
  headers: Record<string, string | undefined>;
  body?: { payment?: unknown; proof?: string };
}
const incoming = (context: ExecutionContext): Incoming =>
  context.switchToHttp().getRequest<Incoming>();

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Post()
  @RequireOtp('vault')
  open(@VerifiedOtp() { id, purpose, subject, mobile, verifiedAt }: OtpProof): object {
    return { id, purpose, subject, mobile, verifiedAt };
  }

  @Post('fresh')
  @RequireOtp('vault', { maxAge: 300 })
  fresh(): void {
    // open
  }

  @Post('reusable')
  @RequireOtp('vault', { reuse: true })
  reusable(): void {
    // open
  }

  @Post('failing')
  @RequireOtp('vault')
  failing(): never {
    throw new Error('The handler failed.');
  }

  @Post('payments')
  @RequireOtp('vault', { binding: (context) => incoming(context).body?.payment })
  pay(): void {
    // open
  }

  @Post('mine')
  @RequireOtp('vault', { subject: (context) => incoming(context).headers['x-user'] })
  mine(): void {
    // open
  }

  @Post('by-body')
  @RequireOtp('vault', { proof: (context) => incoming(context).body?.proof })
  byBody(): void {
    // open
  }

  @Post('by-cookie')
  @RequireOtp('vault', {
    proof: (context) => /otp=([^;]+)/.exec(incoming(context).headers.cookie ?? '')?.[1],
  })
  byCookie(): void {
    // open
  }

  @Post('forgotten')
  forgotten(): void {
    // never reached
  }
}

@Controller('class')
@UseGuards(OtpGuard)
@RequireOtp('vault')
class GuardedClassController {
  @Post()
  open(): void {
    // open
  }

  @Post('twice')
  @UseGuards(OtpGuard)
  twice(): void {
    // open
  }

  @Post('other')
  @RequireOtp('other')
  other(): void {
    // open
  }
}

@Controller('unguarded')
class UnguardedController {
  @Post()
  open(@VerifiedOtp() proof: OtpProof): object {
    return { id: proof.id };
  }
}

@Controller('transfers')
class TransferController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Post()
  @HttpCode(200)
  @UseGuards(OtpGuard)
  @RequireOtp('vault', { consume: 'handler' })
  async transfer(@VerifiedOtp() proof: OtpProof, @Body() body?: { fail?: boolean }): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO transfers VALUES ($1)', [proof.id]);
      await proof.consume(manager);
      if (body?.fail) throw new Error('The transfer failed.');
    });
  }
}

const CONTROLLERS = [
  VaultController,
  GuardedClassController,
  UnguardedController,
  TransferController,
];
const CHALLENGE =
  'Bearer error="insufficient_user_authentication", error_description="A fresh SMS code is required"';

describe.each(ADAPTERS)('OtpGuard on %s', (adapter) => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp({ adapter, controllers: CONTROLLERS });
    await t.database.query('CREATE TABLE transfers (otp_id uuid)');
  });
  afterAll(() => t.close());

  /** A right code's answer, and what it takes to send the code again. */
  const verified = async (
    ask: Partial<OtpRequest> = {},
    by = t,
  ): Promise<OtpVerification & { id: string; again: () => Promise<OtpVerification> }> => {
    const mobile = nextMobile();
    const { id, ticket } = await by.otps.request({ mobile, purpose: 'vault', ...ask });
    const code = by.simulator.codeFor(mobile);
    const verify = () => by.otps.verify(id, code, { ticket });
    return { ...(await verify()), id, again: verify };
  };
  const proven = async (ask?: Partial<OtpRequest>, by?: TestApp): Promise<string> =>
    (await verified(ask, by)).proof;
  const post = (path: string, proof?: string) => {
    const call = request(t.url).post(path);
    return proof === undefined ? call : call.set('X-OTP-Proof', proof);
  };
  /** The status, and the code of a refusal. */
  const seen = ({ status, body }: Response): [number, unknown] => [
    status,
    (body as { code?: unknown } | undefined)?.code,
  ];
  const transfersOf = async (id: string): Promise<number> => {
    const { rows } = await t.database.query('SELECT FROM transfers WHERE otp_id = $1', [id]);
    return rows.length;
  };

  describe('without a fitting proof', () => {
    it('asks for one (RFC 9470)', async () => {
      const answer = await post('/vault').expect(401);
      expect(answer.body).toEqual({
        statusCode: 401,
        code: 'proof_required',
        message: 'Confirm this action with a code by SMS first.',
      });
      expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
    });

    it('names the greatest age it takes', async () => {
      const answer = await post('/vault/fresh').expect(401);
      expect(answer.headers['www-authenticate']).toBe(`${CHALLENGE}, max_age="300"`);
    });

    it('asks in Thai', async () => {
      const answer = await post('/vault').set('Accept-Language', 'th').expect(401);
      expect(answer.body).toMatchObject({ message: expect.stringContaining('ยืนยัน') });
    });

    it('asks again when the header is empty', async () => {
      expect(seen(await post('/vault', ''))).toEqual([401, 'proof_required']);
    });

    it.each<[name: string, proof: () => string | Promise<string>]>([
      ['a word', () => 'x'],
      ['three words', () => 'a.b.c'],
      ['a JWT of nobody', () => 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA'],
      ['a proof without its end', async () => (await proven()).slice(0, -2)],
      ['two proofs', async () => `${await proven()}, ${await proven()}`],
      ['5000 letters', () => 'x'.repeat(5000)],
    ])('refuses %s', async (_, proof) => {
      const answer = await post('/vault', await proof());
      expect(seen(answer)).toEqual([401, 'proof_invalid']);
      expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
    });

    it('answers 403 where the app asks for it', async () => {
      const { database, simulator } = t;
      const options = { refusalStatus: 403 as const };
      const app = await bootApp({
        ...{ adapter, database, simulator, options },
        controllers: CONTROLLERS,
      });
      const proof = await proven();
      const open = (path: string) => request(app.url).post(path).set('X-OTP-Proof', proof);
      try {
        expect(seen(await request(app.url).post('/vault'))).toEqual([403, 'proof_required']);
        expect(seen(await open('/class/other'))).toEqual([403, 'proof_invalid']);
        await open('/vault').expect(201);
        expect(seen(await open('/vault'))).toEqual([403, 'proof_consumed']);
        expect(seen(await open('/transfers'))).toEqual([403, 'proof_consumed']);
      } finally {
        await app.close();
      }
    });
  });

  describe('with a proof', () => {
    it('tells the handler what was proven', async () => {
      const { proof, id, mobile, verifiedAt } = await verified({ subject: 'user-1' });
      const answer = await post('/vault', proof).send({ mobile: '0899999999' }).expect(201);
      verifiedAt.setMilliseconds(0);
      expect(answer.body).toEqual({
        ...{ id, mobile, purpose: 'vault', subject: 'user-1' },
        verifiedAt: verifiedAt.toISOString(),
      });
    });

    it('opens once for the two answers to a code that was sent twice', async () => {
      const { proof, again } = await verified();
      const repeat = await again();
      expect(repeat.repeated).toBe(true);
      await post('/vault', repeat.proof).expect(201);
      expect(seen(await post('/vault', proof))).toEqual([401, 'proof_consumed']);
    });

    it('opens as often as wanted where it is reusable', async () => {
      const { proof, id } = await verified();
      await post('/vault/reusable', proof).expect(201);
      await post('/vault/reusable', proof).expect(201);
      expect(await t.otps.status(id)).toMatchObject({ consumedAt: null });
    });

    it('is spent when the handler fails', async () => {
      const proof = await proven();
      await post('/vault/failing', proof).expect(500);
      expect(seen(await post('/vault', proof))).toEqual([401, 'proof_consumed']);
    });

    it('is not spent by a refusal', async () => {
      const proof = await proven();
      await post('/vault/payments', proof).send({ payment: 1 }).expect(401);
      await post('/vault', proof).expect(201);
    });

    it('does not open while the database is away', async () => {
      const app = await bootApp({ adapter, simulator: t.simulator, controllers: CONTROLLERS });
      const proof = await proven({}, app);
      await app.simulator.reportsSettled();
      await app.database.drop();
      try {
        const answer = await request(app.url).post('/vault').set('X-OTP-Proof', proof);
        expect(seen(answer)).toEqual([503, 'unavailable']);
      } finally {
        await app.app.close();
      }
    });

    it.each([
      ['the body', (proof: string) => post('/vault/by-body').send({ proof })],
      ['a cookie', (proof: string) => post('/vault/by-cookie').set('Cookie', `a=1; otp=${proof}`)],
    ])('is found in %s by an extractor, and nowhere else', async (_, open) => {
      const proof = await proven();
      const { status } = await open('');
      expect(status).toBe(401);
      await open(proof).expect(201);
      expect(seen(await open(proof))).toEqual([401, 'proof_consumed']);
    });

    it('is not looked for in the header where the route has an extractor', async () => {
      const answer = await post('/vault/by-body', await proven());
      expect(seen(answer)).toEqual([401, 'proof_required']);
    });

    it('is invalid where an extractor finds something that is no text', async () => {
      const answer = await post('/vault/by-body').send({ proof: { length: 1 } });
      expect(seen(answer)).toEqual([401, 'proof_invalid']);
    });
  });

  describe('in the transaction of the handler', () => {
    it('gives the proof back when the transaction is rolled back', async () => {
      const { proof, id } = await verified();
      await post('/transfers', proof).send({ fail: true }).expect(500);
      expect(await transfersOf(id)).toBe(0);
      await post('/transfers', proof).expect(200);
      expect(await transfersOf(id)).toBe(1);
    });

    it('spends the proof when the transaction is committed', async () => {
      const { proof, id } = await verified();
      await post('/transfers', proof).expect(200);
      expect(seen(await post('/transfers', proof))).toEqual([401, 'proof_consumed']);
      expect(seen(await post('/vault', proof))).toEqual([401, 'proof_consumed']);
      expect(await transfersOf(id)).toBe(1);
    });

    it('commits one of five at once', async () => {
      const { proof, id } = await verified();
      const answers = await Promise.all(Array.from({ length: 5 }, () => post('/transfers', proof)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.map(seen).filter(([, code]) => code === 'proof_consumed')).toHaveLength(4);
      expect(await transfersOf(id)).toBe(1);
    });

    it('is refused for a proof that was revoked', async () => {
      const { proof, id } = await verified();
      expect(await t.otps.revoke(id)).toBe(true);
      expect(seen(await post('/transfers', proof))).toEqual([401, 'proof_consumed']);
      expect(await transfersOf(id)).toBe(0);
    });

    it('leaves one "consumed" in the history', async () => {
      const { proof, id } = await verified();
      await post('/transfers', proof).send({ fail: true });
      await post('/transfers', proof).expect(200);
      const types = (await t.otps.history(id)).map(({ type }) => type);
      expect(types.filter((type) => type === 'consumed')).toHaveLength(1);
    });

    it('sends the challenge with a refusal, as the guard does (RFC 9110, 15.5.2)', async () => {
      const proof = await proven();
      await post('/transfers', proof).expect(200);
      const again = await post('/transfers', proof).expect(401);
      expect(again.headers['www-authenticate']).toBe(CHALLENGE);
    });
  });

  describe('with a binding', () => {
    const payment = { to: '123-4-56789', amount: 100 };
    const pay = async (binding: unknown, body: object | undefined) =>
      seen(await post('/vault/payments', await proven({ binding })).send(body));

    it.each([
      ['is equal', payment],
      ['has its keys in another order', { amount: 100, to: '123-4-56789' }],
    ])('opens to what %s', async (_, shown) => {
      expect(await pay(payment, { payment: shown })).toEqual([201, undefined]);
    });

    it.each([
      ['one more field', { ...payment, note: '' }],
      ['no field', {}],
      ['a list of it', [payment]],
      ['null', null],
    ])('refuses %s', async (_, shown) => {
      expect(await pay(payment, { payment: shown })).toEqual([401, 'proof_invalid']);
    });

    it('refuses a request without the bound data', async () => {
      expect(await pay(payment, undefined)).toEqual([401, 'proof_invalid']);
    });

    it('opens no route that does not look at it', async () => {
      const proof = await proven({ binding: payment });
      expect(seen(await post('/vault', proof))).toEqual([401, 'proof_invalid']);
    });

    it('refuses data nested too deep to be compared', async () => {
      const answer = await post('/vault/payments', await proven({ binding: payment }))
        .set('Content-Type', 'application/json')
        .send(`{"payment":${'['.repeat(45_000)}${']'.repeat(45_000)}}`);
      expect(seen(answer)).toEqual([401, 'proof_invalid']);
    });
  });

  describe('with a subject', () => {
    const openAs = async (user: string | undefined, subject?: string) => {
      const call = post('/vault/mine', await proven({ subject }));
      return seen(await (user === undefined ? call : call.set('X-User', user)));
    };

    it('opens to the user who asked', async () => {
      expect(await openAs('user-1', 'user-1')).toEqual([201, undefined]);
    });

    it.each([
      ['nobody', undefined, 'user-1'],
      ['nobody, for a proof without a subject', undefined, undefined],
      ['an empty user', '', 'user-1'],
    ])('refuses %s', async (_, user, subject) => {
      expect(await openAs(user, subject)).toEqual([401, 'proof_invalid']);
    });
  });

  describe('on a class', () => {
    it('guards every route of it', async () => {
      expect(seen(await post('/class'))).toEqual([401, 'proof_required']);
      await post('/class', await proven()).expect(201);
    });

    it('and on its method uses the proof up once', async () => {
      const { proof, id } = await verified();
      await post('/class/twice', proof).expect(201);
      expect(seen(await post('/class/twice', proof))).toEqual([401, 'proof_consumed']);
      const types = (await t.otps.history(id)).map(({ type }) => type);
      expect(types.filter((type) => type === 'consumed')).toHaveLength(1);
    });

    it('gives way to the purpose of a method', async () => {
      expect(seen(await post('/class/other', await proven()))).toEqual([401, 'proof_invalid']);
      await post('/class/other', await proven({ purpose: 'other' })).expect(201);
    });
  });

  describe('when a decorator was forgotten', () => {
    const logged: string[] = [];
    beforeAll(() => {
      const error = (message: unknown): void => {
        logged.push(String(message));
      };
      t.app.useLogger(runLog({ error }));
    });
    afterAll(() => {
      t.app.useLogger(runLog());
    });

    it('stays closed without @RequireOtp and says what is missing', async () => {
      await post('/vault/forgotten', await proven()).expect(500);
      expect(logged.at(-1)).toContain(
        "OtpGuard on VaultController.forgotten needs @RequireOtp('<purpose>').",
      );
    });

    it('gives no proof to @VerifiedOtp() without the guard and says what is missing', async () => {
      await post('/unguarded', await proven()).expect(500);
      expect(logged.at(-1)).toContain(
        '@VerifiedOtp() needs @UseGuards(OtpGuard) and @RequireOtp(…) on the route.',
      );
    });
  });
});
