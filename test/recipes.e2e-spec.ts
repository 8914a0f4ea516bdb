import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import type { Response } from 'supertest';
import { nextMobile, SECRET } from './support/app.js';
import { createMigratedDatabase, isPooled } from './support/database.js';

/** The files of docs/recipes.md, side by side as in a project. `test/snippets.spec.ts` compiles them. */

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8');
const files = [...page.matchAll(/<!-- checks: (\S+) -->\n\n```ts\n([\s\S]*?)^```/gm)];

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/shop-'));
for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text);

it('no recipe is left out', () => {
  expect(files).toHaveLength([...page.matchAll(/^```ts$/gm)].length);
});

describe('the recipes of docs/recipes.md', () => {
  const simulator = new AntsSimulator();
  let app: INestApplication | undefined;
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>;
  let url: string;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    const { username, password, otcIds } = simulator.settings;
    Object.assign(process.env, {
      ANTS_BASE_URL: await simulator.start(),
      ANTS_USERNAME: username,
      ANTS_PASSWORD: password,
      ANTS_OTC_ID: otcIds[0],
      OTP_SECRET: SECRET,
      OTP_ALLOW_INSECURE: 'true',
      SESSION_SECRET: SECRET,
    });
    const shop = (await import(join(folder, 'shop.module.ts'))) as { ShopModule: Type<unknown> };
    const postgres = TypeOrmModule.forRoot({
      ...{ type: 'postgres', url: database.appUrl, autoLoadEntities: true },
      ...{ migrations: otpMigrations, migrationsRun: !isPooled() },
    });
    const testing = Test.createTestingModule({ imports: [postgres, shop.ShopModule] });
    app = (await testing.compile()).createNestApplication();
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app?.close();
    await simulator.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Sent {
    session?: string;
    proof?: string;
    body?: object;
  }
  const call = async (method: 'post' | 'put', path: string, sent: Sent = {}): Promise<Response> => {
    const http = request(url)[method](path);
    if (sent.session !== undefined) http.auth(sent.session, { type: 'bearer' });
    if (sent.proof !== undefined) http.set('X-OTP-Proof', sent.proof);
    return http.send(sent.body);
  };
  const post = (path: string, sent?: Sent) => call('post', path, sent);
  const seen = ({ status, body }: Response): [number, unknown] => [
    status,
    (body as { code?: unknown }).code,
  ];
  /** Asks for a code and enters the one that `mobile` was sent. */
  const prove = async (mobile: string, path: string, sent: Sent): Promise<string> => {
    const asked = await post(path, sent);
    expect(asked.status).toBe(201);
    const { id, ticket } = asked.body as { id: string; ticket: string };
    const body = { code: simulator.codeFor(mobile), ticket };
    const entered = await post(`/codes/${id}`, { body });
    expect(entered.status).toBe(200);
    return (entered.body as { proof: string }).proof;
  };
  const logIn = async (mobile: string): Promise<string> => {
    const proof = await prove(mobile, '/session/otp', { body: { mobile } });
    const begun = await post('/session', { proof });
    expect(begun.status).toBe(201);
    return (begun.body as { token: string }).token;
  };

  it('log in by SMS, into a session of the app, once', async () => {
    const mobile = nextMobile();
    const proof = await prove(mobile, '/session/otp', { body: { mobile } });
    expect(seen(await post('/session'))).toEqual([401, 'proof_required']);
    expect((await post('/session', { proof })).body).toEqual({ token: expect.any(String) });
    expect(seen(await post('/session', { proof }))).toEqual([401, 'proof_consumed']);
  });

  it('take no other proof for a login, and no proof for a session', async () => {
    const mobile = nextMobile();
    const cart = ['tea'];
    const checkout = await prove(mobile, '/orders/otp', { body: { mobile, cart } });
    expect(seen(await post('/session', { proof: checkout }))).toEqual([401, 'proof_invalid']);
    const login = await prove(mobile, '/session/otp', { body: { mobile } });
    expect((await post('/transfers/otp', { session: login })).status).toBe(401);
  });

  it('let a signed-in user confirm one transfer, and no other', async () => {
    const mobile = nextMobile();
    const session = await logIn(mobile);
    const body = { to: '1234567890', amount: 500 };
    const proof = await prove(mobile, '/transfers/otp', { session, body });

    expect((await post('/transfers', { proof, body })).status).toBe(401);
    for (const changed of [{ ...body, amount: 501 }, { ...body, to: '9' }, {}])
      expect(seen(await post('/transfers', { session, proof, body: changed }))).toEqual([
        401,
        'proof_invalid',
      ]);
    const other = await logIn(nextMobile());
    const stolen = await post('/transfers', { session: other, proof, body });
    expect(seen(stolen)).toEqual([401, 'proof_invalid']);

    const made = await post('/transfers', { session, proof, body });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ ...body, confirmedBy: expect.any(String) });
    expect(seen(await post('/transfers', { session, proof, body }))).toEqual([
      401,
      'proof_consumed',
    ]);
  });

  it('change a number after the old one agreed and the new one answered', async () => {
    const [old, fresh] = [nextMobile(), nextMobile()];
    const session = await logIn(old);
    const body = { mobile: fresh };
    expect(seen(await post('/mobile/new/otp', { session, body }))).toEqual([401, 'proof_required']);

    const agreed = await prove(old, '/mobile/otp', { session, body });
    const elsewhere = { session, proof: agreed, body: { mobile: nextMobile() } };
    expect(seen(await post('/mobile/new/otp', elsewhere))).toEqual([401, 'proof_invalid']);
    const early = await call('put', '/mobile', { session, proof: agreed });
    expect(seen(early)).toEqual([401, 'proof_invalid']);

    const proof = await prove(fresh, '/mobile/new/otp', { session, proof: agreed, body });
    const changed = await call('put', '/mobile', { session, proof, body: { mobile: old } });
    expect(changed.body).toMatchObject({ mobile: `+66${fresh.slice(1)}` });
  });

  it('give no account the number of another', async () => {
    const [mine, yours] = [nextMobile(), nextMobile()];
    const session = await logIn(mine);
    await logIn(yours);
    const body = { mobile: yours };
    const agreed = await prove(mine, '/mobile/otp', { session, body });
    const proof = await prove(yours, '/mobile/new/otp', { session, proof: agreed, body });
    expect((await call('put', '/mobile', { session, proof })).status).toBe(409);
  });

  it('let a guest order by card without a number, and in cash with a proven one', async () => {
    const mobile = nextMobile();
    const cart = ['tea', 'rice'];
    const card = await post('/orders', { body: { cart, payment: 'card' } });
    expect(card.body).toEqual({ cart, payment: 'card', contact: null });

    const body = { cart, payment: 'cash' };
    const refused = await post('/orders', { body });
    expect(seen(refused)).toEqual([401, 'proof_required']);
    expect(refused.headers['www-authenticate']).toContain('insufficient_user_authentication');

    const proof = await prove(mobile, '/orders/otp', { body: { mobile, cart } });
    const larger = { ...body, cart: [...cart, 'gold'] };
    expect(seen(await post('/orders', { proof, body: larger }))).toEqual([401, 'proof_invalid']);
    const placed = await post('/orders', { proof, body });
    expect(placed.body).toEqual({ ...body, contact: `+66${mobile.slice(1)}` });
    expect(seen(await post('/orders', { proof, body }))).toEqual([401, 'proof_consumed']);
  });
});
