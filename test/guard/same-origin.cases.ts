import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { All, Controller, HttpCode, Module, UseGuards } from '@nestjs/common';
import type { ExecutionContext, INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SameOriginGuard } from 'nestjs-ants-otp';
import request from '../support/request.js';
import { ADAPTERS } from '../support/app.js';
import type { AdapterName } from '../support/app.js';

@Controller('form')
@UseGuards(SameOriginGuard)
class FormController {
  @All()
  @HttpCode(200)
  take(): void {
    // taken
  }
}

@Module({ controllers: [FormController] })
class FormModule {}

async function start(adapter: AdapterName, trustProxy: boolean): Promise<INestApplication> {
  const testing = await Test.createTestingModule({ imports: [FormModule] }).compile();
  const app =
    adapter === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter({ trustProxy }))
      : testing.createNestApplication();
  if (adapter === 'express') (app as NestExpressApplication).set('trust proxy', trustProxy);
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  return app;
}

type Headers = Record<string, string>;

/** What a browser says of a form, with the host it asks. */
const CASES: [name: string, headers: Headers, status: number][] = [
  ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
  ['the user, who reloads', { 'sec-fetch-site': 'none' }, 200],
  // Under `Referrer-Policy: no-referrer` (helmet) a page hides its origin from itself as well.
  ['its own page that hides its origin', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
  ['another app of the domain', { 'sec-fetch-site': 'same-site' }, 403],
  ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
  [
    'another site that an origin vouches for',
    { 'sec-fetch-site': 'cross-site', origin: 'https://shop.test' },
    403,
  ],
  ['a word that no browser sends', { 'sec-fetch-site': 'same' }, 403],
  ['its own origin', { origin: 'https://shop.test' }, 200],
  [
    'its own origin with the usual port in the host',
    { origin: 'https://shop.test', host: 'shop.test:443' },
    200,
  ],
  ['its own origin with a port', { origin: 'http://shop.test:3000', host: 'shop.test:3000' }, 200],
  ['a host in capitals', { origin: 'https://shop.test', host: 'SHOP.test' }, 200],
  ['another port', { origin: 'https://shop.test:8443' }, 403],
  ['another port of the host', { origin: 'https://shop.test', host: 'shop.test:8443' }, 403],
  ['a foreign origin', { origin: 'https://evil.test' }, 403],
  ['a longer host', { origin: 'https://shop.test.evil.test' }, 403],
  ['a subdomain', { origin: 'https://www.shop.test' }, 403],
  ['the host as a user name', { origin: 'https://shop.test@evil.test' }, 403],
  ['a hidden origin', { origin: 'null' }, 403],
  ['a hidden origin with its own referrer', { origin: 'null', referer: 'https://shop.test/' }, 403],
  ['an empty origin', { origin: '' }, 403],
  ['an origin that is no address', { origin: 'shop.test' }, 403],
  ['its own page by the referrer alone', { referer: 'https://shop.test/code?lang=th' }, 200],
  ['a foreign page by the referrer alone', { referer: 'https://evil.test/shop.test' }, 403],
  ['nobody', {}, 403],
  [
    'its own origin, by a host that nobody vouches for',
    { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' },
    403,
  ],
];

describe.each(ADAPTERS)('SameOriginGuard on %s', (adapter) => {
  let direct: INestApplication;
  let behindProxy: INestApplication;
  beforeAll(async () => {
    direct = await start(adapter, false);
    behindProxy = await start(adapter, true);
  });
  afterAll(async () => {
    await direct.close();
    await behindProxy.close();
  });

  const post = async (app: INestApplication, headers: Headers): Promise<number> => {
    const sent = request(await app.getUrl())
      .post('/form')
      .type('form');
    return (await sent.set({ host: 'shop.test', ...headers })).status;
  };

  it.each(CASES)('answers a form of %s', async (_, headers, status) => {
    expect(await post(direct, headers)).toBe(status);
  });

  it.each([
    ['its own origin', { origin: 'https://shop.test' }, 200],
    ['a foreign origin', { origin: 'https://evil.test' }, 403],
    ["the proxy's own name for the app", { origin: 'http://app.internal:3000' }, 403],
  ])('behind a trusted proxy, answers a form of %s', async (_, headers, status) => {
    const proxied = { host: 'app.internal:3000', 'x-forwarded-host': 'shop.test', ...headers };
    expect(await post(behindProxy, proxied)).toBe(status);
  });

  it.each(['put', 'patch', 'delete'] as const)('guards %s as well', async (method) => {
    const sent = request(await direct.getUrl())[method]('/form');
    await sent.set('Origin', 'https://evil.test').expect(403);
  });

  it.each(['get', 'head', 'options'] as const)('lets a %s from elsewhere pass', async (method) => {
    const sent = request(await direct.getUrl())[method]('/form');
    await sent.set('Sec-Fetch-Site', 'cross-site').expect(200);
  });
});

it.each(['graphql', 'ws', 'rpc'])('SameOriginGuard lets %s pass', (type) => {
  const context = { getType: () => type } as ExecutionContext;
  expect(new SameOriginGuard().canActivate(context)).toBe(true);
});
