import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, UseGuards } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { OtpGuard, OtpProof, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { OtpRequest, OtpVerification } from 'nestjs-ants-otp';
import { createSigner } from 'fast-jwt';
import { createHmac } from 'node:crypto';
import request from '../support/request.js';
import { KeyRing } from '../../src/service/key-ring.js';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

interface Transfer {
  to?: unknown;
  amount?: unknown;
  mobile?: string;
}
interface Incoming {
  headers: Record<string, string | undefined>;
  body?: Transfer;
}
const incoming = (context: ExecutionContext): Incoming =>
  context.switchToHttp().getRequest<Incoming>();

/** What got in. */
const opened: string[] = [];

@Controller('transfers')
@UseGuards(OtpGuard)
class TransfersController {
  @Post()
  @RequireOtp('transfer', {
    maxAge: 300,
    subject: (context) => incoming(context).headers['x-user'],
    binding: (context) => ({
      to: incoming(context).body?.to,
      amount: incoming(context).body?.amount,
    }),
  })
  transfer(@VerifiedOtp() { id, mobile }: OtpProof, @Body() body: Transfer): object {
    opened.push(id);
    return { proven: mobile, claimed: body.mobile };
  }
}

/** What the honest user confirmed with a code. */
const CONFIRMED: Partial<OtpRequest> = {
  purpose: 'transfer',
  subject: 'user-1',
  binding: { to: 'A', amount: 100 },
};

type Verified = OtpVerification & { id: string };
type Claims = Record<string, unknown>;

/** What an attacker sends: a proof, the user he is signed in as, what he wants done. */
interface Attack {
  proof: string;
  user?: string;
  body?: Transfer;
  code?: string;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part = ''): Claims =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
const claimsOf = (proof: string): Claims => decoded(proof.split('.')[1]);

describe.each(ADAPTERS)('hostile proofs on %s', (adapter) => {
  let t: TestApp;
  let strict: TestApp;
  let shop: TestApp;
  beforeAll(async () => {
    // One user asks for all of this spec.
    const subjectSendLimit = { perHour: 1000, perDay: 1000 };
    const controllers = [TransfersController];
    t = await bootApp({ adapter, controllers, options: { subjectSendLimit } });
    const shared = { adapter, controllers, database: t.database, simulator: t.simulator };
    strict = await bootApp({ ...shared, options: { subjectSendLimit, refusalStatus: 403 } });
    shop = await bootApp({ ...shared, options: { subjectSendLimit, instance: 'shop' } });
  });
  afterAll(async () => {
    await shop.close();
    await strict.close();
    await t.close();
  });

  const verified = async (ask: Partial<OtpRequest> = {}, by = t): Promise<Verified> => {
    const mobile = nextMobile();
    const { id, ticket } = await by.otps.request({ mobile, ...CONFIRMED, ...ask });
    return { ...(await by.otps.verify(id, by.simulator.codeFor(mobile), { ticket })), id };
  };
  const send = ({ proof, user = 'user-1', body = { to: 'A', amount: 100 } }: Attack, to = t) =>
    request(to.url).post('/transfers').set('X-OTP-Proof', proof).set('X-User', user).send(body);

  /** Signed as the module signs: what it takes to show that more than the signature is looked at. */
  const signed = (claims: Claims): string => {
    const { id: kid, proof: key } = t.app.get(KeyRing).current;
    return createSigner({ algorithm: 'HS256', key, kid })(claims);
  };
  const macked = (proof: string, header: Claims, hash = 'sha256'): string => {
    const [head, body] = proof.split('.');
    const input = `${encoded({ ...decoded(head), ...header })}.${body}`;
    const { proof: key } = t.app.get(KeyRing).current;
    return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
  };
  const now = (): number => Math.floor(Date.now() / 1000);

  const ATTACKS: [name: string, attack: (mine: Verified) => Attack | Promise<Attack>][] = [
    [
      'with a changed payload',
      ({ proof }) => {
        const [head, body, signature] = proof.split('.');
        return {
          proof: `${head}.${encoded({ ...decoded(body), sub: 'user-2' })}.${signature}`,
          user: 'user-2',
        };
      },
    ],
    [
      'with a changed signature',
      ({ proof }) => ({
        proof: proof.slice(0, -10) + (proof.at(-10) === 'A' ? 'B' : 'A') + proof.slice(-9),
      }),
    ],
    [
      'with alg none',
      ({ proof }) => ({ proof: macked(proof, { alg: 'none' }).replace(/[^.]*$/, '') }),
    ],
    ['with alg none and a signature', ({ proof }) => ({ proof: macked(proof, { alg: 'none' }) })],
    [
      'with HS512 and the right key',
      ({ proof }) => ({ proof: macked(proof, { alg: 'HS512' }, 'sha512') }),
    ],
    [
      'with RS256 and the secret as the key',
      ({ proof }) => ({ proof: macked(proof, { alg: 'RS256' }) }),
    ],
    [
      'for another audience',
      ({ proof }) => ({ proof: signed({ ...claimsOf(proof), aud: 'shop' }) }),
    ],
    ['of another instance', async () => ({ proof: (await verified({}, shop)).proof })],
    [
      'that is past its end',
      ({ proof }) => ({
        proof: signed({ ...claimsOf(proof), iat: now() - 60, exp: now() - 40 }),
        code: 'proof_expired',
      }),
    ],
    [
      'that is older than the route allows',
      ({ proof }) => ({
        proof: signed({ ...claimsOf(proof), iat: now() - 340 }),
        code: 'proof_expired',
      }),
    ],
    [
      'that was issued in the future',
      ({ proof }) => ({ proof: signed({ ...claimsOf(proof), iat: now() + 60 }) }),
    ],
    [
      'that is not good yet',
      ({ proof }) => ({ proof: signed({ ...claimsOf(proof), nbf: now() + 60 }) }),
    ],
    [
      'under a key that is not in the ring',
      ({ proof }) => ({
        proof: createSigner({ algorithm: 'HS256', key: Buffer.alloc(32, 1), kid: 'left' })(
          claimsOf(proof),
        ),
      }),
    ],
    ['of another purpose', async () => ({ proof: (await verified({ purpose: 'login' })).proof })],
    ['of another subject', ({ proof }) => ({ proof, user: 'user-2' })],
    ['of nobody', async () => ({ proof: (await verified({ subject: undefined })).proof })],
    ['for another amount', ({ proof }) => ({ proof, body: { to: 'A', amount: 101 } })],
    ['for the amount as a text', ({ proof }) => ({ proof, body: { to: 'A', amount: '100' } })],
    ['for another payee', ({ proof }) => ({ proof, body: { to: 'B', amount: 100 } })],
    [
      'without what it is for',
      async () => ({ proof: (await verified({ binding: undefined })).proof }),
    ],
    [
      'with the number of another proof',
      async ({ proof }) => ({
        proof: signed({ ...claimsOf(proof), mobile: claimsOf((await verified()).proof)['mobile'] }),
      }),
    ],
  ];

  it.each(ATTACKS)('refuse one %s, with a challenge', async (_, attack) => {
    const mine = await verified();
    const { code = 'proof_invalid', ...sent } = await attack(mine);
    for (const [app, status] of [
      [t, 401],
      [strict, 403],
    ] as const) {
      const answer = await send(sent, app);
      expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code })]);
      expect(answer.headers['www-authenticate']).toMatch(
        /^Bearer error="insufficient_user_authentication", .*max_age="300"$/,
      );
    }
    expect(opened).not.toContain(mine.id);
    await send(mine).expect(201);
  });

  it.each<[string, (proof: Verified) => Promise<unknown>]>([
    ['that opened a route before', (mine) => send(mine).expect(201)],
    ['that was revoked', ({ id }) => t.otps.revoke(id)],
  ])('refuse one %s', async (_, before) => {
    const mine = await verified();
    await before(mine);
    const openings = opened.length;
    for (const [app, status] of [
      [t, 401],
      [strict, 403],
    ] as const) {
      const answer = await send(mine, app);
      expect([answer.status, answer.body]).toEqual([
        status,
        expect.objectContaining({ code: 'proof_consumed' }),
      ]);
      expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication');
    }
    expect(opened).toHaveLength(openings);
  });

  it('give the handler the proven number, whatever number the body claims', async () => {
    const mine = await verified();
    const yours = await verified();
    const answer = await send({ ...mine, body: { to: 'A', amount: 100, mobile: yours.mobile } });
    expect(answer.body).toEqual({ proven: mine.mobile, claimed: yours.mobile });
  });
});
