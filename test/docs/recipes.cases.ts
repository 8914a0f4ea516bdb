import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from '../support/request.js';
import type { Response } from '../support/request.js';
import { ADAPTERS, nextMobile, SECRET } from '../support/app.js';
import { createMigratedDatabase } from '../support/database.js';

/** The files of docs/recipes.md, side by side as in a project. `test/docs/snippets.full-spec.ts` compiles them. */

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8');
const files = [...page.matchAll(/<!-- checks: (\S+) -->\n\n```ts\n([\s\S]*?)^```/gm)];

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/shop-'));
for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text);

const tables = [...page.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql = '']) => sql);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('no recipe is left out', () => {
  expect(files).toHaveLength([...page.matchAll(/^```ts$/gm)].length);
});

describe.each(ADAPTERS)('the recipes of docs/recipes.md on %s', (adapter) => {
  const simulator = new AntsSimulator();
  let app: INestApplication | undefined;
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>;
  let url: string;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    for (const sql of tables) await database.query(sql);
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
      // Directly: the module on the page has no option for a pooler.
      ...{ type: 'postgres', url: database.url, autoLoadEntities: true },
      ...{ migrations: otpMigrations, migrationsRun: true },
    });
    const testing = Test.createTestingModule({ imports: [postgres, shop.ShopModule] });
    const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
    app = (await testing.compile()).createNestApplication(http);
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app?.close();
    await simulator.stop();
    await database.drop();
  });

  interface Sent {
    session?: string;
    proof?: string;
    body?: object;
    cookie?: string;
  }
  const call = async (
    method: 'post' | 'put' | 'delete',
    path: string,
    sent: Sent = {},
  ): Promise<Response> => {
    const http = request(url)[method](path);
    if (sent.session !== undefined) http.auth(sent.session, { type: 'bearer' });
    if (sent.proof !== undefined) http.set('X-OTP-Proof', sent.proof);
    if (sent.cookie !== undefined) http.set('Cookie', sent.cookie);
    return method === 'delete' ? http : http.send(sent.body ?? {});
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
  /** Requests a code for a login; what `POST /session` takes. */
  const askLogin = async (mobile: string): Promise<object> => {
    const asked = await post('/session/otp', { body: { mobile } });
    expect(asked.status).toBe(201);
    const { id, ticket } = asked.body as { id: string; ticket: string };
    return { id, ticket, code: simulator.codeFor(mobile) };
  };
  const tokenOf = ({ body }: Response): string => (body as { token: string }).token;
  const logIn = async (mobile: string): Promise<string> => {
    const begun = await post('/session', { body: await askLogin(mobile) });
    expect(begun.status).toBe(201);
    return tokenOf(begun);
  };
  /** Whether a token signs in: asks for a transfer's code, which only a signed-in user gets. */
  const isSignedIn = async (session: string): Promise<boolean> => {
    const { status } = await post('/transfers/otp', { session, body: { to: '1', amount: 1 } });
    return status !== 401;
  };

  it('log in by SMS, into one session, however often the code is sent', async () => {
    const login = await askLogin(nextMobile());
    const begin = () => post('/session', { body: login });

    const answers = await Promise.all(Array.from({ length: 8 }, begin));
    await database.age('8 s');
    const replay = await begin();

    const all = [...answers, replay];
    expect(all.map(({ status }) => status)).toEqual(Array(9).fill(201));
    expect(new Set(all.map(tokenOf)).size).toBe(1);
    const { rows } = await database.query(
      'SELECT count(*)::int AS count FROM sessions WHERE otp_id = $1',
      [(login as { id: string }).id],
    );
    expect(rows).toEqual([{ count: 1 }]);
    expect(await isSignedIn(tokenOf(replay))).toBe(true);
  });

  it('sign nobody in again by the code of a session that has ended', async () => {
    const login = await askLogin(nextMobile());
    const session = tokenOf(await post('/session', { body: login }));
    expect((await call('delete', '/session', { session })).status).toBe(204);

    await database.age('8 s');
    const replay = await post('/session', { body: login });
    expect([replay.status, tokenOf(replay)]).toEqual([201, session]);
    expect(await isSignedIn(session)).toBe(false);

    await database.age('3 s');
    expect(seen(await post('/session', { body: login }))).toEqual([409, 'already_used']);
  });

  it('take no code of another purpose for a login, and no proof for a session', async () => {
    const mobile = nextMobile();
    const asked = await post('/orders/otp', { body: { mobile, cart: ['tea'] } });
    const { id, ticket } = asked.body as { id: string; ticket: string };
    const body = { id, ticket, code: simulator.codeFor(mobile) };
    expect(seen(await post('/session', { body }))).toEqual([404, 'not_found']);
    const { proof } = (await post(`/codes/${id}`, { body })).body as { proof: string };
    expect(await isSignedIn(proof)).toBe(false);
  });

  it('take JSON only: a form of another site can send nothing else', async () => {
    const sent = simulator.inbox.length;
    const mobile = nextMobile();
    for (const path of [
      '/session/otp',
      '/session',
      '/codes/x',
      '/orders/otp',
      '/orders',
      '/pin/otp',
    ])
      for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
        const form = request(url).post(path).type(type).send(`mobile=${mobile}`);
        expect([path, seen(await form)]).toEqual([path, [415, 'json_required']]);
      }
    expect(simulator.inbox).toHaveLength(sent);
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
    expect(card.body).toEqual({ id: expect.any(String), cart, payment: 'card', contact: null });

    const body = { cart, payment: 'cash' };
    const refused = await post('/orders', { body });
    expect(seen(refused)).toEqual([401, 'proof_required']);
    expect(refused.headers['www-authenticate']).toContain('insufficient_user_authentication');

    const proof = await prove(mobile, '/orders/otp', { body: { mobile, cart } });
    const larger = { ...body, cart: [...cart, 'gold'] };
    expect(seen(await post('/orders', { proof, body: larger }))).toEqual([401, 'proof_invalid']);
    const placed = await post('/orders', { proof, body });
    const contact = `+66${mobile.slice(1)}`;
    expect(placed.body).toEqual({ id: expect.any(String), ...body, contact });
  });

  it('place one order for one proof, however often it is sent', async () => {
    const mobile = nextMobile();
    const body = { cart: ['tea'], payment: 'cash' };
    const proof = await prove(mobile, '/orders/otp', { body: { mobile, cart: body.cart } });
    const place = () => post('/orders', { proof, body });

    const answers = await Promise.all(Array.from({ length: 8 }, place));
    await database.age('8 s');
    const all = [...answers, await place()];

    expect(all.map(({ status }) => status)).toEqual(Array(9).fill(201));
    expect(new Set(all.map((placed) => (placed.body as { id: string }).id)).size).toBe(1);
    const cards = [1, 2].map(() => post('/orders', { body: { ...body, payment: 'card' } }));
    const ids = (await Promise.all(cards)).map((card) => (card.body as { id: string }).id);
    expect(new Set(ids).size).toBe(2);
  });

  it('keep a proof in a cookie that no other host can plant', async () => {
    const mobile = nextMobile();
    const asked = await post('/pin/otp', { body: { mobile } });
    const { id, ticket } = asked.body as { id: string; ticket: string };
    const code = simulator.codeFor(mobile);
    const entered = await post(`/pin/otp/${id}`, { body: { ticket, code } });
    expect(entered.status).toBe(204);
    const [set = ''] = entered.get('Set-Cookie')!;
    expect(set).toMatch(
      /^__Host-otp_proof=[\w.-]+; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    const [cookie = ''] = set.split(';');

    expect(seen(await call('put', '/pin'))).toEqual([401, 'proof_required']);
    const planted = { cookie: `__Host-otp_proof=planted; ${cookie}` };
    expect(seen(await call('put', '/pin', planted))).toEqual([401, 'proof_required']);
    const changed = await call('put', '/pin', { cookie });
    expect(changed.body).toEqual({ changedFor: `+66${mobile.slice(1)}` });
    expect(seen(await call('put', '/pin', { cookie }))).toEqual([401, 'proof_consumed']);
  });
});
