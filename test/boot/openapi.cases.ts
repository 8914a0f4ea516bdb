import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import {
  ApiExcludeController,
  ApiHeader,
  ApiOkResponse,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import {
  OTP_ERRORS,
  OtpException,
  OtpGuard,
  OtpOptional,
  RequireOtp,
  SkipOtp,
  withOtpProofScheme,
} from 'nestjs-ants-otp';
import type { OtpChallenge, OtpErrorCode, OtpVerificationBody } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { READY_ROUTES } from '../../src/http/openapi/ready-routes.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { AnswerCheck, documentErrors } from '../support/openapi.js';

@Controller('vault')
@UseGuards(OtpGuard)
@RequireOtp('vault', { maxAge: 300 })
class VaultController {
  @Post()
  @HttpCode(202)
  open(): string {
    return 'open';
  }

  @Get('look')
  @OtpOptional('look', { proof: 'cookie' })
  @ApiOkResponse({ description: 'What is in it.', type: String })
  look(): string {
    return 'gold';
  }

  @Get('door')
  @SkipOtp()
  door(): string {
    return 'oak';
  }
}

/** As the compiler's plugin of swagger leaves a class, with a header that the app describes itself. */
@Controller('compiled')
class CompiledController {
  static _OPENAPI_METADATA_FACTORY() {
    return { open: { type: String } };
  }

  @Post()
  @RequireOtp('vault')
  @ApiHeader({ name: 'X-OTP-Proof', description: 'From the login.' })
  open(): string {
    return 'open';
  }
}

const ROUTES = {
  request: ['post', '/otp'],
  resend: ['post', '/otp/{otpId}/resend'],
  verify: ['post', '/otp/{otpId}/verify'],
  status: ['get', '/otp/{otpId}'],
  events: ['get', '/otp/{otpId}/events'],
} as const satisfies Record<keyof typeof READY_ROUTES, ['get' | 'post', string]>;

const documentOf = (app: INestApplication, openapi = '3.0.0'): OpenAPIObject =>
  SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle('A shop').setOpenAPIVersion(openapi).build(),
  );

describe.each(ADAPTERS)('the OpenAPI document of an app on %s', (adapter) => {
  let t: TestApp;
  let document: OpenAPIObject;
  let answers: AnswerCheck;
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      extras: { routes: true },
      controllers: [VaultController, CompiledController],
      options: {
        cooldown: [60],
        beforeSend: ({ context }) =>
          context['captcha'] === 'none' ? { challenge: { siteKey: 'k' } } : 'allow',
      },
    });
    document = documentOf(t.app);
    answers = new AnswerCheck(document);
  });
  afterAll(() => t.close());

  it.each(['3.0.0', '3.1.0'])('is valid by OpenAPI %s', async (version) => {
    expect(await documentErrors(documentOf(t.app, version))).toEqual([]);
  });

  it("shows the ready routes and the app's own, and not the webhook", () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      ...['/compiled', '/otp', '/otp/{otpId}', '/otp/{otpId}/events', '/otp/{otpId}/resend'],
      ...['/otp/{otpId}/verify', '/vault', '/vault/door', '/vault/look'],
    ]);
  });

  it('shows what a request takes', () => {
    expect(document.components?.schemas?.['RequestOtpDto']).toMatchObject({
      required: ['mobile'],
      properties: { mobile: { type: 'string', maxLength: 64 }, captcha: { maxLength: 4096 } },
    });
    const { parameters } = document.paths[ROUTES.status[1]]!.get!;
    expect(parameters).toMatchObject([
      { in: 'path', name: 'otpId', required: true },
      { in: 'header', name: 'x-otp-ticket', required: true },
      { in: 'header', name: 'accept-language', required: false },
    ]);
  });

  it('shows when to come again', () => {
    const { responses } = document.paths['/otp']!.post!;
    expect(responses[429]).toMatchObject({
      headers: { 'Retry-After': { schema: { type: 'integer' } } },
    });
  });

  it('shows what a marked route wants, and how it refuses', () => {
    const { post } = document.paths['/vault']!;
    expect(post!.parameters).toMatchObject([{ in: 'header', name: 'x-otp-proof', required: true }]);
    expect(Object.keys(post!.responses)).toEqual(['202', '401']);
    const look = document.paths['/vault/look']!.get!;
    expect(look.parameters).toMatchObject([
      { in: 'cookie', name: '__Host-otp_proof', required: false },
    ]);
    expect(look.responses[200]).toMatchObject({ description: 'What is in it.' });
    expect(document.paths['/vault/door']!.get!.parameters).toEqual([]);
  });

  it('shows proofs as security schemes if it is told so', async () => {
    const config = new DocumentBuilder()
      .setTitle('A shop')
      .addBearerAuth()
      .addSecurityRequirements('bearer');
    const shown = withOtpProofScheme(SwaggerModule.createDocument(t.app, config.build()));
    expect(await documentErrors(shown)).toEqual([]);
    expect(shown.components?.securitySchemes).toMatchObject({
      bearer: { type: 'http' },
      'x-otp-proof': { type: 'apiKey', in: 'header', name: 'x-otp-proof' },
      '__Host-otp_proof': { type: 'apiKey', in: 'cookie', name: '__Host-otp_proof' },
    });
    const { post } = shown.paths['/vault']!;
    expect(post).toMatchObject({
      parameters: [],
      security: [{ bearer: [], 'x-otp-proof': [] }],
    });
    // An optional proof: without, or with one.
    expect(shown.paths['/vault/look']!.get!.security).toEqual([
      { bearer: [] },
      { bearer: [], '__Host-otp_proof': [] },
    ]);
    expect(shown.paths['/vault/door']!.get!.security).toBeUndefined();
    expect(withOtpProofScheme(documentOf(t.app)).paths['/vault']!.post!.security).toEqual([
      { 'x-otp-proof': [] },
    ]);
  });

  it('takes nothing away that the app or the plugin says', () => {
    const { post } = document.paths['/compiled']!;
    expect(post!.parameters).toMatchObject([
      { name: 'X-OTP-Proof', description: 'From the login.' },
    ]);
    expect(post!.responses).toMatchObject({
      201: { content: { 'application/json': { schema: { type: 'string' } } } },
    });
  });

  const routes = Object.entries(READY_ROUTES) as [
    keyof typeof ROUTES,
    { errors: readonly OtpErrorCode[] },
  ][];
  it.each(routes)('has a schema for every refusal of %s', (route, { errors }) => {
    for (const code of errors) {
      const refusal = new OtpException({
        ...{ code, retryAfter: 60, attemptsLeft: 1, referenceCode: 'QWER', challenge: { a: 1 } },
      });
      const [method, path] = ROUTES[route];
      const { status } = OTP_ERRORS[code];
      expect(answers.errorsOf(method, path, status, refusal.getResponse())).toEqual([]);
    }
  });

  it('finds an answer that is not as it says', () => {
    const body = { statusCode: 429, code: 'wrong_code', message: 'No.' };
    expect(answers.errorsOf('post', '/otp', 429, body)).not.toEqual([]);
    expect(answers.errorsOf('post', '/otp', 201, { id: 7 })).not.toEqual([]);
    expect(answers.errorsOf('post', '/otp', 418, {})).not.toEqual([]);
  });

  /** Calls a route, and compares the answer with the document. */
  async function call<T>(
    route: keyof typeof ROUTES,
    status: number,
    { id = '', ticket = '', ...body }: Record<string, string> = {},
  ): Promise<T & { code?: OtpErrorCode }> {
    const [method, path] = ROUTES[route];
    const url = path.replace('{otpId}', id);
    const answer =
      method === 'get'
        ? await request(t.url).get(url).set('x-otp-ticket', ticket)
        : await request(t.url)
            .post(url)
            .send({ ...body, ...(ticket && { ticket }) });
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
    expect(answers.errorsOf(method, path, status, answer.body)).toEqual([]);
    return answer.body as T & { code?: OtpErrorCode };
  }

  const wrongFor = (mobile: string): string =>
    t.simulator.codeFor(mobile) === '000000' ? '111111' : '000000';

  it('is what the routes really answer, from the request to the proof', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await call<OtpChallenge>('request', 201, { mobile });
    await call('status', 200, { id, ticket });
    expect((await call('request', 429, { mobile })).code).toBe('cooldown');
    expect((await call('verify', 422, { id, ticket, code: wrongFor(mobile) })).code).toBe(
      'wrong_code',
    );
    await t.database.age('61 s');
    await call('resend', 200, { id, ticket });
    const code = t.simulator.codeFor(mobile);
    await call<OtpVerificationBody>('verify', 200, { id, ticket, code });
    const other = wrongFor(mobile);
    expect((await call('verify', 409, { id, ticket, code: other })).code).toBe('already_used');
    await call('status', 200, { id, ticket });
  });

  it('is what the routes really answer to whom they refuse', async () => {
    const mobile = nextMobile();
    expect((await call('request', 400, { mobile: '1' })).code).toBe('invalid_mobile');
    expect((await call('request', 400)).code).toBe('invalid_request');
    expect((await call('request', 403, { mobile, captcha: 'none' })).code).toBe(
      'challenge_required',
    );
    expect((await call('request', 413, { mobile: 'x'.repeat(1_100_000) })).code).toBe(
      'invalid_request',
    );
    t.simulator.next('requestOTP', { error: '0301' });
    expect((await call('request', 503, { mobile })).code).toBe('send_failed');
    t.simulator.next('requestOTP', { drop: 'after' });
    expect((await call('request', 504, { mobile })).code).toBe('send_unknown');

    const other = nextMobile();
    const { id, ticket } = await call<OtpChallenge>('request', 201, { mobile: other });
    for (const route of ['status', 'events'] as const)
      expect((await call(route, 404, { id, ticket: 'x' })).code).toBe('not_found');
    expect((await call('verify', 400, { id, ticket, code: 'x' })).code).toBe('invalid_code');
    t.simulator.next('verifyOTP', { drop: 'after' });
    expect((await call('verify', 503, { id, ticket, code: wrongFor(other) })).code).toBe(
      'verify_unknown',
    );
    await t.otps.cancel(id);
    expect((await call('resend', 410, { id, ticket })).code).toBe('canceled');
  });

  it('is what a guarded route really answers without a proof', async () => {
    const answer = await request(t.url).post('/vault').expect(401);
    expect(answers.errorsOf('post', '/vault', 401, answer.body)).toEqual([]);
    expect(answer.body).toMatchObject({ code: 'proof_required' });
  });
});

describe('the OpenAPI document of an app', () => {
  it('shows the webhook where the app asks for it, and routes where they are', async () => {
    const t = await bootApp({
      extras: {
        routes: { path: 'codes' },
        webhook: { path: 'reports', decorators: [ApiExcludeController(false)] },
      },
      controllers: [VaultController],
      options: { refusalStatus: 403, proof: { header: 'x-proof' } },
      setUp: (app) => app.setGlobalPrefix('api'),
    });
    try {
      const document = documentOf(t.app);
      expect(await documentErrors(document)).toEqual([]);
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/api/reports/{token}', '/api/codes/{otpId}/verify']),
      );
      const { post } = document.paths['/api/vault']!;
      expect(post!.parameters).toMatchObject([{ in: 'header', name: 'x-proof' }]);
      expect(Object.keys(post!.responses)).toEqual(['202', '403']);
    } finally {
      await t.close();
    }
  });
});
