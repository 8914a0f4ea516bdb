import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Post, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext, Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { OtpGuard, OtpOptional, OtpProof, RequireOtp, SkipOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { OtpOptions, OtpRequest, OtpRequirement } from 'nestjs-ants-otp';
import { ExtractJwt, Strategy } from 'passport-jwt';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

@Controller('plain')
class PlainController {
  @Get()
  unmarked(): void {
    // open only by `proof.required`
  }

  @Get('marked')
  @RequireOtp('vault')
  marked(@VerifiedOtp() { mobile }: OtpProof): object {
    return { mobile };
  }

  @Get('twice')
  @UseGuards(OtpGuard)
  @RequireOtp('vault')
  twice(): void {
    // one proof for both guards
  }

  @Get('optional')
  @OtpOptional('vault')
  optional(@VerifiedOtp() proof?: OtpProof): object {
    return { mobile: proof?.mobile ?? null };
  }

  @Get('open')
  @SkipOtp()
  open(): void {
    // open
  }

  @Get('open-and-greedy')
  @SkipOtp()
  openAndGreedy(@VerifiedOtp() proof: OtpProof): object {
    return proof;
  }
}

@Controller('open')
@SkipOtp()
class OpenController {
  @Get()
  open(): void {
    // open
  }

  @Get('but')
  @RequireOtp('vault')
  but(): void {
    // closed again
  }
}

/** It takes over the routes of its parent, and not the mark of its class. */
@Controller('heir')
@RequireOtp('vault')
class HeirController extends OpenController {}

@Controller('foreign')
class ForeignController {
  @Get()
  open(): void {
    // of another package, which nobody can mark
  }
}

@Injectable()
class LenientGuard extends OtpGuard {
  protected override requirement(context: ExecutionContext): OtpRequirement | null {
    return context.getClass() === ForeignController ? null : super.requirement(context);
  }
}

const CONTROLLERS = [PlainController, OpenController, HeirController, ForeignController];
const JWT_SECRET = 'the-secret-of-the-sessions-of-the-tests';

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: JWT_SECRET });
  }

  validate({ sub }: { sub: string }): object {
    return { id: sub };
  }
}

@Injectable()
class JwtGuard extends AuthGuard('jwt') implements CanActivate {}

@Controller('accounts')
class AccountsController {
  @Post('right-order')
  @UseGuards(AuthGuard('jwt'), OtpGuard)
  @RequireOtp('vault')
  rightOrder(): void {
    // open
  }

  @Post('wrong-order')
  @UseGuards(OtpGuard, AuthGuard('jwt'))
  @RequireOtp('vault')
  wrongOrder(): void {
    // never reached
  }
}

describe.each(ADAPTERS)('an OtpGuard for the whole app, on %s', (adapter) => {
  let t: TestApp;
  const apps: TestApp[] = [];
  const boot = async (providers: Provider[], proof?: OtpOptions['proof']): Promise<TestApp> => {
    const shared = t as TestApp | undefined;
    const app = await bootApp({
      ...{ adapter, providers, controllers: [...CONTROLLERS, AccountsController] },
      ...(shared && { database: shared.database, simulator: shared.simulator }),
      options: { proof, purposes: { vault: {} } },
      extras: { routes: true },
    });
    apps.unshift(app);
    return app;
  };
  beforeAll(async () => {
    t = await boot([{ provide: APP_GUARD, useExisting: OtpGuard }, JwtStrategy]);
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  const proven = async (ask: Partial<OtpRequest> = {}): Promise<string> => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile, purpose: 'vault', ...ask });
    return (await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket })).proof;
  };
  const get = (path: string, proof?: string, to = t) => {
    const call = request(to.url).get(path);
    return proof === undefined ? call : call.set('X-OTP-Proof', proof);
  };
  const seen = ({ status, body }: Response): [number, unknown] => [
    status,
    (body as { code?: unknown } | undefined)?.code,
  ];

  it.each(['/plain/marked', '/open/but', '/heir', '/heir/but', '/plain/twice'])(
    'asks a proof at %s, once',
    async (path) => {
      const proof = await proven();
      expect(seen(await get(path))).toEqual([401, 'proof_required']);
      expect(seen(await get(path, proof))).toEqual([200, undefined]);
      expect(seen(await get(path, proof))).toEqual([401, 'proof_consumed']);
    },
  );

  it.each(['/plain/open', '/open'])('lets everybody in at %s', async (path) => {
    expect(seen(await get(path))).toEqual([200, undefined]);
    expect(seen(await get(path, 'x'))).toEqual([200, undefined]);
  });

  it.each(['/plain', '/foreign'])('keeps %s closed, which nobody marked', async (path) => {
    expect((await get(path)).status).toBe(500);
    expect((await get(path, await proven())).status).toBe(500);
  });

  it('gives no proof to an open route', async () => {
    expect((await get('/plain/open-and-greedy', await proven())).status).toBe(500);
  });

  it("lets ANTS' reports and the ready routes through", async () => {
    const mobile = nextMobile();
    const asked = await request(t.url).post('/otp').send({ mobile, purpose: 'vault' }).expect(201);
    await t.simulator.reportsSettled();
    const { id } = asked.body as { id: string };
    expect(await t.otps.status(id)).toMatchObject({ delivery: 'delivered' });
  });

  describe('@OtpOptional', () => {
    it('gives the proof if there is one, and uses it up', async () => {
      const proof = await proven();
      const answer = await get('/plain/optional', proof).expect(200);
      expect(answer.body).toEqual({ mobile: expect.stringMatching(/^\+66/) });
      expect(seen(await get('/plain/optional', proof))).toEqual([401, 'proof_consumed']);
    });

    it.each([undefined, ''])('gives none for %j', async (proof) => {
      const answer = await get('/plain/optional', proof).expect(200);
      expect(answer.body).toEqual({ mobile: null });
    });

    it.each<[string, () => Promise<string>]>([
      ['a word', () => Promise.resolve('x')],
      ['a proof of another purpose', () => proven({ purpose: 'other' })],
      ['a bound proof', () => proven({ binding: { to: 'A' } })],
    ])('refuses %s', async (_, proof) => {
      const answer = await get('/plain/optional', await proof());
      expect(seen(answer)).toEqual([401, 'proof_invalid']);
      expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication');
    });
  });

  it('asks what `proof.required` says where nobody marked anything', async () => {
    const app = await boot([{ provide: APP_GUARD, useExisting: OtpGuard }], {
      required: { purpose: 'app', reuse: true },
    });
    const proof = await proven({ purpose: 'app' });
    expect(seen(await get('/plain', undefined, app))).toEqual([401, 'proof_required']);
    expect(seen(await get('/plain', await proven(), app))).toEqual([401, 'proof_invalid']);
    expect(seen(await get('/plain', proof, app))).toEqual([200, undefined]);
    expect(seen(await get('/foreign', proof, app))).toEqual([200, undefined]);
    expect(seen(await get('/plain/marked', proof, app))).toEqual([401, 'proof_invalid']);
    expect(seen(await get('/plain/open', undefined, app))).toEqual([200, undefined]);
  });

  it('is told by a subclass what is open though nobody marked it', async () => {
    const app = await boot([{ provide: APP_GUARD, useClass: LenientGuard }]);
    expect(seen(await get('/foreign', undefined, app))).toEqual([200, undefined]);
    expect((await get('/plain', undefined, app)).status).toBe(500);
    expect(seen(await get('/plain/marked', undefined, app))).toEqual([401, 'proof_required']);
  });

  describe('with the JWT guard of @nestjs/passport', () => {
    const subject = (context: ExecutionContext) =>
      context.switchToHttp().getRequest<{ user?: { id: string } }>().user?.id;
    const session = (sub: string) => new JwtService({ secret: JWT_SECRET }).sign({ sub });
    let routes: TestApp;
    let whole: TestApp;
    beforeAll(async () => {
      routes = await boot([JwtStrategy], { subject });
      const guards = [
        { provide: APP_GUARD, useClass: JwtGuard },
        { provide: APP_GUARD, useExisting: OtpGuard },
      ];
      whole = await boot([JwtStrategy, ...guards], { subject });
    });
    const post = async (path: string, user?: string) => {
      const call = request(routes.url)
        .post(path)
        .set('X-OTP-Proof', await proven({ subject: 'ann' }));
      return seen(await (user === undefined ? call : call.auth(session(user), { type: 'bearer' })));
    };

    it('knows who is signed in when that guard comes first', async () => {
      expect(await post('/accounts/right-order', 'ann')).toEqual([201, undefined]);
      expect(await post('/accounts/right-order', 'bob')).toEqual([401, 'proof_invalid']);
      expect(await post('/accounts/right-order')).toEqual([401, undefined]);
    });

    it('refuses everybody when that guard comes last', async () => {
      expect(await post('/accounts/wrong-order', 'ann')).toEqual([401, 'proof_invalid']);
    });

    it('knows it for the whole app, both as global guards in this order', async () => {
      const marked = async (user: string, holder = 'ann') =>
        seen(
          await get('/plain/marked', await proven({ subject: holder }), whole).auth(session(user), {
            type: 'bearer',
          }),
        );
      expect(await marked('ann')).toEqual([200, undefined]);
      expect(await marked('bob')).toEqual([401, 'proof_invalid']);
      expect(seen(await get('/plain/marked', await proven(), whole))).toEqual([401, undefined]);
    });
  });
});

describe('two marks on one place', () => {
  it.each<[string, MethodDecorator & ClassDecorator]>([
    ['@SkipOtp', SkipOtp()],
    ['@OtpOptional', OtpOptional('vault')],
    ['another @RequireOtp', RequireOtp('other')],
  ])('are refused: @RequireOtp and %s', (_, second) => {
    const onMethod = (): void => {
      class Routes {
        @RequireOtp('vault')
        @second
        open(): void {
          // never defined
        }
      }
      new Routes().open();
    };
    const onClass = (): void => {
      @RequireOtp('vault')
      @second
      class Routes {}
      new Routes();
    };
    const said = 'takes one of @RequireOtp, @OtpOptional and @SkipOtp, not two.';
    expect(onMethod).toThrow(`Routes.open ${said}`);
    expect(onClass).toThrow(`Routes ${said}`);
  });
});
