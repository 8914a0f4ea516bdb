import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import request from '../support/request.js';
import { ADAPTERS, nextMobile } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { useExample } from '../support/example-app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

type Agent = ReturnType<typeof request.agent>;
interface Challenge {
  id: string;
  ticket: string;
  referenceCode: string;
}

const start = useExample();

describe.each(ADAPTERS)('the example on %s', (adapter) => {
  const simulator = recordedSimulator();
  let app: INestApplication;
  let url: string;
  let database: TestDatabase;

  beforeAll(async () => {
    ({ app, url, database } = await start(adapter, simulator));
  });
  afterAll(async () => {
    await app.close();
    await simulator.stop();
  });

  async function ask(mobile: string): Promise<Challenge> {
    const answer = await request(url).post('/login/otp').send({ mobile }).expect(201);
    return answer.body as Challenge;
  }

  /** A browser with a session. */
  async function signIn(mobile = nextMobile()): Promise<Agent> {
    const { id, ticket } = await ask(mobile);
    const browser = request.agent(url);
    await browser
      .post('/login')
      .send({ id, ticket, code: simulator.codeFor(mobile) })
      .expect(200);
    return browser;
  }

  describe('login', () => {
    it('ends in a session for the number that was proven', async () => {
      const mobile = nextMobile();
      const { id, ticket, referenceCode } = await ask(mobile);
      const sms = simulator.lastSms(mobile)!;
      expect(sms.referenceCode).toBe(referenceCode);
      expect(sms.callbackData).toMatch(/^login-[\w-]{36}$/);

      const browser = request.agent(url);
      const answer = await browser.post('/login').send({ id, ticket, code: sms.code }).expect(200);

      expect(answer.body).toEqual({ user: { id: expect.any(String), mobile: `+${sms.to}` } });
      expect(answer.get('Set-Cookie')).toEqual([
        expect.stringMatching(/^sid=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
      await browser.get('/session').expect(200, answer.body);

      await browser.delete('/session').expect(204);
      await browser.get('/session').expect(401);
    });

    it('ends the session on the server, not only in the browser', async () => {
      const mobile = nextMobile();
      const { id, ticket } = await ask(mobile);
      const code = simulator.codeFor(mobile);
      const answer = await request(url).post('/login').send({ id, ticket, code }).expect(200);
      const [cookie = ''] = answer.get('Set-Cookie') ?? [];
      await request(url).delete('/session').set('Cookie', cookie).expect(204);

      await request(url).get('/session').set('Cookie', cookie).expect(401);
    });

    it('starts one session for one code, however often it is sent', async () => {
      const mobile = nextMobile();
      const { id, ticket } = await ask(mobile);
      const login = { id, ticket, code: simulator.codeFor(mobile) };
      const enter = () => request(url).post('/login').send(login);

      const answers = await Promise.all(Array.from({ length: 8 }, enter));
      await database.age('8 s');
      const replay = await enter();

      const all = [...answers, replay];
      expect(all.map(({ status }) => status)).toEqual(Array(9).fill(200));
      expect(new Set(all.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      const cookies = new Set(all.flatMap((answer) => answer.get('Set-Cookie')));
      expect(cookies.size).toBe(1);
      const [cookie = ''] = cookies;
      await request(url).get('/session').set('Cookie', cookie).expect(200, replay.body);
    });

    it('signs nobody in again by the code of a session that was left', async () => {
      const mobile = nextMobile();
      const { id, ticket } = await ask(mobile);
      const login = { id, ticket, code: simulator.codeFor(mobile) };
      const enter = () => request(url).post('/login').send(login);
      const [cookie = ''] = (await enter().expect(200)).get('Set-Cookie')!;
      await request(url).delete('/session').set('Cookie', cookie).expect(204);

      await database.age('8 s');
      const replay = await enter().expect(200);
      expect(replay.get('Set-Cookie')).toEqual([cookie]);
      await request(url).get('/session').set('Cookie', cookie).expect(401);

      await database.age('3 s');
      const late = await enter().expect(409);
      expect(late.body).toMatchObject({ code: 'already_used' });
      expect(late.get('Set-Cookie')).toBeUndefined();
    });

    it('finds the same user again', async () => {
      const mobile = nextMobile();
      const first = await (await signIn(mobile)).get('/session');
      await database.age('6 min');
      const second = await (await signIn(mobile)).get('/session');
      expect(second.body).toEqual(first.body);
    });

    it('refuses a wrong code and starts no session', async () => {
      const { id, ticket } = await ask(nextMobile());
      const answer = await request(url).post('/login').send({ id, ticket, code: '0000' });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ code: 'wrong_code', attemptsLeft: 4 });
      expect(answer.get('Set-Cookie')).toBeUndefined();
    });

    it('sends another code when the cool-down is over', async () => {
      const mobile = nextMobile();
      const { id, ticket } = await ask(mobile);
      const early = await request(url).post(`/login/otp/${id}/resend`).send({ ticket }).expect(429);
      expect(early.body).toMatchObject({ code: 'cooldown' });
      expect(Number(early.get('Retry-After'))).toBeGreaterThan(0);

      await database.age('61 s');
      await request(url).post(`/login/otp/${id}/resend`).send({ ticket }).expect(200);

      const code = simulator.codeFor(mobile);
      await request(url).post('/login').send({ id, ticket, code }).expect(200);
    });

    it('refuses the right code from someone without the ticket', async () => {
      const mobile = nextMobile();
      const { id } = await ask(mobile);
      const code = simulator.codeFor(mobile);
      const calls = simulator.count('verifyOTP');

      await request(url).post('/login').send({ id, code }).expect(400);
      const forged = { id, code, ticket: 'A'.repeat(22) };
      const answer = await request(url).post('/login').send(forged).expect(404);

      expect(answer.body).toMatchObject({ code: 'not_found' });
      expect(simulator.count('verifyOTP')).toBe(calls);
    });

    it.each(['application/x-www-form-urlencoded', 'text/plain', undefined])(
      'takes JSON only: a form of another site can send %s',
      async (type) => {
        const mobile = nextMobile();
        const { id, ticket } = await ask(mobile);
        const code = simulator.codeFor(mobile);
        const calls = simulator.requests.length;
        for (const [path, fields] of [
          ['/login/otp', { mobile: nextMobile() }],
          [`/login/otp/${id}/resend`, { ticket }],
          ['/login', { id, ticket, code }],
        ] as const) {
          const post = request(url).post(path);
          const sent = type === 'text/plain' ? JSON.stringify(fields) : new URLSearchParams(fields);
          if (type !== undefined) post.type(type).send(sent.toString());
          const answer = await post.expect(415);
          expect(answer.body).toMatchObject({ code: 'json_required' });
          expect(answer.get('Set-Cookie')).toBeUndefined();
        }
        expect(simulator.requests).toHaveLength(calls);
      },
    );

    it.each([
      ['a number that is no Thai mobile number', { mobile: '02-123-4567' }],
      ['a number that is no text', { mobile: 812345678 }],
      ['a field that is not known', { mobile: '081-234-5678', purpose: 'transfer' }],
      ['nothing', {}],
    ])('sends no SMS for %s', async (_, body) => {
      const sent = simulator.inbox.length;
      await request(url).post('/login/otp').send(body).expect(400);
      expect(simulator.inbox).toHaveLength(sent);
    });
  });

  describe('a transfer', () => {
    const transfer = { to: '1234567890', amount: 50_000 };

    /** The proof that this user confirmed the transfer. */
    async function prove(browser: Agent): Promise<{ 'X-OTP-Proof': string }> {
      const asked = await browser.post('/transfers/otp').send(transfer).expect(201);
      const { id } = asked.body as Challenge;
      const code = simulator.inbox.at(-1)!.code;
      const answer = await browser.post(`/transfers/otp/${id}/verify`).send({ code }).expect(200);
      return { 'X-OTP-Proof': (answer.body as { proof: string }).proof };
    }

    it('goes through with its proof', async () => {
      const mobile = nextMobile();
      const browser = await signIn(mobile);
      const proof = await prove(browser);
      expect(simulator.inbox.at(-1)!.to).toBe(`66${mobile.slice(1)}`);

      const made = await browser.post('/transfers').set(proof).send(transfer).expect(201);

      expect(made.body).toMatchObject(transfer);
      expect((await browser.get('/transfers')).body).toEqual([made.body]);
      expect((await (await signIn()).get('/transfers')).body).toEqual([]);
    });

    it('is refused without a proof, and says how to get one', async () => {
      const browser = await signIn();
      const answer = await browser.post('/transfers').send(transfer).expect(401);
      expect(answer.body).toMatchObject({ code: 'proof_required' });
      expect(answer.get('WWW-Authenticate')).toMatch(
        /error="insufficient_user_authentication".*max_age="300"/,
      );
    });

    it.each([
      ['another amount', { ...transfer, amount: 50_001 }],
      ['another payee', { ...transfer, to: '1234567891' }],
      ['the amount as a text', { ...transfer, amount: '50000' }],
      ['nothing', {}],
    ])('is refused with %s, and the proof stays good', async (_, other) => {
      const browser = await signIn();
      const proof = await prove(browser);

      const answer = await browser.post('/transfers').set(proof).send(other).expect(401);
      expect(answer.body).toMatchObject({ code: 'proof_invalid' });

      await browser.post('/transfers').set(proof).send(transfer).expect(201);
    });

    it('is refused the second time', async () => {
      const browser = await signIn();
      const proof = await prove(browser);
      await browser.post('/transfers').set(proof).send(transfer).expect(201);

      const answer = await browser.post('/transfers').set(proof).send(transfer).expect(401);

      expect(answer.body).toMatchObject({ code: 'proof_consumed' });
      expect((await browser.get('/transfers')).body).toHaveLength(1);
    });

    it("is refused with another user's proof", async () => {
      const owner = await signIn();
      const proof = await prove(owner);
      const thief = await signIn();

      const answer = await thief.post('/transfers').set(proof).send(transfer).expect(401);
      expect(answer.body).toMatchObject({ code: 'proof_invalid' });

      await owner.post('/transfers').set(proof).send(transfer).expect(201);
    });

    it("cannot be confirmed in another user's session", async () => {
      const owner = await signIn();
      const asked = await owner.post('/transfers/otp').send(transfer).expect(201);
      const { code } = simulator.inbox.at(-1)!;
      const thief = await signIn();

      const path = `/transfers/otp/${(asked.body as Challenge).id}/verify`;
      await thief.post(path).send({ code }).expect(404);

      await owner.post(path).send({ code }).expect(200);
    });

    it('takes JSON only', async () => {
      const browser = await signIn();
      const proof = await prove(browser);
      for (const path of ['/transfers', '/transfers/otp'])
        await browser.post(path).set(proof).type('form').send({ to: '1', amount: '1' }).expect(415);
      await browser.post('/transfers').set(proof).send(transfer).expect(201);
    });

    it('is for those who signed in', async () => {
      const proof = await prove(await signIn());
      await request(url).post('/transfers').set(proof).send(transfer).expect(401);
      await request(url).post('/transfers/otp').send(transfer).expect(401);
    });

    it('sends its code to no number from the body', async () => {
      const browser = await signIn();
      const sent = simulator.inbox.length;
      const body = { ...transfer, mobile: nextMobile() };
      await browser.post('/transfers/otp').send(body).expect(400);
      expect(simulator.inbox).toHaveLength(sent);
    });
  });
});
