import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Post, UseGuards } from '@nestjs/common';
import type { ExecutionContext, INestApplication } from '@nestjs/common';
import { OtpGuard, OtpProof, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { OtpOptions, OtpRequest, OtpRequirement } from 'nestjs-ants-otp';
import type { FastifyInstance } from 'fastify';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

interface Incoming {
  headers: Record<string, string | undefined>;
  query: Record<string, unknown>;
  cookies?: unknown;
}
const incoming = (context: ExecutionContext): Incoming =>
  context.switchToHttp().getRequest<Incoming>();
const userOf = (context: ExecutionContext) => incoming(context).headers['x-user'];

/** Reads the proof from the query, and asks a purpose of its own of everybody. */
@Injectable()
class QueryGuard extends OtpGuard {
  protected override requirement(context: ExecutionContext): OtpRequirement | null {
    const requirement = super.requirement(context);
    return requirement && { ...requirement, purpose: 'by-query' };
  }

  protected override tokenOf(context: ExecutionContext): unknown {
    return incoming(context).query['proof'];
  }
}

@Controller('vault')
@UseGuards(OtpGuard)
class VaultController {
  @Post()
  @RequireOtp('vault')
  open(@VerifiedOtp() { mobile, subject }: OtpProof): object {
    return { mobile, subject };
  }

  @Post('by-body')
  @RequireOtp('vault', { proof: 'body' })
  byBody(): void {
    // open
  }

  @Post('of-anybody')
  @RequireOtp('vault', { subject: false })
  ofAnybody(): void {
    // open
  }

  @Post('of-the-other')
  @RequireOtp('vault', { subject: (context) => incoming(context).headers['x-other'] })
  ofTheOther(): void {
    // open
  }
}

@Controller('query')
@UseGuards(QueryGuard)
class QueryController {
  @Post()
  @RequireOtp('vault')
  open(@VerifiedOtp() { mobile }: OtpProof): object {
    return { mobile };
  }
}

/** In the place of a cookie parser, which keeps one cookie of a name: here the planted one. */
function parseCookies(app: INestApplication): void {
  const parse = (req: Incoming, _: unknown, next: () => void): void => {
    const pairs = (req.headers['cookie'] ?? '').split('; ').reverse();
    req.cookies = Object.fromEntries(pairs.map((pair) => pair.split('=')));
    next();
  };
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'express') app.use(parse);
  else (adapter.getInstance() as FastifyInstance).addHook('onRequest', parse as never);
}

describe.each(ADAPTERS)('where the guard finds a proof, on %s', (adapter) => {
  let t: TestApp;
  const apps: TestApp[] = [];
  const boot = async (
    proof?: OtpOptions['proof'],
    setUp?: (app: INestApplication) => void,
  ): Promise<TestApp> => {
    const shared = t as TestApp | undefined;
    const app = await bootApp({
      ...{ adapter, setUp, controllers: [VaultController, QueryController] },
      ...(shared && { database: shared.database, simulator: shared.simulator }),
      options: { proof, subjectSendLimit: { perHour: 1000, perDay: 1000 } },
    });
    apps.unshift(app);
    return app;
  };
  beforeAll(async () => {
    t = await boot();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  const proven = async (ask: Partial<OtpRequest> = {}): Promise<string> => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile, purpose: 'vault', ...ask });
    return (await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket })).proof;
  };
  const seen = ({ status, body }: Response): [number, unknown] => [
    status,
    (body as { code?: unknown } | undefined)?.code,
  ];
  const OPEN = [201, undefined];

  describe("with `from: 'cookie'`", () => {
    let app: TestApp;
    let parsing: TestApp;
    beforeAll(async () => {
      app = await boot({ from: 'cookie', cookie: '__Host-otp' });
      parsing = await boot({ from: 'cookie' }, parseCookies);
    });
    const post = (cookie: string, to = app) =>
      request(to.url).post('/vault').set('Cookie', cookie).then(seen);

    it.each([
      ['alone', (proof: string) => `__Host-otp=${proof}`],
      ['among others', (proof: string) => `a=1;b="2;3";   __Host-otp=${proof};__Host-otp2=x`],
      ['in quotes', (proof: string) => `__Host-otp="${proof}"`],
      ['beside one in another case', (proof: string) => `__Host-otp=${proof}; __host-otp=x`],
    ])('opens to a cookie %s, once', async (_, cookie) => {
      const proof = await proven();
      expect(await post(cookie(proof))).toEqual(OPEN);
      expect(await post(cookie(proof))).toEqual([401, 'proof_consumed']);
    });

    it.each([
      ['in another case', (proof: string) => `__host-otp=${proof}`, 'proof_required'],
      ['with a longer name', (proof: string) => `a__Host-otp=${proof}`, 'proof_required'],
      ['inside of another', (proof: string) => `a=__Host-otp=${proof}`, 'proof_required'],
      ['without a value', () => '__Host-otp=', 'proof_required'],
      ['that is cut short', () => '__Host-otp', 'proof_required'],
      ['in one quote', (proof: string) => `__Host-otp="${proof}`, 'proof_invalid'],
      ['twice', (proof: string) => `__Host-otp=${proof}; __Host-otp=${proof}`, 'proof_required'],
      [
        'beside a planted one',
        (proof: string) => `__Host-otp=x; __Host-otp=${proof}`,
        'proof_required',
      ],
      [
        'before a planted one',
        (proof: string) => `__Host-otp=${proof}; __Host-otp=x`,
        'proof_required',
      ],
      [
        'beside an empty one',
        (proof: string) => `__Host-otp=${proof}; __Host-otp=`,
        'proof_required',
      ],
      [
        'beside one with spaces',
        (proof: string) => `__Host-otp=${proof};__Host-otp = x`,
        'proof_required',
      ],
    ])('stays closed to a cookie %s', async (_, cookie, code) => {
      expect(await post(cookie(await proven()))).toEqual([401, code]);
    });

    it('looks at no header', async () => {
      const call = request(app.url)
        .post('/vault')
        .set('X-OTP-Proof', await proven());
      expect(seen(await call)).toEqual([401, 'proof_required']);
    });

    it('reads the header itself behind a cookie parser, which keeps the planted one of two', async () => {
      const [own, planted] = [await proven(), await proven()];
      const both = `__Host-otp_proof=${planted}; __Host-otp_proof=${own}`;
      expect(await post(both, parsing)).toEqual([401, 'proof_required']);
      expect(await post(`__Host-otp_proof=${own}`, parsing)).toEqual(OPEN);
      // The refused request has used up neither.
      expect(await post(`__Host-otp_proof=${planted}`, parsing)).toEqual(OPEN);
    });
  });

  describe("with `from: 'body'`", () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await boot({ from: 'body', field: 'confirmation' });
    });
    const post = (body?: object) => request(app.url).post('/vault').send(body).then(seen);

    it('opens to the field, once', async () => {
      const confirmation = await proven();
      expect(await post({ confirmation })).toEqual(OPEN);
      expect(await post({ confirmation })).toEqual([401, 'proof_consumed']);
    });

    it.each<[string, object | undefined, string]>([
      ['no body', undefined, 'proof_required'],
      ['a list', ['confirmation'], 'proof_required'],
      ['no field', {}, 'proof_required'],
      ['null', { confirmation: null }, 'proof_required'],
      ['a number', { confirmation: 1 }, 'proof_invalid'],
      ['an object', { confirmation: { length: 3 } }, 'proof_invalid'],
    ])('stays closed to %s', async (_, body, code) => {
      expect(await post(body)).toEqual([401, code]);
    });
  });

  it('takes a route at its word before the module', async () => {
    const call = (body: object) => request(t.url).post('/vault/by-body').send(body);
    const otpProof = await proven();
    expect(seen(await call({}).set('X-OTP-Proof', otpProof))).toEqual([401, 'proof_required']);
    expect(seen(await call({ otpProof }))).toEqual(OPEN);
  });

  it('finds it by a function of the module', async () => {
    const app = await boot({ from: (context) => incoming(context).headers['x-step-up'] });
    const proof = await proven();
    const call = () => request(app.url).post('/vault');
    expect(seen(await call().set('X-OTP-Proof', proof))).toEqual([401, 'proof_required']);
    expect(seen(await call().set('X-Step-Up', proof))).toEqual(OPEN);
  });

  describe('with a subject for the whole module', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await boot({ subject: userOf });
    });
    const post = async (path: string, subject: string | undefined, headers: object) =>
      seen(
        await request(app.url)
          .post(path)
          .set({ 'X-OTP-Proof': await proven({ subject }), ...headers }),
      );

    it.each<[string, string, string | undefined, object, unknown[]]>([
      ['opens to the signed-in user', '/vault', 'ann', { 'x-user': 'ann' }, OPEN],
      ['refuses another user', '/vault', 'ann', { 'x-user': 'bob' }, [401, 'proof_invalid']],
      ['refuses when nobody is signed in', '/vault', 'ann', {}, [401, 'proof_invalid']],
      [
        'refuses a proof of nobody',
        '/vault',
        undefined,
        { 'x-user': 'ann' },
        [401, 'proof_invalid'],
      ],
      ['refuses nobody with a proof of nobody', '/vault', undefined, {}, [401, 'proof_invalid']],
      ['gives way to `false` on a route', '/vault/of-anybody', undefined, {}, OPEN],
      ["gives way to a route's own", '/vault/of-the-other', 'bob', { 'x-other': 'bob' }, OPEN],
      [
        'does not count beside one of the route',
        '/vault/of-the-other',
        'ann',
        { 'x-user': 'ann' },
        [401, 'proof_invalid'],
      ],
    ])('%s', async (_, path, subject, headers, expected) => {
      expect(await post(path, subject, headers)).toEqual(expected);
    });
  });

  it('is told by a subclass that reads another place and asks for another purpose', async () => {
    const proof = await proven({ purpose: 'by-query' });
    const call = (query: object) => request(t.url).post('/query').query(query);
    expect(seen(await call({}).set('X-OTP-Proof', proof))).toEqual([401, 'proof_required']);
    expect(seen(await call({ proof: await proven() }))).toEqual([401, 'proof_invalid']);
    expect(seen(await call({ proof: [proof, proof] }))).toEqual([401, 'proof_invalid']);
    const opened = await call({ proof }).expect(201);
    expect(opened.body).toEqual({ mobile: expect.stringMatching(/^\+66/) });
    expect(seen(await call({ proof }))).toEqual([401, 'proof_consumed']);
  });
});
